/** What is left of somebody's quota, in words. */
import { h } from "../../dom.js";
import { count } from "../../words.js";

const day = (time) => new Date(time).toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short" });
const within = (use) => `in ${count(use.days, "day")}`;

function line(use, one, many = `${one}s`) {
  if (!use?.limit) return null;
  if (use.remaining > 0) return `${use.remaining} of ${count(use.limit, one, many)} left ${within(use)}.`;
  const frees = use.freesAt ? ` There is room again from ${day(use.freesAt)}.` : "";
  return `All ${count(use.limit, one, many)} ${within(use)} are used up.${frees}`;
}

/** The lines that matter for a kind of title; for both without one. */
export function linesOf(quota, kind) {
  return [
    kind === "SERIES" ? null : line(quota.movies, "film"),
    kind === "MOVIE" ? null : line(quota.seasons, "season"),
    line(quota.sizeGb, "GB", "GB"),
    kind !== "MOVIE" && quota.seasonsPerRequest ? `At most ${count(quota.seasonsPerRequest, "season")} in one request.` : null,
    quota.openAtOnce ? `${quota.open} of ${quota.openAtOnce} requests wait.` : null,
  ].filter(Boolean);
}

/** A paragraph of them; nothing where there is no limit. */
export function leftOf(quota, kind) {
  const lines = linesOf(quota, kind);
  return lines.length ? h("p", { class: "quota", role: "status" }, lines.join(" ")) : null;
}
