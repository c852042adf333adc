/** A request on a card: what is wanted, by whom, how far it is, and what can be done. */
import { h, since, state, toast } from "../../dom.js";
import { episodesSaid, count, facts, seasonsSaid } from "../../words.js";
import { STATES, titleCard, titleOf, who } from "../titles.js";
import { actions } from "./actions.js";
import { more } from "./more.js";
import { progress } from "./progress.js";

// Of these, more may come.
const COMES = { APPROVED: ["MOVIE", "SERIES"], AVAILABLE: ["SERIES"] };

/** What of it is asked for, in small words. */
export function wantedOf(request) {
  const told = [
    seasonsSaid(request.seasons ?? []),
    episodesSaid(request.episodes ?? []),
    request.futureOnly ? "Only what is to come" : "",
    request.is4k ? "4K" : "",
    request.title ? "" : "Asked for in words",
  ].filter(Boolean);
  return told.length ? h("p", { class: "wanted" }, told.map((each) => h("span", { class: "tag" }, each))) : null;
}

/** Who asked, for whom, and who waits for it too. */
export function askedBy(request, me) {
  const name = request.requestedBy === me ? "You" : request.requestedByName || "Somebody who is gone";
  const by = request.askedBy && request.askedBy !== request.requestedBy ? (request.askedBy === me ? "asked by you" : "asked by somebody else") : null;
  return who(request.requestedBy, request.requestedByName, facts(`${name}, ${since(request.createdAt)}`, by));
}

function alsoWaiting(request) {
  const others = request.followers - (request.followedByMe ? 1 : 0);
  if (request.followedByMe) return others ? `You and ${count(others, "other")} wait for it too.` : "You wait for it too.";
  return others > 0 ? `${count(others, "other")} ${others === 1 ? "waits" : "wait"} for it too.` : null;
}

/** Its state in words, with what was said of it. */
export function toldOf(request) {
  const [word, mood] = STATES[request.state] ?? [request.state, ""];
  const waiting = alsoWaiting(request);
  return [
    waiting ? h("p", { class: "told quiet" }, waiting) : null,
    request.state === "DECLINED" && request.declineReason ? h("p", { class: "told" }, `“${request.declineReason}”`) : null,
    request.state === "FAILED" && request.failure ? h("p", { class: "wrong" }, request.failure) : null,
    state(word, mood),
  ].filter(Boolean);
}

/**
 * A card that is drawn anew when something was done to it; `changed` is called then.
 * What waits is decided here, unless it is shown with its buttons elsewhere.
 */
export function requestCard(request, portal, changed, { decides = true } = {}) {
  const card = titleCard(titleOf(request), askedBy(request, portal.session.user.id));
  card.classList.add("request");
  card.dataset.request = request.id;
  const below = more(request, portal);
  const body = card.querySelector(".foot");

  const redrawn = async () => {
    let fresh;
    try {
      fresh = await portal.api.get(`/v1/requests/${request.id}`);
    } catch (problem) {
      // It is somebody else's by now.
      if (problem.status === 404) return card.remove();
      throw problem;
    }
    const held = card.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
    const next = requestCard(fresh, portal, changed, { decides });
    if (below.open) next.querySelector("details").open = true;
    card.replaceWith(next);
    if (held) (next.querySelector(`[data-focus="${CSS.escape(held)}"]`) ?? next.querySelector("a, button, summary"))?.focus({ preventScroll: true });
    return undefined;
  };
  const done = async (words) => {
    if (words) toast(words, "good");
    await Promise.all([redrawn(), changed()]);
  };
  body.append(...toldOf(request), ...actions(request, portal, done, { decides }));
  const wanted = wantedOf(request);
  if (wanted) body.before(wanted);
  const coming = COMES[request.state]?.includes(request.title?.kind) ? progress(request, portal) : null;
  if (coming) body.before(coming.place);
  coming?.show();
  card.append(below);
  card.tell = (event) => (event.type === "request.progress" ? coming?.show() : again());
  const again = () => redrawn().catch((problem) => problem.status === 401 && Promise.reject(problem));
  return card;
}

/** Something happened to a request whose card is shown. */
export function tell(card, event) {
  return card.tell?.(event);
}
