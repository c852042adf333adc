/** The log of what a target was told, or was to be told. */
import { h, since, state } from "../../dom.js";
import { pager } from "../../pager.js";
import { pressing } from "../../pressing.js";
import { count, facts } from "../../words.js";
import { EVENTS } from "./target-form.js";

const STATES = { WAITING: ["Waiting", "wait"], SENT: ["Told", "good"], FAILED: ["Failed", "bad"] };
const WORDS = new Map(EVENTS);

export function deliveries(path, name, portal) {
  const list = h("ol", { class: "steps", "aria-label": `Log of ${name}` });
  const load = async (token, signal) => {
    const page = await portal.api.get(`${path}?pageSize=20&pageToken=${encodeURIComponent(token)}`, signal);
    return { rows: page.deliveries, next: page.nextPageToken };
  };
  const draw = (each) => {
    const [word, mood] = STATES[each.state] ?? [each.state, ""];
    const retry = async () => {
      await portal.api.post(`${path}/${each.id}:retry`);
      await pages.restart();
    };
    return h(
      "li",
      {},
      h("b", {}, each.subject),
      h("span", {}, facts(WORDS.get(each.eventType) ?? each.eventType, since(each.createdAt), each.attempts ? count(each.attempts, "try", "tries") : null)),
      each.words ? h("span", {}, each.words) : null,
      h("div", { class: "buttons" }, state(word, mood), each.state === "FAILED" ? pressing("Try again", retry, { label: `Try ${each.subject} again` }) : null),
    );
  };
  const pages = pager({ list, load, draw, empty: () => "Nothing was to be told in the last 30 days." });
  pages.next();
  return h("div", {}, h("div", { class: "buttons" }, pressing("Look again", pages.restart)), list, pages.foot);
}
