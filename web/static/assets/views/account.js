/** One's own account: the password, the second factor, and how one is told of what. */
import { fill, h, toast } from "../dom.js";
import { field, form } from "../forms.js";
import { qr } from "../qr.js";
import { wishes } from "./account/notifications.js";
import { plexWatchlist } from "./account/plex-watchlist.js";

const CURRENT = { type: "password", autocomplete: "current-password", required: true };
const NEW = { type: "password", autocomplete: "new-password", required: true };
const CODE = { autocomplete: "one-time-code", autocapitalize: "none", spellcheck: "false", maxlength: 64, required: true };
const PATH = "/v1/me/second-factor";

export function account(view, portal) {
  const factor = h("section", { id: "second-factor" });
  const must = portal.session.enrolling;

  const plex = must ? null : plexWatchlist(portal);
  fill(view, h("h1", {}, must ? "Set up a second factor" : "Account"), must ? null : password(), factor, must ? null : wishes(portal), plex?.section);

  function password() {
    const send = async (values, made) => {
      await portal.exchange(() => portal.api.put("/v1/me/password", values));
      made.reset();
      toast("Your password is changed, and your other devices are signed out.", "good");
    };
    return form({ wide: true, title: "Password", fields: [field("currentPassword", "Current password", CURRENT), field("newPassword", "New password, 10 characters or more", NEW)], button: "Change password", send });
  }

  const draw = async () => {
    const state = await portal.api.get(PATH);
    if (state.enabled) showEnabled(state);
    else showOffer();
  };

  function showOffer() {
    const why = must ? "This house asks for a code of an authenticator app at each sign-in. Until you have one, there is nothing else here." : "A code of an authenticator app, asked for at each sign-in beside your password.";
    const send = async (values) => showCode(await portal.api.post(`${PATH}:offer`, values));
    factor.replaceChildren(form({ wide: true, title: "Second factor", fields: [h("p", { class: "quiet" }, why), field("password", "Your password", CURRENT)], button: "Set it up", send }));
  }

  function showCode(offer) {
    const send = async (values) => {
      const made = await portal.api.post(`${PATH}:confirm`, values);
      showCodes(made.codes);
    };
    const fields = [
      h("p", {}, h("a", { href: offer.uri, id: "open-app" }, "Open your authenticator app"), ", scan this with it, or type the key in:"),
      h("div", { class: "qr" }, qr(offer.uri)),
      h("p", { class: "link", id: "secret" }, offer.secret),
      field("code", "The six digits that it shows", { ...CODE, inputmode: "numeric" }),
    ];
    factor.replaceChildren(form({ wide: true, title: "Second factor", fields, button: "Confirm", send }));
  }

  function showCodes(codes) {
    const done = async () => {
      await portal.enter();
      await portal.go(must ? "/" : "/account");
    };
    factor.replaceChildren(
      h("div", { class: "card" }, h("h2", {}, "Recovery codes"), h("p", {}, "Keep these where your phone is not. Each is good for one sign-in, and they are not shown again."), h("ul", { class: "codes" }, ...codes.map((code) => h("li", { class: "link" }, code))), h("button", { class: "primary", type: "button", onclick: done }, "I have kept them")),
    );
  }

  function showEnabled(state) {
    const renew = async (values) => showCodes((await portal.api.post(`${PATH}:renewCodes`, values)).codes);
    const disable = async (values) => {
      await portal.api.post(`${PATH}:disable`, values);
      toast("A sign-in takes no code any more.");
      await portal.enter();
      await portal.go("/account");
    };
    const app = () => field("code", "Code of your app, or a recovery code", CODE);
    const ask = () => factor.replaceChildren(form({ wide: true, title: "Sign in without a code", fields: [field("password", "Your password", CURRENT), app()], button: "Disable", send: disable }));
    factor.replaceChildren(
      form({ wide: true, title: "Second factor", fields: [h("p", { class: "quiet" }, `Your second factor is on. ${state.recoveryCodesLeft} recovery codes are left.`), app()], button: "New recovery codes", send: renew }),
      h("button", { class: "bad", type: "button", onclick: ask }, "Sign in without a code"),
    );
  }

  draw();
  return { close: () => plex?.close() };
}
