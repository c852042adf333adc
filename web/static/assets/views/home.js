/** The first page: what is new, until something is searched. */
import { later } from "../bursts.js";
import { fill, h } from "../dom.js";
import { search } from "./search.js";
import { alerts, newestRequests } from "./glance.js";
import { playing } from "./playing.js";
import { shelves } from "./shelves.js";

const STILL_NEW_MS = 2000;
const AT_A_GLANCE = /^(request\.(?!progress)|monitor\.|incident\.)/;
const ON_THE_SHELF = /^(library|source\.removed|catalog)/;

export function home(view, portal) {
  const news = h("section", { id: "glance", "aria-label": "What is new" });
  const asked = h("section", { id: "asked", "aria-label": "Requests" });
  const rows = shelves(portal);
  const watched = playing(portal);
  const besides = h("div", {}, news, watched.section, rows.place, asked);
  const box = search(portal, (isSearching) => (besides.hidden = isSearching));
  fill(view, h("h1", { class: "unseen" }, "Home"), box.place, besides);

  const draw = () => {
    fill(news, ...alerts(portal.dashboard).flat());
    fill(asked, ...newestRequests(portal.dashboard));
  };
  const lookAround = async () => {
    await portal.look();
    draw();
  };
  const glanceSoon = later(lookAround);
  const shelfSoon = later(rows.refresh, 1000);

  draw();
  if (!box.isSearching() && Date.now() - portal.lookedAt > STILL_NEW_MS) lookAround();
  box.begin();

  return {
    refresh: () => (box.isSearching() ? box.look() : Promise.all([lookAround(), rows.refresh()])),
    heard(event) {
      if (AT_A_GLANCE.test(event.type) && !box.isSearching()) glanceSoon();
      if (ON_THE_SHELF.test(event.type) && !box.isSearching()) shelfSoon();
      box.heard(event);
    },
    close() {
      glanceSoon.stop();
      shelfSoon.stop();
      watched.close();
      box.close();
    },
  };
}
