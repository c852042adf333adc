/** Forms: labelled fields, and what is wrong beside the one that the server names. */
import { h } from "./dom.js";

function labelled(name, label, id, control) {
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label, control),
    h("p", { class: "wrong", id: `${id}-wrong`, "data-wrong": name, role: "alert", hidden: true }),
  );
}

/** A labelled input with a place for what is wrong with it. */
export function field(name, label, properties = {}) {
  const id = properties.id ?? `field-${name}`;
  return labelled(name, label, id, h("input", { name, "aria-describedby": `${id}-wrong`, ...properties, id }));
}

/** A labelled choice among `[value, word]`. */
export function choice(name, label, options, { value = "", ...properties } = {}) {
  const id = properties.id ?? `field-${name}`;
  const made = options.map(([each, word]) => h("option", { value: each, selected: each === value }, word));
  return labelled(name, label, id, h("select", { name, "aria-describedby": `${id}-wrong`, ...properties, id }, made));
}

/** A labelled text of several lines. */
export function area(name, label, { value = "", ...properties } = {}) {
  const id = properties.id ?? `field-${name}`;
  const made = labelled(name, label, id, h("textarea", { name, rows: 3, "aria-describedby": `${id}-wrong`, ...properties, id }, value));
  // Beside its label: within, what is written would be a part of its name.
  made.querySelector("label").after(made.querySelector("textarea"));
  return made;
}

/** One box to check. */
export function box(name, word, properties = {}) {
  return h("label", { class: "box" }, h("input", { type: "checkbox", name, ...properties }), h("span", {}, word));
}

/** Boxes to check, each `[value, word, checked]`, under one heading. */
export function boxes(name, legend, options) {
  return h(
    "fieldset",
    { class: "boxes" },
    h("legend", {}, legend),
    options.map(([value, word, checked]) => h("label", { class: "box" }, h("input", { type: "checkbox", name, value, checked }), h("span", {}, word))),
    h("p", { class: "wrong", "data-wrong": name, role: "alert", hidden: true }),
  );
}

const camelCase = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const last = (path) => camelCase(path.split(".").pop());

/**
 * A form, alone on its page or (`wide`) one part of it, that calls `send` with its
 * values, and shows what the server says is wrong beside the field that it names.
 */
export function form({ title, fields, button, send, wide = false, extra }) {
  const general = h("p", { class: "wrong", role: "alert", hidden: true });
  const submit = h("button", { class: "primary", type: "submit" }, button);
  const foot = extra ? h("div", { class: "buttons" }, submit, extra) : submit;
  const made = h("form", { class: wide ? "card" : "card narrow", novalidate: true }, title && h(wide ? "h2" : "h1", {}, title), fields, general, foot);

  const clear = () => {
    for (const each of made.querySelectorAll(".wrong")) each.hidden = true;
    for (const each of made.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
  };
  const placeOf = (error) => {
    const place = made.querySelector(`[data-wrong="${CSS.escape(last(error.field))}"]`);
    return place?.parentElement.closest("[hidden]") ? null : place;
  };
  const show = (problem) => {
    const named = (problem.errors ?? []).filter(placeOf);
    for (const error of named) {
      const wrong = placeOf(error);
      wrong.parentElement.querySelector("input, select, textarea").setAttribute("aria-invalid", "true");
      wrong.textContent = error.detail;
      wrong.hidden = false;
    }
    if (named.length) made.querySelector("[aria-invalid]").focus();
    else {
      general.textContent = problem.message;
      general.hidden = false;
    }
  };
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    clear();
    submit.disabled = true;
    made.setAttribute("aria-busy", "true");
    try {
      await send(Object.fromEntries(new FormData(made)), made);
    } catch (problem) {
      show(problem);
    } finally {
      submit.disabled = false;
      made.removeAttribute("aria-busy");
    }
  });
  return made;
}
