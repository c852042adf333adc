/** What waits, what is down and what was asked for last, before anything is searched. */
import { h, since, state, to } from "../dom.js";
import { STATES, titleCard, titleOf, who } from "./titles.js";

function down(incident) {
  return h(
    "li",
    { class: "card row" },
    h("span", { class: "grow" }, h("b", {}, incident.monitorName), h("span", { class: "quiet" }, [since(incident.openedAt), incident.detail].filter(Boolean).join(" · "))),
    state("Down", "bad"),
  );
}

function waiting(count) {
  return h("li", { class: "card row" }, to("/requests", { class: "grow" }, `${count} waiting for you`), state("To decide", "wait"));
}

function request(one, me) {
  const [word, mood] = STATES[one.state] ?? [one.state, ""];
  const name = one.requestedBy === me ? "You" : one.requestedByName;
  return titleCard(titleOf(one), who(one.requestedBy, one.requestedByName, `${name}, ${since(one.createdAt)}`), state(word, mood));
}

/** What is missing of a dashboard because a service is away, what is down, what waits. */
export function alerts(dashboard) {
  const incidents = (dashboard.openIncidents?.incidents ?? []).map(down);
  const pending = dashboard.pendingRequests && dashboard.requestCounts?.pending;
  const away = [...new Set(dashboard.warnings.map((each) => each.detail))];
  return [
    away.length ? h("p", { class: "note", role: "status" }, `Not all is shown: ${away.join(" ")}`) : null,
    incidents.length || pending ? h("ul", { class: "cards" }, pending ? waiting(pending) : null, incidents) : null,
  ];
}

export function newestRequests(dashboard) {
  const me = dashboard.session?.user.id;
  const newest = (dashboard.newestRequests?.requests ?? []).slice(0, 6).map((one) => request(one, me));
  return newest.length ? [h("h2", {}, "Newest requests"), h("ul", { class: "cards two" }, newest)] : [];
}
