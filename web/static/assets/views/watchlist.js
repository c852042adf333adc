/** What one means to watch, and the button that says so. */
import { later } from "../bursts.js";
import { fill, h, toast } from "../dom.js";
import { allOf } from "../listing.js";
import { DISCOVER, pagesOf } from "../pages.js";
import { pager } from "../pager.js";
import { pressing } from "../pressing.js";
import { presence } from "./asking.js";
import { titleCard } from "./titles.js";

const PATH = "/v1/me/watchlist";

/** Puts a title on one's list, or takes it off. */
export function watching(title, portal) {
  const place = h("span", { class: "buttons" });
  const draw = (isOn) => {
    const turn = async () => {
      const path = `${PATH}/${title.id}`;
      await (isOn ? portal.api.remove(path) : portal.api.put(path));
      toast(isOn ? `${title.name} is off your watchlist.` : `${title.name} is on your watchlist.`, "good");
      draw(!isOn);
      place.querySelector("button").focus({ preventScroll: true });
    };
    fill(place, pressing(isOn ? "On your watchlist" : "Watch later", turn, { label: isOn ? `Take ${title.name} off your watchlist` : `Put ${title.name} on your watchlist` }));
    place.querySelector("button").setAttribute("aria-pressed", String(isOn));
  };
  const look = async () => {
    const entries = await allOf(portal.api.get, PATH, "entries");
    draw(entries.some((each) => each.title.id === title.id));
  };
  // Without an answer, there is no button.
  look().catch(() => {});
  return place;
}

export function watchlist(view, portal) {
  const list = h("ul", { class: "cards two", id: "watchlist" });
  const load = async (token, signal) => {
    const page = await portal.api.get(`${PATH}?pageSize=20&pageToken=${encodeURIComponent(token)}`, signal);
    return { rows: page.entries, next: page.nextPageToken };
  };
  const draw = ({ title }) => {
    const remove = async () => {
      await portal.api.remove(`${PATH}/${title.id}`);
      card.remove();
      if (!list.childElementCount) await pages.restart();
    };
    const card = titleCard(title, null, presence(title, portal, () => pages.restart()), pressing("Take off", remove, { label: `Take ${title.name} off your watchlist` }));
    return card;
  };
  const pages = pager({ list, load, draw, empty: () => "Nothing is on your watchlist. Put something there from its page." });
  fill(view, h("h1", {}, "Watchlist"), pagesOf("Pages to discover", DISCOVER, "/watchlist"), list, pages.foot);
  pages.next();
  const soon = later(pages.restart, 300);
  return {
    refresh: pages.restart,
    heard: (event) => event.type.startsWith("watchlist.") && soon(),
    close() {
      soon.stop();
      pages.close();
    },
  };
}
