/** The ways in: set-up of an empty house, sign-in, and an invite. */
import { fill, form, h, field } from "../dom.js";
import { elsewhere } from "./elsewhere.js";

const NAME = { autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true };
const NEW_PASSWORD = { type: "password", autocomplete: "new-password", required: true };

export function setup(view, portal) {
  const token = new URLSearchParams(location.search).get("token") ?? "";
  fill(
    view,
    form({
      title: "Welcome. Make the owner's account.",
      fields: [
        field("setupToken", "Set-up code, from the link that MediaNest printed", { value: token, required: true, autocomplete: "off" }),
        field("name", "User name", NAME),
        field("password", "Password, 10 characters or more", NEW_PASSWORD),
      ],
      button: "Open the house",
      send: (values) => portal.api.post("/v1/setup", values).then(() => entered(portal)),
    }),
  );
}

export function signIn(view, portal) {
  const ways = elsewhere(portal, () => entered(portal));
  fill(
    view,
    form({
      title: "Sign in",
      fields: [field("login", "User name or e-mail", NAME), field("password", "Password", { type: "password", autocomplete: "current-password", required: true })],
      button: "Sign in",
      send: (values) => portal.api.post("/v1/sessions", values).then(() => entered(portal)),
    }),
    ways.place,
  );
  return ways;
}

export function invite(view, portal, code) {
  const ways = elsewhere(portal, () => entered(portal), code);
  fill(
    view,
    form({
      title: "You are invited",
      fields: [
        h("p", { class: "quiet" }, "Choose a name and a password, and you are in."),
        field("name", "User name", NAME),
        field("password", "Password, 10 characters or more", NEW_PASSWORD),
      ],
      button: "Join",
      send: (values) => portal.api.post(`/v1/invites/${encodeURIComponent(code)}:redeem`, values).then(() => entered(portal)),
    }),
    ways.place,
  );
  return ways;
}

async function entered(portal) {
  await portal.enter();
  await portal.go("/");
}
