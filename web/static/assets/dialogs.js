/** Questions before something that cannot be taken back, and forms that lie over a page. */
import { h } from "./dom.js";
import { form } from "./forms.js";

/** Asks once more; whether the answer was yes. Escape is no. */
export function confirmed({ title, text, yes }) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { "aria-labelledby": "dialog-title", "aria-describedby": "dialog-text" },
      h("h2", { id: "dialog-title" }, title),
      h("p", { id: "dialog-text" }, text),
      h("div", { class: "buttons" }, h("button", { type: "button", autofocus: true, onclick: () => dialog.close("no") }, "Cancel"), h("button", { class: "bad", type: "button", onclick: () => dialog.close("yes") }, yes)),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * A form over the page. What `send` brought when it was sent, else undefined; what is
 * refused is shown in it, and it stays open.
 */
export function asked({ title, fields, button, send }) {
  return new Promise((resolve) => {
    let brought;
    const cancel = h("button", { type: "button", onclick: () => dialog.close() }, "Cancel");
    const made = form({
      wide: true,
      title,
      fields,
      button,
      extra: cancel,
      send: async (values, sent) => {
        brought = (await send(values, sent)) ?? true;
        dialog.close();
      },
    });
    const dialog = h("dialog", { class: "asked", "aria-label": title }, made);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(brought);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Nothing of a page that was left lies over the next one. */
export function closeDialogs() {
  for (const each of document.querySelectorAll("dialog[open]")) each.close();
}
