/** Search, with a button to request what is missing. */
import { BASE } from "../base.js";
import { fill, h, state, toast } from "../dom.js";
import { glance } from "./glance.js";
import { titleCard } from "./titles.js";

const STILL_NEW_MS = 2000;
const AT_A_GLANCE = /^(request|monitor|incident)\./;

export function search(view, portal) {
  const given = new URLSearchParams(location.search).get("q") ?? "";
  const input = h("input", { type: "search", id: "query", placeholder: "Films and series", "aria-label": "Search films and series", value: given, autocomplete: "off", enterkeyhint: "search", maxlength: 200 });
  const list = h("ul", { class: "cards two", "aria-live": "polite", "aria-busy": "false" });
  const note = h("p", { class: "empty" }, "What would you like to see?");
  const news = h("section", { id: "glance", "aria-label": "What is new" });
  fill(view, h("div", { class: "search" }, input), note, list, news);

  let asking = null;
  let timer = 0;
  let glancing = 0;

  const drawNews = () => {
    news.replaceChildren();
    news.hidden = Boolean(input.value.trim());
    if (!news.hidden) fill(news, ...glance(portal.dashboard).flat());
  };

  const lookAround = async () => {
    await portal.look();
    drawNews();
  };

  const look = async () => {
    const query = input.value.trim();
    asking?.abort();
    history.replaceState(null, "", query ? `${BASE}/?q=${encodeURIComponent(query)}` : `${BASE}/`);
    drawNews();
    if (!query) {
      list.replaceChildren();
      note.hidden = false;
      note.textContent = "What would you like to see?";
      return;
    }
    asking = new AbortController();
    list.setAttribute("aria-busy", "true");
    try {
      const answer = await portal.api.get(`/v1/search?pageSize=24&query=${encodeURIComponent(query)}`, asking.signal);
      list.replaceChildren(...answer.titles.map(card));
      note.hidden = answer.titles.length > 0;
      note.textContent = "Nothing by that name.";
    } catch (problem) {
      if (problem.name === "AbortError") return;
      if (problem.status === 401) throw problem;
      note.hidden = false;
      note.textContent = problem.message;
    } finally {
      list.setAttribute("aria-busy", "false");
    }
  };

  const card = (title) => titleCard(title, null, presence(title));

  const presence = (title) => {
    const known = title.presence ?? { state: "ABSENT" };
    if (known.state === "AVAILABLE") return state("On the shelf", "good");
    if (known.state === "REQUESTED") {
      const by = known.requestedByMe ? " by you" : known.requestedByName ? ` by ${known.requestedByName}` : "";
      return state(`Requested${by}`, "wait");
    }
    const wanted = title.kind === "SERIES" ? "REQUEST_TV" : "REQUEST_MOVIE";
    if (!portal.may("REQUEST") && !portal.may(wanted)) return h("span", { class: "quiet" }, "Not on the shelf");
    const button = h("button", { class: "primary small", type: "button", "aria-label": `Request ${title.name}`, onclick: () => ask(title, button) }, "Request");
    return button;
  };

  const ask = async (title, button) => {
    button.disabled = true;
    try {
      const made = await portal.api.create("/v1/requests", { titleId: title.id });
      button.replaceWith(state(made.state === "APPROVED" ? "Approved" : "Requested by you", "wait"));
    } catch (problem) {
      button.disabled = false;
      if (problem.status === 401) throw problem;
      toast(problem.message, "bad");
      if (problem.status === 409) await look();
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, 160);
  });
  if (given) look();
  else drawNews();
  if (!given && Date.now() - portal.lookedAt > STILL_NEW_MS) lookAround();
  input.focus();

  return {
    refresh: () => (input.value.trim() ? look() : lookAround()),
    heard(event) {
      if (!input.value.trim() && AT_A_GLANCE.test(event.type)) {
        clearTimeout(glancing);
        glancing = setTimeout(lookAround, 300);
      }
      if (event.type.startsWith("request.") && list.querySelector(`[data-title="${CSS.escape(event.data.titleId)}"]`)) look();
    },
    close() {
      clearTimeout(timer);
      clearTimeout(glancing);
      asking?.abort();
    },
  };
}
