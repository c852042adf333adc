import { BASE } from "./base.js";

/** Makes elements. Text is always text: nothing here parses HTML. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A link within the portal; the path is as the house knows it, without the base path. */
export function to(path, properties = {}, ...children) {
  return h("a", { href: BASE + path, "data-link": true, ...properties }, ...children);
}

const MOST_TOASTS = 2;

/** A short word at the bottom of the screen; `mood` is good or bad. */
export function toast(text, mood = "") {
  const box = document.getElementById("toasts");
  const made = h("div", { class: `toast ${mood}` }, text);
  // The oldest makes room: they lie over the page.
  while (box.childElementCount >= MOST_TOASTS) box.firstElementChild.remove();
  box.append(made);
  setTimeout(() => made.remove(), 6000);
}

/** A coloured word for a state. */
export function state(word, mood) {
  return h("span", { class: `state ${mood}` }, word);
}

/** Replaces what a view shows. */
export function fill(view, ...children) {
  view.replaceChildren(...children.flat().filter(Boolean));
}

/** Minutes, hours or days since a time, in words. */
export function since(time) {
  const minutes = Math.max(0, Math.round((Date.now() - Date.parse(time)) / 60000));
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h ago`;
  return `${Math.round(minutes / 1440)} days ago`;
}

/** What could not be shown, in words, with a way to ask again. */
export function sorry(problem, again) {
  return h("p", { class: "sorry", role: "status" }, h("span", {}, problem.message), again && h("button", { class: "small", type: "button", onclick: again }, "Try again"));
}

/** Draws a place anew, and leaves the keyboard where it was: at the same `data-focus`. */
export function redraw(place, draw) {
  const held = place.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  draw();
  if (held) place.querySelector(`[data-focus="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
}

/** Whether somebody is writing there: then nothing is drawn over it. */
export function isWrittenIn(place) {
  return [...place.querySelectorAll("textarea")].some((each) => each.value !== each.defaultValue);
}
