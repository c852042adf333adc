/** Adding a Radarr or a Sonarr, which is tested before it is saved, or changing one. */
import { fill, h, toast } from "../../dom.js";
import { box, choice, field, form } from "../../forms.js";
import { chosenIn, optionsOf } from "../asking/choosing.js";
import { SECRET } from "./choosing.js";

export const SERVERS = { RADARR: "Radarr", SONARR: "Sonarr" };

const PATH = "/v1/fulfillers";
const ADDRESS = { placeholder: "http://radarr.lan:7878", inputmode: "url", autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: 500 };
// What was answered is of one server, and of its key.
const ANSWERED_TO = ["kind", "address", "apiKey"];

/** `server` and `options` are those of one that is changed. */
export function serverForm(portal, done, server = null, options = null) {
  const prefix = server ? `server-${server.id}` : "new-server";
  const own = (name) => ({ id: `${prefix}-${name}` });
  const answered = h("div", { class: "fields", role: "status" });
  let known = options;

  const draw = () => {
    if (known) fill(answered, known.warning ? h("p", { class: "note" }, known.warning) : null, server ? null : h("p", { class: "good" }, `It answers, with version ${known.serverVersion}.`), optionsOf(prefix, known, server?.defaults ?? {}, null, true));
    else fill(answered);
    made.querySelector("button[type=submit]").textContent = known ? "Save" : "Test";
  };
  const add = async (values) => {
    const { kind, name, address, apiKey } = values;
    if (!known) {
      known = await portal.api.post(`${PATH}:test`, { kind, address, apiKey });
      return draw();
    }
    const flags = Object.fromEntries(["is4k", "isDefault", "isAnime"].map((each) => [each, each in values]));
    const added = await portal.api.create(PATH, { kind, name: name || SERVERS[kind], address, apiKey, ...flags, defaults: chosenIn(answered) });
    toast(`${added.name} is added.`, "good");
    made.reset();
    known = null;
    draw();
    return done();
  };
  const change = async (values) => {
    if (!known) {
      if (!values.apiKey) throw Object.assign(new Error(), { errors: [{ field: "api_key", detail: "Another address takes the key again." }] });
      known = await portal.api.post(`${PATH}:test`, { kind: server.kind, address: values.address, apiKey: values.apiKey });
      return draw();
    }
    const changes = { defaults: chosenIn(answered) };
    if (values.name !== server.name) changes.name = values.name;
    if (values.address !== server.address) changes.address = values.address;
    if (values.apiKey) changes.apiKey = values.apiKey;
    await portal.api.patch(`${PATH}/${server.id}?updateMask=${Object.keys(changes).join()}&ifVersion=${server.version}`, changes);
    toast(`${values.name} is changed.`, "good");
    return done();
  };
  const flags = [box("is4k", "For what is requested in 4K"), box("isDefault", "The usual one, in place of the one that is it now"), box("isAnime", "For anime")];
  const fields = [
    server ? null : h("h2", {}, "Add a Radarr or a Sonarr"),
    server ? null : choice("kind", "What is it?", Object.entries(SERVERS), own("kind")),
    field("name", "Name", { ...own("name"), maxlength: 100, autocomplete: "off", value: server?.name ?? "", placeholder: "Radarr" }),
    field("address", "Address", { ...ADDRESS, ...own("address"), value: server?.address ?? "" }),
    field("apiKey", server ? "API key, if it is another one" : "API key, from Settings → General there", { ...SECRET, ...own("key") }),
    answered,
    ...(server ? [] : flags),
  ].filter(Boolean);
  const made = form({ wide: true, fields, button: "Test", send: server ? change : add });
  if (!server) made.id = "new-server";
  made.addEventListener("input", (event) => {
    if (!ANSWERED_TO.includes(event.target.name)) return;
    known = null;
    draw();
  });
  draw();
  return made;
}
