/** Buttons that do something, once at a time. */
import { h, toast } from "./dom.js";

/** What goes wrong is said at the bottom of the page; `label` says what it is of. */
export function pressing(word, work, { label, mood = "", focus } = {}) {
  const press = async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    try {
      await work(button);
    } catch (problem) {
      if (problem.status === 401) throw problem;
      toast(problem.message, "bad");
    } finally {
      button.disabled = false;
    }
  };
  return h("button", { class: `small ${mood}`, type: "button", "aria-label": label, "data-focus": focus, onclick: press }, word);
}
