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

/** A labelled input with a place for what is wrong with it. */
export function field(name, label, properties = {}) {
  const id = `field-${name}`;
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label, h("input", { id, name, "aria-describedby": `${id}-wrong`, ...properties })),
    h("p", { class: "wrong", id: `${id}-wrong`, role: "alert", hidden: true }),
  );
}

const camelCase = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

/**
 * A form that calls `send` with its values, and shows what the server says is
 * wrong beside the field that it names.
 */
export function form({ title, fields, button, send, wide = false }) {
  const general = h("p", { class: "wrong", role: "alert", hidden: true });
  const submit = h("button", { class: "primary", type: "submit" }, button);
  const made = h("form", { class: wide ? "card" : "card narrow", novalidate: true }, title && h("h1", {}, title), fields, general, submit);

  const clear = () => {
    for (const each of made.querySelectorAll(".wrong")) each.hidden = true;
    for (const each of made.querySelectorAll("input")) each.removeAttribute("aria-invalid");
  };
  const show = (problem) => {
    const last = (path) => camelCase(path.split(".").pop());
    const named = (problem.errors ?? []).filter((error) => made.elements[last(error.field)]);
    for (const error of named) {
      const input = made.elements[last(error.field)];
      input.setAttribute("aria-invalid", "true");
      const wrong = made.querySelector(`#${input.id}-wrong`);
      wrong.textContent = error.detail;
      wrong.hidden = false;
    }
    if (named.length) made.elements[last(named[0].field)].focus();
    else {
      general.textContent = problem.message;
      general.hidden = false;
    }
  };
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    clear();
    submit.disabled = true;
    try {
      await send(Object.fromEntries(new FormData(made)), made);
    } catch (problem) {
      show(problem);
    } finally {
      submit.disabled = false;
    }
  });
  return made;
}

/** A short word at the bottom of the screen; `mood` is good or bad. */
export function toast(text, mood = "") {
  const box = document.getElementById("toasts");
  const made = h("div", { class: `toast ${mood}` }, text);
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
