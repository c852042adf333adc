/** Whether a title is on the shelf, and the buttons that ask for it, or for more of it. */
import { fill, h, state, toast } from "../dom.js";
import { ask, mayAsk, outcome } from "./asking/ask.js";

/**
 * `changed` is called when somebody else was first. On a title's page (`whole`), more of
 * it can be asked for too: other seasons, or 4K.
 */
export function presence(title, portal, changed, { whole = false } = {}) {
  const known = title.presence ?? { state: "ABSENT" };
  const may = mayAsk(portal, title.kind);
  const place = h("span", { class: "buttons presence" });

  const button = (word, label, mood, how) => {
    const open = async (event) => {
      const pressed = event.currentTarget;
      pressed.disabled = true;
      try {
        const made = await ask(title, portal, how);
        if (!made) return;
        const told = outcome(made, portal);
        toast(told.text, "good");
        if (whole) await changed();
        else fill(place, state(told.word, "wait"));
      } catch (problem) {
        if (problem.status === 401) throw problem;
        toast(problem.message, "bad");
        if (problem.status === 409) await changed();
      } finally {
        pressed.disabled = false;
      }
    };
    return h("button", { class: `${mood} small`, type: "button", "aria-label": label, onclick: open }, word);
  };
  const more = () => {
    if (!whole) return null;
    if (title.kind === "SERIES") return may.any && button("Request more", `Request more of ${title.name}`, "", {});
    return may.in4k && button("Request in 4K", `Request ${title.name} in 4K`, "", { in4k: true });
  };

  if (known.state === "AVAILABLE") fill(place, state("On the shelf", "good"), more());
  else if (known.state === "REQUESTED") {
    const by = known.requestedByMe ? " by you" : known.requestedByName ? ` by ${known.requestedByName}` : "";
    const join = !known.requestedByMe && may.any && button("Me too", `Request ${title.name} too`, "", {});
    fill(place, state(`Requested${by}`, "wait"), join || more());
  } else if (title.blocklisted) fill(place, h("span", { class: "quiet" }, "Not asked for in this house"));
  else fill(place, may.any ? button("Request", `Request ${title.name}`, "primary", {}) : h("span", { class: "quiet" }, "Not on the shelf"));
  return place;
}
