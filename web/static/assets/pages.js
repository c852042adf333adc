/** Links between the pages that belong together, above what they show. */
import { h, to } from "./dom.js";

/** `pages` are `{ path, label }`; `shown` is the path of the one that is open. */
export function pagesOf(name, pages, shown) {
  const links = pages.map((each) => to(each.path, { "aria-current": each.path === shown ? "page" : undefined }, each.label));
  const place = h("div", { class: "pages", role: "navigation", "aria-label": name }, links);
  // There may be more of them than a phone is wide.
  requestAnimationFrame(() => {
    const current = place.querySelector("[aria-current]");
    if (current) place.scrollLeft = current.offsetLeft - place.offsetLeft - (place.clientWidth - current.offsetWidth) / 2;
  });
  return place;
}

export const DISCOVER = [
  { path: "/discover", label: "For you" },
  { path: "/discover/find", label: "Find" },
  { path: "/calendar", label: "Calendar" },
  { path: "/watchlist", label: "Watchlist" },
];

export const REQUESTS = [
  { path: "/requests", label: "Requests" },
  { path: "/reports", label: "Reports" },
];

export const SHELF = [
  { path: "/browse", label: "Films and series" },
  { path: "/collections", label: "Collections" },
];
