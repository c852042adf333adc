/** The short list of what people may choose from who may not choose freely. */
import { confirmed } from "../../dialogs.js";
import { h, toast } from "../../dom.js";
import { boxes, choice, field, form } from "../../forms.js";
import { allOf, listing, unfold } from "../../listing.js";
import { pressing } from "../../pressing.js";
import { KINDS, facts } from "../../words.js";
import { choosing } from "../asking/choosing.js";

const PATH = "/v1/request-profiles";

function profileForm(portal, done, roles, profile = null) {
  const prefix = profile ? `profile-${profile.id}` : "new-profile";
  const how = h("div");
  let chosen = null;
  const send = async (values) => {
    const told = { name: values.name, rank: Number(values.rank) || 0, roles: [...made.querySelectorAll("[name=roles]:checked")].map((each) => each.value) };
    Object.assign(told, chosen.told());
    if (profile) await portal.api.patch(`${PATH}/${profile.id}?updateMask=${Object.keys(told).join()}&ifVersion=${profile.version}`, told);
    else await portal.api.create(PATH, { kind: values.kind, ...told });
    toast(`${values.name} is on the short list.`, "good");
    if (!profile) {
      made.reset();
      draw();
    }
    await done();
  };
  const fields = [
    profile ? null : choice("kind", "For what?", [["MOVIE", "Films"], ["SERIES", "Series"]], { id: `${prefix}-kind` }),
    field("name", "Name", { id: `${prefix}-name`, maxlength: 100, autocomplete: "off", value: profile?.name ?? "", placeholder: "German 1080p" }),
    how,
    field("rank", "Place in the list: the lowest first", { id: `${prefix}-rank`, type: "number", min: 0, max: 1000, value: profile?.rank ?? 0 }),
    roles.length ? boxes("roles", "Who may choose it? None checked: everybody.", roles.map((each) => [each.name, each.name, profile?.roles.includes(each.name)])) : null,
  ].filter(Boolean);
  const made = form({ wide: true, fields, button: profile ? "Save" : "Put it on the list", send });
  const draw = () => {
    chosen = choosing(portal, profile?.kind ?? made.elements.kind.value, profile?.choices ?? {}, prefix);
    how.replaceChildren(chosen.place);
  };
  if (!profile) made.elements.kind.addEventListener("change", draw);
  draw();
  return made;
}

export function shortList(portal, rolesOf) {
  const place = h("div");
  const card = (profile) => {
    const remove = async () => {
      if (!(await confirmed({ title: `Take ${profile.name} off the short list?`, text: "Requests that were made with it stay as they are.", yes: "Take it off" }))) return;
      await portal.api.remove(`${PATH}/${profile.id}?ifVersion=${profile.version}`);
      await list.refresh();
    };
    const change = async () => unfold(row, { of: "change", place: profileForm(portal, list.refresh, await rolesOf(), profile) });
    const told = facts(KINDS[profile.kind], profile.choices?.folder, (profile.choices?.tags ?? []).join(", "), profile.roles.length ? `for ${profile.roles.join(", ")}` : "for everybody");
    const row = h(
      "li",
      { class: "card source" },
      h("div", { class: "row flat" }, h("span", { class: "grow" }, h("b", {}, profile.name), h("span", { class: "quiet" }, told))),
      h("div", { class: "buttons" }, pressing("Change", change, { label: `Change ${profile.name}` }), pressing("Take off", remove, { label: `Take ${profile.name} off the list`, mood: "bad" })),
    );
    return row;
  };
  const list = listing("short-list", () => allOf(portal.api.get, PATH, "profiles"), card, "The short list is empty: people are not asked how.");
  const begin = async () => {
    place.replaceChildren(list.place, profileForm(portal, list.refresh, await rolesOf()));
    await list.refresh();
  };
  begin();
  return { place, refresh: list.refresh };
}
