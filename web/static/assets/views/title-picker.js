/** Finding one title by its name, and choosing it. */
import { later } from "../bursts.js";
import { fill, h, sorry } from "../dom.js";
import { notes } from "../parts.js";
import { titleCard } from "./titles.js";

const nameOf = (title) => (title.year ? `${title.name} (${title.year})` : title.name);

/** `chosen()` is the title, or nothing yet; `label` says what it is for. */
export function titlePicker(portal, label, id) {
  const input = h("input", { type: "search", id, maxlength: 200, autocomplete: "off" });
  const found = h("ul", { class: "cards two", "aria-live": "polite" });
  const note = h("div");
  const taken = h("p", { class: "good", role: "status" });
  let title = null;
  let asking = null;

  const take = (one) => {
    title = one;
    input.value = "";
    fill(found);
    fill(note);
    taken.textContent = one ? nameOf(one) : "";
  };
  const card = (one) => titleCard(one, null, h("button", { class: "small primary", type: "button", "aria-label": `Choose ${nameOf(one)}`, onclick: () => take(one) }, "Choose"));
  const look = async () => {
    asking?.abort();
    const mine = (asking = new AbortController());
    const query = input.value.trim();
    if (!query) return fill(found);
    try {
      const answer = await portal.api.get(`/v1/search?pageSize=6&query=${encodeURIComponent(query)}`, mine.signal);
      if (mine.signal.aborted) return undefined;
      fill(found, answer.titles.map(card));
      fill(note, notes(answer), answer.titles.length ? null : h("p", { class: "quiet" }, "Nothing by that name."));
    } catch (problem) {
      if (problem.name === "AbortError") return undefined;
      if (problem.status === 401) throw problem;
      fill(note, sorry(problem, look));
    }
    return undefined;
  };
  input.addEventListener("input", later(look, 200));
  const place = h("div", { class: "field" }, h("label", { for: id }, label, input), h("p", { class: "wrong", "data-wrong": "titleId", role: "alert", hidden: true }), taken, note, found);
  return { place, chosen: () => title, forget: () => take(null) };
}
