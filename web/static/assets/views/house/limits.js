/** How much may be asked for: by everybody, by those with a role, and by single people. */
import { confirmed } from "../../dialogs.js";
import { fill, h, toast } from "../../dom.js";
import { choice, field, form } from "../../forms.js";
import { allOf, listing, unfold } from "../../listing.js";
import { pressing } from "../../pressing.js";
import { count, facts } from "../../words.js";

const PATH = "/v1/request-limits";
const PER_DAYS = [["movies", "Films", "film"], ["seasons", "Seasons", "season"], ["sizeGb", "Size in GB", "GB"]];

function said(limits) {
  const days = PER_DAYS.map(([name, , one]) => {
    const each = limits[name];
    if (!each) return null;
    return each.limit ? `${count(each.limit, one, one === "GB" ? "GB" : `${one}s`)} in ${count(each.days || 7, "day")}` : `any number of ${one}s`;
  });
  const most = (value, words, any) => (value === undefined || value === null ? null : value ? words(value) : any);
  return facts(
    days,
    most(limits.seasonsPerRequest, (value) => `${count(value, "season")} in one request`, "any number of seasons in one"),
    most(limits.openAtOnce, (value) => `${value} waiting at once`, "any number waiting"),
  );
}

function limitForm(portal, done, { limits = null, subject = null, title }) {
  const prefix = `limit-${(limits?.subject ?? "new").replace(/[^\w-]/g, "-")}`;
  const value = (each) => each ?? "";
  const whole = (name, label, given, most = 100000) => field(name, label, { id: `${prefix}-${name}`, type: "number", inputmode: "numeric", min: 0, max: most, value: value(given) });
  const fields = [
    title ? h("h2", {}, title) : null,
    subject,
    h("p", { class: "quiet" }, "What is left empty is not said here; 0 is no limit."),
    ...PER_DAYS.map(([name, label]) => h("div", { class: "beside" }, whole(name, label, limits?.[name]?.limit), whole(`${name}Days`, "in days", limits?.[name]?.days, 365))),
    whole("seasonsPerRequest", "Seasons in one request", limits?.seasonsPerRequest, 1000),
    whole("openAtOnce", "Requests that wait at once", limits?.openAtOnce, 1000),
  ].filter(Boolean);
  const send = async (values, made) => {
    const of = limits?.subject ?? values.subject;
    const told = {};
    for (const [name] of PER_DAYS) if (values[name] !== "") told[name] = { limit: Number(values[name]), days: Number(values[`${name}Days`]) || 0 };
    for (const name of ["seasonsPerRequest", "openAtOnce"]) if (values[name] !== "") told[name] = Number(values[name]);
    await portal.api.put(`${PATH}/${encodeURIComponent(of)}${limits ? `?ifVersion=${limits.version}` : ""}`, told);
    toast("The limits are set.", "good");
    if (!limits) made.reset();
    await done();
  };
  return form({ wide: true, fields, button: "Set", send });
}

export function limits(view, portal) {
  const names = new Map([["default", "Everybody"]]);
  const nameOf = (subject) => names.get(subject) ?? (subject.startsWith("role:") ? `Everybody who is ${subject.slice(5)}` : "Somebody who is gone");
  const subject = choice("subject", "For whom?", [["default", "Everybody"]], { id: "limit-subject" });

  const card = (each) => {
    const name = nameOf(each.subject);
    const remove = async () => {
      if (!(await confirmed({ title: `Remove the limits of ${name}?`, text: "What is set for others holds for them then.", yes: "Remove them" }))) return;
      await portal.api.remove(`${PATH}/${encodeURIComponent(each.subject)}?ifVersion=${each.version}`);
      await list.refresh();
    };
    const row = h(
      "li",
      { class: "card source" },
      h("div", { class: "row flat" }, h("span", { class: "grow" }, h("b", {}, name), h("span", { class: "quiet" }, said(each) || "Nothing is limited."))),
      h(
        "div",
        { class: "buttons" },
        pressing("Change", () => unfold(row, { of: "change", place: limitForm(portal, list.refresh, { limits: each }) }), { label: `Change the limits of ${name}` }),
        pressing("Remove", remove, { label: `Remove the limits of ${name}`, mood: "bad" }),
      ),
    );
    return row;
  };
  /** Who there is; without that, limits of everybody can be set. */
  const tellNames = async () => {
    const [roles, users] = await Promise.all([allOf(portal.api.get, "/v1/roles", "roles"), allOf(portal.api.get, "/v1/users", "users")]);
    const found = [...roles.map((each) => [`role:${each.name}`, `Everybody who is ${each.name}`]), ...users.map((each) => [`user:${each.id}`, each.name])];
    for (const [value, word] of found) {
      if (!names.has(value)) subject.querySelector("select").append(h("option", { value }, word));
      names.set(value, word);
    }
  };
  const load = async () => {
    if (portal.may("MANAGE_USERS")) await tellNames().catch(() => {});
    return allOf(portal.api.get, PATH, "limits");
  };
  const list = listing("limits", load, card, "Everybody may ask for as much as they like.");
  fill(view, h("p", { class: "quiet" }, "What is said of somebody holds before what is said of their role, and that before what is said of everybody. Who manages people has no limits."), list.place, limitForm(portal, list.refresh, { subject, title: "Set limits" }));
  list.refresh();
  return { refresh: list.refresh };
}
