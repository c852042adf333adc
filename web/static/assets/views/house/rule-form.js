/** A rule: what it holds for, and what it makes of that. */
import { h, toast } from "../../dom.js";
import { box, boxes, choice, field, form } from "../../forms.js";
import { KINDS, facts } from "../../words.js";
import { choosing } from "../asking/choosing.js";

const PATH = "/v1/request-rules";
const SPANS = [
  ["yearFrom", "From the year", 2200, 1],
  ["yearTo", "To the year", 2200, 1],
  ["ratingFrom", "Rated from", 10, 0.1],
  ["ratingTo", "Rated to", 10, 0.1],
  ["sizeFromGb", "From GB", 1000000, 0.1],
  ["sizeToGb", "To GB", 1000000, 0.1],
];
const LISTS = [["genresAny", "With one of these genres"], ["genresNone", "With none of these genres"], ["languages", "In one of these languages, as ja, de"]];

const split = (text) => text.split(",").map((each) => each.trim()).filter(Boolean);
const span = (word, from, to, unit = "") => (from || to ? `${word} ${from ? `from ${from}` : ""}${from && to ? " " : ""}${to ? `to ${to}` : ""}${unit}` : null);

/** What a rule holds for, in words. */
export function conditionsSaid(of) {
  return facts(
    (of.kinds ?? []).map((each) => KINDS[each]).join(", "),
    of.is4k === undefined || of.is4k === null ? null : of.is4k ? "in 4K" : "not in 4K",
    of.genresAny?.length ? of.genresAny.join(" or ") : null,
    of.genresNone?.length ? `not ${of.genresNone.join(", ")}` : null,
    of.languages?.length ? `in ${of.languages.join(", ")}` : null,
    span("years", of.yearFrom, of.yearTo),
    span("rated", of.ratingFrom, of.ratingTo),
    span("size", of.sizeFromGb, of.sizeToGb, " GB"),
    of.roles?.length ? `asked for by ${of.roles.join(" or ")}` : null,
    of.userIds?.length ? `by ${of.userIds.length === 1 ? "one person" : `${of.userIds.length} people`}` : null,
  );
}

export function ruleForm(portal, done, { roles, users }, rule = null) {
  const prefix = rule ? `rule-${rule.id}` : "new-rule";
  const of = rule?.conditions ?? {};
  const checked = (name) => [...made.querySelectorAll(`[name=${name}]:checked`)].map((each) => each.value);
  const how = choosing(portal, "", rule?.choices ?? {}, prefix);

  const send = async (values) => {
    const conditions = { kinds: checked("kinds"), roles: checked("roles"), userIds: checked("userIds") };
    // A server gets titles of one kind: a rule that names it is for those.
    if (how.kind()) conditions.kinds = [how.kind()];
    if (values.is4k) conditions.is4k = values.is4k === "yes";
    for (const [name] of LISTS) conditions[name] = split(values[name]);
    for (const [name] of SPANS) conditions[name] = Number(values[name]) || 0;
    const told = { name: values.name, approves: "approves" in values, conditions, ...how.told() };
    if (rule) await portal.api.patch(`${PATH}/${rule.id}?updateMask=${Object.keys(told).join()}&ifVersion=${rule.version}`, told);
    else await portal.api.create(PATH, told);
    toast(`The rule ${values.name} is ${rule ? "changed" : "added"}.`, "good");
    if (!rule) made.reset();
    await done();
  };
  const number = ([name, label, most, step]) => field(name, label, { id: `${prefix}-${name}`, type: "number", min: 0, max: most, step, value: of[name] || "" });
  const fields = [
    rule ? null : h("h2", {}, "Add a rule"),
    field("name", "Name", { id: `${prefix}-name`, maxlength: 100, autocomplete: "off", value: rule?.name ?? "", placeholder: "Anime to its own folder" }),
    boxes("kinds", "For", Object.entries(KINDS).map(([value, word]) => [value, word, of.kinds?.includes(value)])),
    choice("is4k", "4K", [["", "In 4K or not"], ["yes", "Only in 4K"], ["no", "Only not in 4K"]], { id: `${prefix}-4k`, value: of.is4k === undefined || of.is4k === null ? "" : of.is4k ? "yes" : "no" }),
    h(
      "details",
      { class: "more" },
      h("summary", {}, "Only what is like this"),
      h("div", { class: "fields" }, LISTS.map(([name, label]) => field(name, `${label}, with commas`, { id: `${prefix}-${name}`, autocomplete: "off", value: (of[name] ?? []).join(", ") })), h("div", { class: "beside" }, SPANS.map(number))),
    ),
    h(
      "details",
      { class: "more" },
      h("summary", {}, "Only asked for by"),
      roles.length ? boxes("roles", "Roles", roles.map((each) => [each.name, each.name, of.roles?.includes(each.name)])) : null,
      users.length ? boxes("userIds", "People", users.map((each) => [each.id, each.name, of.userIds?.includes(each.id)])) : null,
    ),
    box("approves", "Such requests are approved at once", { checked: rule?.approves }),
    how.place,
  ].filter(Boolean);
  const made = form({ wide: true, fields, button: rule ? "Save" : "Add the rule", send });
  return made;
}
