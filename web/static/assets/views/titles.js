/** How a title looks: on a card with a foot, and as a tile among others. */
import { h, state, to } from "../dom.js";
import { avatar, poster } from "../poster.js";
import { KINDS, RESOLUTIONS, count, facts } from "../words.js";

/** Of a request: its word, and its mood. */
export const STATES = {
  PENDING: ["Waiting for approval", "wait"],
  APPROVED: ["Approved, on its way", "wait"],
  DECLINED: ["Declined", "bad"],
  CANCELED: ["Taken back", ""],
  AVAILABLE: ["On the shelf", "good"],
  FAILED: ["Could not be got", "bad"],
};

/** What stands for the title of what was asked for in words. */
export const titleOf = (request) => request.title ?? { name: request.words, genres: [] };

/** Somebody's face, and what is told of them beside it. */
export const who = (id, name, told) => h("span", { class: "who" }, avatar(id, name), h("span", {}, told));

const pathOf = (title) => `/titles/${title.id}`;

/** A card for a title, with whatever belongs at its foot. */
export function titleCard(title, extra, ...foot) {
  const told = facts(KINDS[title.kind], title.year || null, (title.genres ?? []).slice(0, 3).join(", "));
  return h(
    "li",
    { class: "card title", "data-title": title.id },
    poster(title, { sizes: "72px" }),
    h(
      "div",
      {},
      h("h3", {}, title.id ? to(pathOf(title), {}, title.name) : title.name),
      h("p", { class: "meta" }, told, extra ? h("br") : null, extra),
      h("div", { class: "foot" }, ...foot),
    ),
  );
}

/** A poster with a name below it, which leads to the title's page. */
export function tile(title, ...told) {
  return h(
    "li",
    { class: "tile", "data-title": title.id },
    to(
      pathOf(title),
      {},
      poster(title, { sizes: "(min-width: 720px) 160px, 30vw" }),
      h("span", { class: "name" }, title.name),
      h("span", { class: "told" }, ...told),
    ),
  );
}

/** A tile of something on the shelf: what there is of it. */
export function shelfTile(there) {
  const { title } = there;
  const seasons = there.seasonCount ? count(there.seasonCount, "season") : null;
  return tile(title, facts(title.year || null, seasons, RESOLUTIONS[there.resolution]));
}

/** A tile of something that may be on the shelf or not. */
export function knownTile(title) {
  const there = title.presence?.state === "AVAILABLE";
  const wanted = title.presence?.state === "REQUESTED";
  const word = there ? state("On the shelf", "good") : wanted ? state("Requested", "wait") : null;
  return tile(title, title.year ? String(title.year) : "", word ? h("br") : "", word ?? "");
}

/** Tiles beside each other, to be pushed sideways. */
export function strip(tiles) {
  return tiles.length ? h("ul", { class: "strip" }, tiles) : null;
}
