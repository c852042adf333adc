/** Requests: one's own, and for those who decide, everybody's. */
import { fill, h, since, state, toast } from "../dom.js";
import { STATES, titleCard, wanted, who } from "./titles.js";

export function requests(view, portal) {
  const decides = portal.may("MANAGE_REQUESTS");
  const me = portal.session.user.id;
  const pending = h("ul", { class: "cards two", id: "pending" });
  const all = h("ul", { class: "cards two", id: "all" });
  const more = h("button", { type: "button", hidden: true, onclick: () => page(more.dataset.token) }, "Show more");
  const nothing = h("p", { class: "empty", hidden: true }, "No requests yet.");
  const waiting = decides ? [h("h1", {}, "To decide"), pending] : [];
  fill(view, ...waiting, h(decides ? "h2" : "h1", {}, decides ? "All requests" : "Your requests"), nothing, all, more);

  const decide = (verb, request) => async (event) => {
    const button = event.currentTarget;
    const body = {};
    if (verb === "decline") {
      const reason = prompt(`Why not ${wanted(request).name}? ${request.requestedByName} will read it.`, "");
      if (reason === null) return;
      body.reason = reason.slice(0, 500);
    }
    button.disabled = true;
    try {
      await portal.api.post(`/v1/requests/${request.id}:${verb}`, body);
    } catch (problem) {
      if (problem.status === 401) throw problem;
      toast(problem.message, "bad");
    }
    await refresh();
  };

  const card = (request) => {
    const [word, mood] = STATES[request.state] ?? [request.state, ""];
    const mine = request.requestedBy === me;
    const told = `${mine ? "You" : request.requestedByName}, ${since(request.createdAt)}`;
    const foot = [state(word, mood)];
    if (request.state === "DECLINED" && request.declineReason) foot.push(h("span", { class: "quiet" }, request.declineReason));
    if (request.state === "PENDING" && mine && !decides) foot.push(h("button", { class: "small", type: "button", onclick: decide("cancel", request) }, "Take back"));
    return titleCard(wanted(request), who(request.requestedBy, request.requestedByName, told), ...foot);
  };

  const pendingCard = (request) =>
    titleCard(
      wanted(request),
      who(request.requestedBy, request.requestedByName, `${request.requestedByName}, ${since(request.createdAt)}`),
      h("button", { class: "primary small", type: "button", "aria-label": `Approve ${wanted(request).name}`, onclick: decide("approve", request) }, "Approve"),
      h("button", { class: "small bad", type: "button", "aria-label": `Decline ${wanted(request).name}`, onclick: decide("decline", request) }, "Decline"),
    );

  const page = async (token = "") => {
    const answer = await portal.api.get(`/v1/requests?pageSize=20&pageToken=${encodeURIComponent(token)}`);
    const cards = answer.requests.map(card);
    if (token) all.append(...cards);
    else all.replaceChildren(...cards);
    nothing.hidden = all.childElementCount > 0;
    more.dataset.token = answer.nextPageToken;
    more.hidden = !answer.nextPageToken;
  };

  const refresh = async () => {
    if (decides) {
      const answer = await portal.api.get("/v1/requests?state=PENDING&pageSize=50");
      pending.replaceChildren(...answer.requests.map(pendingCard));
      if (!answer.requests.length) pending.replaceChildren(h("li", { class: "quiet" }, "Nothing waits for you."));
    }
    await page();
  };

  refresh();
  return { refresh, heard: (event) => event.type.startsWith("request.") && refresh() };
}
