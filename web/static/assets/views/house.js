/** What its owner and managers look after, a page for each. */
import { fill, h } from "../dom.js";
import { pagesOf } from "../pages.js";
import { blocklist } from "./house/blocklist.js";
import { limits } from "./house/limits.js";
import { matches } from "./house/matches.js";
import { people } from "./house/people.js";
import { rules } from "./house/rules.js";
import { servers } from "./house/servers.js";
import { sources } from "./house/sources.js";
import { targets } from "./house/targets.js";
import { webhooks } from "./house/webhooks.js";
import { nothing } from "./nothing.js";

const PAGES = [
  { path: "/house", label: "People", open: people, needs: "MANAGE_USERS" },
  { path: "/house/sources", label: "Sources", open: sources, needs: "MANAGE_SETTINGS" },
  { path: "/house/to-fix", label: "To fix", open: matches, needs: "MANAGE_SETTINGS" },
  { path: "/house/servers", label: "Radarr and Sonarr", open: servers, needs: "MANAGE_SETTINGS" },
  { path: "/house/rules", label: "Rules", open: rules, needs: "MANAGE_SETTINGS" },
  { path: "/house/limits", label: "Limits", open: limits, needs: "MANAGE_SETTINGS" },
  { path: "/house/targets", label: "Notifications", open: targets, needs: "MANAGE_SETTINGS" },
  { path: "/house/webhooks", label: "Webhooks", open: webhooks, needs: "MANAGE_SETTINGS" },
  { path: "/house/blocklist", label: "Blocklist", open: blocklist, needs: "VIEW_BLOCKLIST" },
];

/** Who may open one of its pages. */
export const HOUSE_NEEDS = [...new Set(PAGES.map((each) => each.needs))];

export function house(view, portal, { page }) {
  const open = PAGES.filter((each) => portal.may(each.needs));
  // The house itself is the first of those that are open.
  const shown = page ? open.find((each) => each.path === `/house/${page}`) : open[0];
  if (!shown) return nothing(view, "There is nothing at this address.");
  const place = h("div");
  fill(view, h("h1", {}, "House"), pagesOf("Pages of the house", open, shown.path), place);
  return shown.open(place, portal);
}
