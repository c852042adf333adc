/** Requests: one's own, and for those who decide, everybody's. */
import { BASE } from "../base.js";
import { later, once } from "../bursts.js";
import { fill, h, toast } from "../dom.js";
import { choice } from "../forms.js";
import { REQUESTS, pagesOf } from "../pages.js";
import { pager } from "../pager.js";
import { askInWords, mayAsk, outcome } from "./asking/ask.js";
import { leftOf } from "./asking/quota.js";
import { requestCard, tell } from "./requests/card.js";
import { toDecide } from "./requests/to-decide.js";
import { STATES } from "./titles.js";

const KINDS = [["", "Films and series"], ["MOVIE", "Films"], ["SERIES", "Series"]];
const PAGE = 20;

/** What its address narrows it to. */
const FILTERS = ["state", "kind", "whose"];

export function requests(view, portal) {
  const decides = portal.may("MANAGE_REQUESTS");
  const sees = decides || portal.may("REQUEST_VIEW");
  const me = portal.session.user.id;
  const given = new URLSearchParams(location.search);
  const quota = h("div");
  const list = h("ul", { class: "cards two", id: "all" });

  const states = choice("state", "State", [["", "All"], ...Object.entries(STATES).map(([each, [word]]) => [each, word])], { value: given.get("state") ?? "" });
  const kinds = choice("kind", "Kind", KINDS, { value: given.get("kind") ?? "" });
  const whose = choice("whose", "Whose", [["", sees ? "Everybody's" : "Mine, and those I follow"], ["MINE", "Mine"], ["FOLLOWED", "Those I follow"]], { value: given.get("whose") ?? "" });
  const narrow = h("form", { class: "narrow-by", "aria-label": "Narrow the list", onsubmit: (event) => event.preventDefault(), onchange: () => anew() }, states, kinds, whose);
  const chosen = () => Object.fromEntries(FILTERS.map((each) => [each, narrow.elements[each].value]).filter(([, value]) => value));

  const load = async (token, signal) => {
    const { state, kind, whose: of } = chosen();
    const asked = new URLSearchParams({ pageSize: PAGE });
    if (state) asked.set("state", state);
    if (kind) asked.set("kind", kind);
    if (of === "MINE") asked.set("requestedBy", me);
    if (of === "FOLLOWED") asked.set("followedByMe", "true");
    if (token) asked.set("pageToken", token);
    const page = await portal.api.get(`/v1/requests?${asked}`, signal);
    return { rows: page.requests, next: page.nextPageToken };
  };
  const changed = () => Promise.all([waiting?.refresh(), besides()]);
  // What waits for a decision stands above, with the buttons for it.
  const draw = (request) => requestCard(request, portal, changed, { decides: false });
  const pages = pager({ list, load, draw, empty: () => (Object.keys(chosen()).length ? "No request is like that." : "No requests yet.") });
  const waiting = decides ? toDecide(portal, () => Promise.all([pages.restart(), besides()])) : null;

  const anew = () => {
    const words = new URLSearchParams(chosen()).toString();
    history.replaceState(null, "", `${BASE}/requests${words ? `?${words}` : ""}`);
    return pages.restart();
  };
  const tellCounts = async () => {
    const counts = await portal.api.get("/v1/requests:count");
    for (const each of states.querySelectorAll("option")) {
      const of = each.value ? counts[each.value.toLowerCase()] : counts.total;
      each.textContent = `${STATES[each.value]?.[0] ?? "All"} (${of})`;
    }
  };
  const tellQuota = async () => fill(quota, leftOf(await portal.api.get("/v1/me/quota")));
  const besides = () => Promise.allSettled([tellCounts(), tellQuota()]);

  const inWords = async () => {
    const made = await askInWords(portal);
    if (!made) return;
    toast(outcome(made, portal).text, "good");
    await refresh();
  };
  const mayAskAny = mayAsk(portal, "MOVIE").plain || mayAsk(portal, "SERIES").plain;
  const heading = h(decides ? "h2" : "h1", {}, decides ? "All requests" : "Your requests");
  const other = mayAskAny ? h("div", { class: "buttons" }, h("button", { class: "small", type: "button", onclick: inWords }, "Ask for anything else")) : null;
  fill(view, pagesOf("Pages of requests", REQUESTS, "/requests"), waiting?.section, heading, quota, other, narrow, list, pages.foot);

  const shownOf = (id) => [...list.children].find((each) => each.dataset.request === id);
  const refresh = once(async () => {
    await Promise.all([waiting?.refresh(), pages.restart(), besides()]);
  });
  const soon = later(changed, 250);
  const listSoon = later(pages.restart, 400);
  besides();
  waiting?.refresh();
  pages.next();
  return {
    refresh,
    heard(event) {
      if (!event.type.startsWith("request.")) return;
      const shown = shownOf(event.data.requestId);
      if (shown) tell(shown, event);
      // Who reads further down keeps their place.
      else if (event.type === "request.created" && scrollY < innerHeight) listSoon();
      if (event.type !== "request.progress") soon();
    },
    close() {
      soon.stop();
      listSoon.stop();
      pages.close();
      waiting?.close();
    },
  };
}
