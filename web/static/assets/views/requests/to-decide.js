/** What waits for a decision: one after the other, or many at once. */
import { fill, h, toast } from "../../dom.js";
import { pager } from "../../pager.js";
import { count } from "../../words.js";
import { titleOf } from "../titles.js";
import { declining } from "./actions.js";
import { requestCard } from "./card.js";

const PAGE = 50;
// As many as the API decides in one call.
const MOST = 100;
const WHY = {
  request_missing: "gone",
  request_not_pending: "decided meanwhile",
  version_changed: "changed meanwhile",
};

/** `changed` is called when something was decided. */
export function toDecide(portal, changed) {
  const list = h("ul", { class: "cards two" });
  const picked = new Map();
  const opened = new Set();
  const said = h("span", { role: "status" });

  const load = async (token, signal) => {
    const page = await portal.api.get(`/v1/requests?state=PENDING&pageSize=${PAGE}&pageToken=${encodeURIComponent(token)}`, signal);
    if (!token) {
      // What somebody sees is what they decide.
      const there = new Map(page.requests.map((each) => [each.id, each]));
      for (const id of picked.keys()) {
        if (there.has(id)) picked.set(id, there.get(id));
        else if (!page.nextPageToken) picked.delete(id);
      }
      draw();
    }
    return { rows: page.requests, next: page.nextPageToken };
  };
  const row = (request) => {
    const { name } = titleOf(request);
    const card = requestCard(request, portal, () => Promise.all([refresh(), changed()]));
    const pick = (event) => {
      if (event.target.checked && picked.size >= MOST) {
        event.target.checked = false;
        return toast(`At most ${MOST} at once.`);
      }
      if (event.target.checked) picked.set(request.id, request);
      else picked.delete(request.id);
      return draw();
    };
    if (opened.has(request.id)) card.querySelector("details").open = true;
    card.prepend(h("label", { class: "box pick" }, h("input", { type: "checkbox", "aria-label": `Choose ${name}`, checked: picked.has(request.id), onchange: pick }), h("span", { class: "quiet" }, "Choose")));
    return card;
  };
  const pages = pager({ list, load, draw: row, empty: () => "Nothing waits for you." });
  /** What is open stays open, and the keyboard stays where it was. */
  const refresh = async () => {
    for (const each of list.children) {
      if (each.querySelector("details").open) opened.add(each.dataset.request);
      else opened.delete(each.dataset.request);
    }
    const held = list.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
    await pages.restart();
    if (held) list.querySelector(`[data-focus="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  };

  const decide = async (action, reason = "") => {
    const decisions = [...picked.values()].map((each) => ({ requestId: each.id, action, reason, ifVersion: each.version }));
    const { results } = await portal.api.post("/v1/requests:batchDecide", { decisions });
    const failed = results.filter((each) => each.reason);
    const names = failed.map((each) => `${titleOf(picked.get(each.requestId)).name} (${WHY[each.reason] ?? each.reason})`);
    toast(`${count(results.length - failed.length, "request")} ${action === "APPROVE" ? "approved" : "declined"}.`, "good");
    if (names.length) toast(`Not decided: ${names.slice(0, 5).join(", ")}${names.length > 5 ? " and more" : ""}.`, "bad");
    picked.clear();
    draw();
    await Promise.all([refresh(), changed()]);
    return true;
  };
  const doing = (work) => async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    try {
      await work();
    } catch (problem) {
      if (problem.status === 401) throw problem;
      toast(problem.message, "bad");
    } finally {
      button.disabled = false;
    }
  };
  const declineAll = () => declining(count(picked.size, "request"), "Each who asked", (reason) => decide("DECLINE", reason));
  const all = () => {
    for (const each of list.querySelectorAll(".pick input:not(:checked)")) if (picked.size < MOST) each.click();
  };
  const none = () => {
    for (const each of list.querySelectorAll(".pick input:checked")) each.checked = false;
    picked.clear();
    draw();
  };
  const button = (word, work, mood = "") => h("button", { class: `small ${mood}`, type: "button", onclick: work }, word);
  const bar = h(
    "div",
    { class: "at-once", role: "group", "aria-label": "Decide at once", hidden: true },
    said,
    button("Approve them", doing(() => decide("APPROVE")), "primary"),
    button("Decline them", doing(declineAll), "bad"),
    button("All", all),
    button("None", none),
  );
  const draw = () => {
    bar.hidden = picked.size === 0;
    said.textContent = `${picked.size} chosen`;
  };
  const section = h("section", { "aria-label": "To decide" });
  fill(section, h("h1", {}, "To decide"), h("div", { id: "pending" }, list, pages.foot), bar);
  return { section, refresh, close: pages.close };
}
