/** Adding somebody who is told, or changing how. */
import { h, toast } from "../../dom.js";
import { area, box, boxes, choice, field, form } from "../../forms.js";
import { SECRET } from "./choosing.js";

export const CHANNELS = { webhook: "Webhook", email: "E-mail", apprise: "Apprise" };
export const EVENTS = [
  ["request.created", "Somebody asks for something"],
  ["request.approved", "It is approved"],
  ["request.declined", "It is declined"],
  ["request.available", "It is on the shelf"],
  ["request.failed", "It could not be got"],
  ["report.*", "Somebody reports a problem, and what becomes of it"],
];

const PATH = "/v1/notification-targets";
const SECURITY = [["STARTTLS", "STARTTLS"], ["TLS", "TLS"], ["NONE", "None: all is told in the open"]];
const PLAIN = { autocomplete: "off", autocapitalize: "none", spellcheck: "false" };

export const channelOf = (target) => Object.keys(CHANNELS).find((each) => target[each]) ?? "webhook";

const kept = (has) => (has ? ", if it is another one" : "");

/** The fields of each channel. */
function fieldsOf(own, target) {
  const { webhook = {}, email = {} } = { webhook: target?.webhook ?? {}, email: target?.email ?? {} };
  return {
    webhook: [
      field("url", "Address", { ...PLAIN, ...own("url"), inputmode: "url", maxlength: 2000, value: webhook.url ?? "", placeholder: "https://ha.example/api/webhook/requests" }),
      field("secret", `Secret that signs what is sent${kept(webhook.hasSecret)}`, { ...SECRET, ...own("secret") }),
      field("authorization", `Authorization header${kept(webhook.hasAuthorization)}`, { ...SECRET, ...own("authorization"), maxlength: 2000 }),
      h("details", { class: "more" }, h("summary", {}, "Template"), area("template", "JSON with Overseerr's variables, such as {{subject}}. Empty: as Overseerr tells it", { ...own("template"), value: webhook.template ?? "", maxlength: 10000, rows: 6, spellcheck: "false" })),
    ],
    email: [
      field("recipients", "To whom? Addresses, with commas between them", { ...PLAIN, ...own("recipients"), value: (email.recipients ?? []).join(", ") }),
      field("sender", "From", { ...PLAIN, ...own("sender"), inputmode: "email", maxlength: 254, value: email.sender ?? "", placeholder: "nest@example.org" }),
      field("host", "Mail server", { ...PLAIN, ...own("host"), maxlength: 253, value: email.host ?? "", placeholder: "smtp.example.org" }),
      field("port", "Port. 0: the usual one", { ...own("port"), type: "number", min: 0, max: 65535, value: email.port ?? 0 }),
      choice("security", "Security", SECURITY, { ...own("security"), value: email.security ?? "STARTTLS" }),
      field("username", "Sign in as. Empty: nobody signs in", { ...PLAIN, ...own("username"), maxlength: 200, value: email.username ?? "" }),
      field("password", `Password${kept(email.hasPassword)}`, { ...SECRET, ...own("password"), maxlength: 1000 }),
      box("anyCertificate", "Also with a certificate that nobody vouches for", { checked: email.anyCertificate }),
    ],
    apprise: [field("appriseUrl", `Apprise's address, such as tgram://TOKEN/CHAT${kept(target?.apprise)}`, { ...SECRET, ...own("apprise"), maxlength: 2000 })],
  };
}

const split = (text) => text.split(",").map((each) => each.trim()).filter(Boolean);
const given = (values, ...names) => Object.fromEntries(names.filter((each) => values[each]).map((each) => [each, values[each]]));

const TOLD = {
  webhook: (values) => ({ url: values.url, template: values.template, ...given(values, "secret", "authorization") }),
  email: (values) => ({ host: values.host, port: Number(values.port), security: values.security, username: values.username, sender: values.sender, recipients: split(values.recipients), anyCertificate: "anyCertificate" in values, ...given(values, "password") }),
  apprise: (values) => (values.appriseUrl ? { url: values.appriseUrl } : {}),
};

export function targetForm(portal, done, target = null) {
  const prefix = target ? `target-${target.id}` : "new-target";
  const own = (name) => ({ id: `${prefix}-${name}` });
  const parts = Object.fromEntries(Object.entries(fieldsOf(own, target)).map(([each, fields]) => [each, h("div", { class: "fields" }, fields)]));
  const channel = () => (target ? channelOf(target) : made.elements.channel.value);

  const send = async (values) => {
    const eventTypes = [...made.querySelectorAll("[name=eventTypes]:checked")].map((each) => each.value);
    const told = { name: values.name, eventTypes, [channel()]: TOLD[channel()](values) };
    if (target) {
      // What was not written anew of apprise stays.
      if (channel() === "apprise" && !values.appriseUrl) delete told.apprise;
      await portal.api.patch(`${PATH}/${target.id}?updateMask=${Object.keys(told).join()}&ifVersion=${target.version}`, told);
      toast(`${values.name} is changed.`, "good");
      return done();
    }
    await portal.api.create(PATH, told);
    toast(`${values.name} is added. Test whether it is told.`, "good");
    made.reset();
    draw();
    return done();
  };
  const fields = [
    target ? null : h("h2", {}, "Tell somebody else"),
    target ? null : choice("channel", "How?", Object.entries(CHANNELS), own("channel")),
    field("name", "Name", { ...own("name"), maxlength: 100, autocomplete: "off", value: target?.name ?? "" }),
    ...Object.values(parts),
    boxes("eventTypes", "Of what?", EVENTS.map(([each, word]) => [each, word, target ? target.eventTypes.includes(each) : true])),
  ].filter(Boolean);
  const made = form({ wide: true, fields, button: target ? "Save" : "Add", send });
  if (!target) made.id = "new-target";
  const draw = () => {
    for (const [each, place] of Object.entries(parts)) place.hidden = each !== channel();
  };
  made.addEventListener("input", draw);
  draw();
  return made;
}
