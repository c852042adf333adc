/** How a title looks on a card. */
import { h } from "../dom.js";

/** Of a request: its word, and its mood. */
export const STATES = {
  PENDING: ["Waiting for approval", "wait"],
  APPROVED: ["Approved, on its way", "wait"],
  DECLINED: ["Declined", "bad"],
  CANCELED: ["Taken back", ""],
  AVAILABLE: ["On the shelf", "good"],
};

const KINDS = { MOVIE: "Film", SERIES: "Series" };

function hue(text) {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + letter.codePointAt(0)) % 360;
  return sum;
}

function poster(name) {
  const letters = name.split(/\s+/).filter((word) => !/^(the|a|an)$/i.test(word));
  const tile = h("div", { class: "poster", "aria-hidden": "true" }, letters.slice(0, 2).map((word) => word[0]).join("").toUpperCase() || "?");
  tile.style.setProperty("--hue", hue(name));
  return tile;
}

/** A card for a title, with whatever belongs at its foot. */
export function titleCard(title, extra, ...foot) {
  const facts = [KINDS[title.kind], title.year || null, (title.genres ?? []).slice(0, 3).join(", ") || null];
  return h(
    "li",
    { class: "card title", "data-title": title.id },
    poster(title.name),
    h(
      "div",
      {},
      h("h3", {}, title.name),
      h("p", { class: "meta" }, facts.filter(Boolean).join(" · "), extra ? h("br") : null, extra),
      h("div", { class: "foot" }, ...foot),
    ),
  );
}
