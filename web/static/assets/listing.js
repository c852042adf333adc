/** Short lists of what is set up, all of which are shown. */
import { fill, h, redraw, sorry } from "./dom.js";

const MOST_PAGES = 10;

/** All that a list of the API has, as far as anybody sets up. */
export async function allOf(get, path, field) {
  const all = [];
  let token = "";
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await get(`${path}${path.includes("?") ? "&" : "?"}pageSize=100&pageToken=${encodeURIComponent(token)}`);
    all.push(...answer[field]);
    token = answer.nextPageToken;
    if (!token) break;
  }
  return all;
}

/** A place with a card for each; drawn anew by `refresh`, but never below somebody who writes. */
export function listing(id, load, draw, empty) {
  const place = h("ul", { class: "cards", id });
  const refresh = async () => {
    try {
      const all = await load();
      redraw(place, () => fill(place, all.length ? all.map(draw) : h("li", { class: "empty" }, empty)));
    } catch (problem) {
      if (problem.status === 401) throw problem;
      fill(place, h("li", {}, sorry(problem, refresh)));
    }
  };
  return { place, refresh };
}

/** Opens a form in a card, or closes it. */
export function unfold(card, made) {
  const open = card.querySelector(".unfolded");
  open?.remove();
  if (open?.dataset.of === made.of) return;
  const place = h("div", { class: "unfolded", "data-of": made.of }, made.place);
  card.append(place);
  place.querySelector("input, select, textarea, button")?.focus();
}
