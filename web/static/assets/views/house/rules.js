/** The rules that requests are approved and fulfilled by, in their order. */
import { confirmed } from "../../dialogs.js";
import { fill, h, state, toast } from "../../dom.js";
import { allOf, listing, unfold } from "../../listing.js";
import { pressing } from "../../pressing.js";
import { facts } from "../../words.js";
import { explaining } from "./explaining.js";
import { conditionsSaid, ruleForm } from "./rule-form.js";
import { shortList } from "./short-list.js";

const PATH = "/v1/request-rules";

export function rules(view, portal) {
  let known = null;
  // Without the names of roles and people, rules hold for all of them.
  const people = async () => {
    known ??= portal.may("MANAGE_USERS") ? await Promise.all([allOf(portal.api.get, "/v1/roles", "roles"), allOf(portal.api.get, "/v1/users", "users")]).catch(() => [[], []]) : [[], []];
    return { roles: known[0], users: known[1] };
  };
  let order = 0;
  const load = async () => {
    const page = await portal.api.get(`${PATH}?pageSize=100`);
    order = page.orderVersion;
    if (!page.nextPageToken) return page.rules;
    return allOf(portal.api.get, PATH, "rules");
  };
  const card = (rule) => {
    const path = `${PATH}/${rule.id}`;
    const turn = async () => {
      await portal.api.patch(`${path}?updateMask=enabled&ifVersion=${rule.version}`, { name: rule.name, enabled: !rule.enabled });
      await list.refresh();
    };
    const move = (by) => async () => {
      try {
        await portal.api.post(`${path}:move`, { position: rule.position + by, ifOrderVersion: order });
      } finally {
        await list.refresh();
      }
    };
    const remove = async () => {
      if (!(await confirmed({ title: `Remove the rule ${rule.name}?`, text: "What it decided stays decided.", yes: "Remove it" }))) return;
      await portal.api.remove(`${path}?ifVersion=${rule.version}`);
      toast(`${rule.name} is removed.`);
      await list.refresh();
    };
    const change = async () => unfold(row, { of: "change", place: ruleForm(portal, list.refresh, await people(), rule) });
    const of = (verb) => ({ label: `${verb} ${rule.name}`, focus: `${verb}:${rule.id}` });
    const does = facts(rule.approves ? "approves" : null, rule.choices?.fulfillerId || rule.choices?.folder || rule.choices?.tags?.length ? "says how it is got" : null);
    const row = h(
      "li",
      { class: "card source" },
      h("div", { class: "row flat" }, h("span", { class: "grow" }, h("b", {}, `${rule.position}. ${rule.name}`), h("span", { class: "quiet" }, conditionsSaid(rule.conditions ?? {}) || "Every request"), h("span", { class: "quiet" }, does)), rule.enabled ? state("On", "good") : state("Off", "")),
      h(
        "div",
        { class: "buttons" },
        rule.position > 1 ? pressing("Up", move(-1), of("Up:")) : null,
        pressing("Down", move(1), of("Down:")),
        pressing("Change", change, of("Change")),
        pressing(rule.enabled ? "Switch off" : "Switch on", turn, of(rule.enabled ? "Switch off" : "Switch on")),
        pressing("Remove", remove, { ...of("Remove"), mood: "bad" }),
      ),
    );
    return row;
  };
  const list = listing("rules", load, card, "No rule yet: each request is decided by somebody.");
  const adding = h("div");
  const profiles = shortList(portal, async () => (await people()).roles);
  fill(
    view,
    h("p", { class: "quiet" }, "Of the rules that match a request, the first that approves approves it, and the first that chooses says how it is got."),
    list.place,
    adding,
    h("h2", {}, "What would become of it?"),
    explaining(portal, people),
    h("h2", {}, "The short list"),
    h("p", { class: "quiet" }, "Who may not choose freely how something is got chooses from these."),
    profiles.place,
  );
  list.refresh();
  people().then((known) => fill(adding, ruleForm(portal, list.refresh, known)));
  return { refresh: () => Promise.all([list.refresh(), profiles.refresh()]) };
}
