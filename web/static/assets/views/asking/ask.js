/** Asking for a title: at once where nothing can be chosen, else with a dialog. */
import { asked } from "../../dialogs.js";
import { h } from "../../dom.js";
import { area, box } from "../../forms.js";
import { choosing } from "./choosing.js";
import { forWhom } from "./for-whom.js";
import { profiles } from "./profiles.js";
import { leftOf } from "./quota.js";
import { wantedOf } from "./wanted.js";

/** Whether somebody may ask for such a thing at all, and in 4K. */
export function mayAsk(portal, kind) {
  const [plain, in4k] = kind === "SERIES" ? ["REQUEST_TV", "REQUEST_4K_TV"] : ["REQUEST_MOVIE", "REQUEST_4K_MOVIE"];
  const may = { plain: portal.may("REQUEST") || portal.may(plain), in4k: portal.may("REQUEST_4K") || portal.may(in4k) };
  return { ...may, any: may.plain || may.in4k };
}

export const mayChoose = (portal) => portal.may("REQUEST_ADVANCED") || portal.may("MANAGE_REQUESTS");

/** What is said of a request that was just made: a word for it, and a sentence. */
export function outcome(made, portal) {
  const me = portal.session.user.id;
  if (made.followedByMe && made.requestedBy !== me) {
    return { word: "Requested", text: `${made.requestedByName || "Somebody"} asked already: you will be told too.` };
  }
  const name = made.title?.name ?? "It";
  if (made.state === "APPROVED") return { word: "Approved", text: `${name} is approved.` };
  if (made.state === "AVAILABLE") return { word: "On the shelf", text: `${name} is here.` };
  const whose = made.requestedBy === me ? "by you" : `for ${made.requestedByName}`;
  return { word: `Requested ${whose}`, text: `${name} is requested.` };
}

/** The request that was made; nothing when it was thought better of. */
export async function ask(title, portal, { in4k = false } = {}) {
  const may = mayAsk(portal, title.kind);
  const send = (more) => portal.api.create("/v1/requests", { titleId: title.id, ...more });
  const [quota, short] = await Promise.all([portal.api.get("/v1/me/quota"), profiles(portal, title.kind)]);
  const left = leftOf(quota, title.kind);
  const isSeries = title.kind === "SERIES";
  const others = portal.may("MANAGE_USERS");
  if (!isSeries && !may.in4k && !left && !others && !short && !mayChoose(portal)) return send({});

  const wanted = isSeries ? wantedOf(title, portal, {}, quota.seasonsPerRequest) : null;
  const four = may.in4k ? box("is4k", "In 4K", { checked: in4k || !may.plain, disabled: !may.plain }) : null;
  const whom = others ? forWhom(portal, title.kind) : null;
  const how = mayChoose(portal) ? choosing(portal, title.kind) : null;
  return asked({
    title: `Request ${title.name}`,
    fields: [left, wanted?.place, four, short?.place, whom?.place, how?.place].filter(Boolean),
    button: "Request",
    send: () => send({ ...wanted?.told(), is4k: four?.querySelector("input").checked ?? false, ...short?.told(), ...whom?.told(), ...how?.told() }),
  });
}

/** Asks for what no catalogue has: somebody gets it by hand. */
export function askInWords(portal) {
  const others = portal.may("MANAGE_USERS") ? forWhom(portal) : null;
  const words = area("words", "What would you like, and where is it known?", { id: "ask-words", maxlength: 500, rows: 4, required: true });
  return asked({
    title: "Ask for anything else",
    fields: [h("p", { class: "quiet" }, "For what the search does not find. Somebody reads it, and gets it by hand."), words, others?.place].filter(Boolean),
    button: "Request",
    send: (values) => {
      const said = values.words.trim();
      if (!said) throw Object.assign(new Error(), { errors: [{ field: "words", detail: "Say what you would like." }] });
      return portal.api.create("/v1/requests", { words: said, ...others?.told() });
    },
  });
}
