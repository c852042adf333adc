/** What is shown at an address that leads nowhere, with a way home. */
import { BASE } from "../base.js";
import { fill, h } from "../dom.js";

export function nothing(view, why) {
  fill(view, h("h1", { class: "empty" }, why), h("p", { class: "empty" }, h("a", { href: `${BASE}/`, "data-link": true }, "Go to the start page")));
  return null;
}
