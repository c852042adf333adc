/** How far what was approved has come: as it is told once, and as it changes. */
import { fill, h, since } from "../../dom.js";
import { count, episodesSaid, facts, size } from "../../words.js";

const WORDS = {
  WAITING: "It is sent on soon.",
  NO_FULFILLER: "No Radarr or Sonarr gets such a thing: somebody sees to it by hand.",
  UNANSWERED: "It was sent on, and not answered yet. It is looked at again.",
  PLACED: "It is searched for.",
};
const MOST_DOWNLOADS = 5;

const until = (time) => {
  const minutes = Math.round((Date.parse(time) - Date.now()) / 60000);
  if (Number.isNaN(minutes) || minutes < 0) return null;
  if (minutes < 60) return `${Math.max(1, minutes)} min left`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h left` : `${count(Math.round(minutes / 1440), "day")} left`;
};

function bar(percent, name, told) {
  return h("div", { class: "progress" }, h("progress", { max: 100, value: percent, "aria-label": `Download of ${name}` }), h("span", {}, facts(`${percent} %`, told)));
}

function download(each) {
  const which = (each.episodeNumbers ?? []).map((episode) => ({ season: each.seasonNumber, episode }));
  const said = which.length ? episodesSaid(which) : each.seasonNumber === undefined || each.seasonNumber === null ? "" : `Season ${each.seasonNumber}`;
  return h(
    "div",
    {},
    h("p", {}, facts(said, each.name)),
    bar(each.percent, each.name, facts(size(each.sizeBytes), each.speedBps ? `${size(each.speedBps)}/s` : null, each.endsAt ? until(each.endsAt) : null)),
    each.stalled ? h("p", { class: "wrong" }, "Nobody sends any more of it.") : null,
    each.problems.map((problem) => h("p", { class: "wrong" }, problem)),
  );
}

function seasonSaid(each) {
  const name = each.seasonNumber ? `Season ${each.seasonNumber}` : "Specials";
  return `${name}: ${each.availableCount}${each.episodeCount ? ` of ${each.episodeCount}` : ""}`;
}

function drawn(order) {
  const { fulfiller } = order;
  const downloads = order.downloads.slice(0, MOST_DOWNLOADS);
  const rest = order.downloads.length - downloads.length;
  const link = URL.canParse(fulfiller?.url ?? "") && /^https?:/.test(fulfiller.url) ? h("a", { href: fulfiller.url, target: "_blank", rel: "noopener noreferrer" }, `Open in ${fulfiller.name}`) : null;
  const some = (order.seasons ?? []).filter((each) => each.availableCount);
  return [
    downloads.length ? downloads.map(download) : WORDS[order.state] ? h("p", { class: "quiet" }, WORDS[order.state], order.nextAt && order.attempts ? ` Tried ${count(order.attempts, "time")}.` : "") : null,
    rest > 0 ? h("p", { class: "quiet" }, `And ${count(rest, "more download", "more downloads")}, ${order.percent} % in all.`) : null,
    some.length ? h("p", { class: "quiet" }, `On the shelf: ${some.map(seasonSaid).join(", ")}.`) : null,
    order.lastWords && order.state !== "ARRIVED" ? h("p", { class: "quiet" }, order.lastWords) : null,
    fulfiller?.unseenSince ? h("p", { class: "note" }, `${fulfiller.name} does not answer. This is from ${since(fulfiller.unseenSince)}.`) : null,
    link ? h("p", {}, link) : null,
  ];
}

/** A place in a request's card. It is asked for when the card is in view. */
export function progress(request, portal) {
  const place = h("div", { class: "coming", hidden: true });
  let looking = false;
  const show = async () => {
    if (looking) return;
    looking = true;
    try {
      const order = await portal.api.get(`/v1/requests/${request.id}/order`);
      const shown = drawn(order).flat().filter(Boolean);
      fill(place, shown);
      place.hidden = shown.length === 0;
    } catch (problem) {
      // Without it, the card says what it says. One without an order has none.
      if (problem.status === 401) throw problem;
    } finally {
      looking = false;
    }
  };
  return { place, show };
}
