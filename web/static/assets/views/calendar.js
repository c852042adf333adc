/** What comes out in the next weeks, day by day. */
import { fill, h, sorry, state, to } from "../dom.js";
import { DISCOVER, pagesOf } from "../pages.js";
import { notes } from "../parts.js";
import { poster } from "../poster.js";
import { facts } from "../words.js";
import { subscription } from "./calendar/link.js";

const WEEKS = 4;
const PAGE = 100;
const MOST_PAGES = 6;
const KINDS = { CINEMA: "In cinemas", DIGITAL: "At home", EPISODE: "Episode" };

/** A day as the API writes it, of the reader's own clock. */
const written = (date) => [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((each) => String(each).padStart(2, "0")).join("-");
const inDays = (from, days) => new Date(from.getFullYear(), from.getMonth(), from.getDate() + days);
const called = (day) => {
  const [year, month, date] = day.split("-").map(Number);
  return new Date(year, month - 1, date).toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" });
};

function release(each) {
  const { title } = each;
  const which = each.kind === "EPISODE" ? facts(`Season ${each.seasonNumber}, episode ${each.episodeNumber}`, each.episodeName) : KINDS[each.kind];
  const there = each.available ? state("On the shelf", "good") : each.followed ? state("Followed", "wait") : null;
  return h(
    "li",
    { class: "card title release" },
    poster(title, { sizes: "72px" }),
    h("div", {}, h("h3", {}, to(`/titles/${title.id}`, {}, title.name)), h("p", { class: "meta" }, which), there ? h("div", { class: "foot" }, there) : null),
  );
}

function dayOf(day, today, releases) {
  const name = day === today ? `Today, ${called(day)}` : called(day);
  return h("section", { class: "day", "aria-label": name }, h("h2", {}, name), h("ul", { class: "cards two" }, releases.map(release)));
}

export function calendar(view, portal) {
  const open = new AbortController();
  const days = h("div", { id: "days" });
  const followed = h("input", { type: "checkbox", onchange: () => refresh() });
  const span = h("p", { class: "quiet", role: "status" });
  const today = new Date();
  let from = today;
  let turn = 0;

  const load = async () => {
    const releases = [];
    const warnings = [];
    const asked = { since: written(from), until: written(inDays(from, WEEKS * 7 - 1)), pageSize: PAGE };
    if (followed.checked) asked.followedOnly = true;
    let token = "";
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await portal.api.get(`/v1/calendar?${new URLSearchParams(token ? { ...asked, pageToken: token } : asked)}`, open.signal);
      releases.push(...answer.releases);
      warnings.push(...answer.warnings);
      token = answer.nextPageToken;
      if (!token) break;
    }
    if (token) warnings.push("There is more in these weeks than is shown here.");
    return { releases, warnings };
  };

  const refresh = async () => {
    const mine = (turn += 1);
    span.textContent = `${called(written(from))} to ${called(written(inDays(from, WEEKS * 7 - 1)))}`;
    earlier.disabled = from <= today;
    try {
      const answer = await load();
      if (mine !== turn) return;
      const by = new Map();
      for (const each of answer.releases) by.set(each.releasedOn, [...(by.get(each.releasedOn) ?? []), each]);
      const shown = [...by].map(([day, releases]) => dayOf(day, written(today), releases));
      fill(days, notes(answer), shown.length ? shown : h("p", { class: "empty" }, "Nothing is known to come out in these weeks."));
    } catch (problem) {
      if (problem.name === "AbortError" || mine !== turn) return;
      if (problem.status === 401) throw problem;
      fill(days, sorry(problem, refresh));
    }
  };
  const move = (weeks) => () => {
    from = inDays(from, weeks * 7);
    refresh();
  };
  const earlier = h("button", { class: "small", type: "button", onclick: move(-WEEKS) }, "Earlier");
  const later = h("button", { class: "small", type: "button", onclick: move(WEEKS) }, "Later");

  fill(
    view,
    h("h1", {}, "Calendar"),
    pagesOf("Pages to discover", DISCOVER, "/calendar"),
    subscription(portal),
    h("label", { class: "box" }, followed, h("span", {}, "Only what is on the shelf or requested here")),
    span,
    h("div", { class: "buttons" }, earlier, later),
    days,
  );
  refresh();
  return {
    refresh,
    heard: (event) => /^request\.(?!progress)/.test(event.type) && refresh(),
    close: () => open.abort(),
  };
}
