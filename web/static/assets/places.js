/** What is at each address, and the tabs that lead to some of them. */
import { HOUSE_NEEDS, house } from "./views/house.js";
import { account } from "./views/account.js";
import { browse } from "./views/browse.js";
import { calendar } from "./views/calendar.js";
import { collection, collections } from "./views/collections.js";
import { discover } from "./views/discover.js";
import { found } from "./views/discover/found.js";
import { home } from "./views/home.js";
import { notifications } from "./views/notifications.js";
import { person } from "./views/person.js";
import { reports } from "./views/reports.js";
import { requests } from "./views/requests.js";
import { services } from "./views/services.js";
import { title } from "./views/title.js";
import { watchlist } from "./views/watchlist.js";

export const TABS = [
  { path: "/", label: "Home", icon: "m12 2.5 2.9 6.2 6.6.8-4.9 4.6 1.3 6.7-5.9-3.3-5.9 3.3 1.3-6.7L2.5 9.5l6.6-.8z" },
  { path: "/discover", label: "Discover", icon: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm4.5 5.5-2.6 6.4-6.4 2.6 2.6-6.4zM12 10.8a1.2 1.2 0 1 0 0 2.4 1.2 1.2 0 0 0 0-2.4Z" },
  { path: "/browse", label: "Browse", icon: "M4 4h7v7H4zm9 0h7v7h-7zM4 13h7v7H4zm9 0h7v7h-7z" },
  { path: "/requests", label: "Requests", icon: "M4 5h16v2H4zm0 6h16v2H4zm0 6h10v2H4z" },
  { path: "/services", label: "Services", needs: ["VIEW_SERVICES"], icon: "M3 13h4l2-6 4 12 3-8 1 2h4v-2h-3l-2.5-5L13 13 9.5 2 6 11H3z" },
  { path: "/house", label: "House", needs: HOUSE_NEEDS, icon: "M12 3 3 11h2v9h5v-6h4v6h5v-9h2z" },
];

const tab = (path) => TABS.find((each) => each.path === path);

/** Each address as a pattern, whose names are handed to what opens it. */
const PLACES = [
  { at: /^\/$/, label: "Home", open: home, tab: tab("/") },
  { at: /^\/discover$/, label: "Discover", open: discover, tab: tab("/discover") },
  { at: /^\/discover\/find$/, label: "Find something", open: found, tab: tab("/discover") },
  { at: /^\/calendar$/, label: "Calendar", open: calendar, tab: tab("/discover") },
  { at: /^\/watchlist$/, label: "Watchlist", open: watchlist, tab: tab("/discover") },
  { at: /^\/collections$/, label: "Collections", open: collections, tab: tab("/browse") },
  { at: /^\/collections\/(?<id>[\w-]+)$/, label: "Collection", open: collection, tab: tab("/browse") },
  { at: /^\/browse$/, label: "Browse", open: browse, tab: tab("/browse") },
  { at: /^\/titles\/(?<id>[\w-]+)$/, label: "Title", open: title, tab: tab("/browse") },
  { at: /^\/people\/(?<id>\d+)$/, label: "Person", open: person, tab: tab("/browse") },
  { at: /^\/requests$/, label: "Requests", open: requests, tab: tab("/requests") },
  { at: /^\/reports$/, label: "Reports", open: reports, tab: tab("/requests") },
  { at: /^\/services$/, label: "Services", open: services, tab: tab("/services"), needs: ["VIEW_SERVICES"] },
  { at: /^\/house(?:\/(?<page>[a-z-]+))?$/, label: "House", open: house, tab: tab("/house"), needs: HOUSE_NEEDS },
  { at: /^\/notifications$/, label: "Notifications", open: notifications },
  { at: /^\/account$/, label: "Account", open: account },
];

/** What is at an address, with the names in it; nothing when there is nothing. */
export function placeOf(path) {
  for (const place of PLACES) {
    const found = place.at.exec(path);
    if (found) return { ...place, named: { ...found.groups } };
  }
  return null;
}

export function icon({ icon: drawn }) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", drawn);
  path.setAttribute("fill", "currentColor");
  svg.append(path);
  return svg;
}
