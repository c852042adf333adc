/** What is new, what waits and what is down, before anything is searched. */
import { BASE } from "../base.js";
import { h, since, state } from "../dom.js";
import { STATES, titleCard } from "./titles.js";

function down(incident) {
  return h(
    "li",
    { class: "card row" },
    h("span", { class: "grow" }, h("b", {}, incident.monitorName), h("span", { class: "quiet" }, [since(incident.openedAt), incident.detail].filter(Boolean).join(" · "))),
    state("Down", "bad"),
  );
}

function waiting(count) {
  return h("li", { class: "card row" }, h("a", { class: "grow", href: `${BASE}/requests`, "data-link": true }, `${count} waiting for you`), state("To decide", "wait"));
}

function request(one, me) {
  const [word, mood] = STATES[one.state] ?? [one.state, ""];
  const who = one.requestedBy === me ? "You" : one.requestedByName;
  return titleCard(one.title, `${who}, ${since(one.createdAt)}`, state(word, mood));
}

/** Draws what is there of a dashboard: a service that is away costs its part only. */
export function glance(dashboard) {
  const me = dashboard.session?.user.id;
  const incidents = (dashboard.openIncidents?.incidents ?? []).map(down);
  const pending = dashboard.pendingRequests && dashboard.requestCounts?.pending;
  const newest = (dashboard.newestRequests?.requests ?? []).slice(0, 6).map((one) => request(one, me));
  const away = [...new Set(dashboard.warnings.map((each) => each.detail))];
  return [
    away.length ? h("p", { class: "quiet", role: "status" }, `Not all is shown: ${away.join(" ")}`) : null,
    incidents.length || pending ? h("ul", { class: "cards" }, pending ? waiting(pending) : null, incidents) : null,
    newest.length ? [h("h2", {}, "Newest requests"), h("ul", { class: "cards two" }, newest)] : null,
  ];
}
