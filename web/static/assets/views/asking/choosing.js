/** How something is to be got: from which Radarr or Sonarr, how good, where to, with what tags. */
import { fill, h, sorry } from "../../dom.js";
import { choice, field } from "../../forms.js";
import { facts, size } from "../../words.js";

const GETS = { MOVIE: "RADARR", SERIES: "SONARR" };

export const tagsOf = (text) => [...new Set(text.split(",").map((each) => each.trim()).filter(Boolean))];

/**
 * Fields for what one server offers; `chosen` and `defaults` are as the API has them. What
 * `must` be chosen has nothing that is as usual.
 */
export function optionsOf(prefix, options, chosen, defaults, must = false) {
  const as = (usual) => (usual ? `As usual (${usual})` : "As usual");
  const unless = (usual) => (must ? [] : [["", as(usual)]]);
  const usual = options.profiles.find((each) => each.id === defaults?.profileId)?.name;
  const profiles = options.profiles.map((each) => [String(each.id), each.name]);
  const folders = options.folders.map((each) => [each.path, facts(each.path, each.freeBytes ? `${size(each.freeBytes)} free` : null)]);
  const known = options.tags.length ? `, such as ${options.tags.slice(0, 8).join(", ")}` : "";
  return [
    choice("profileId", "Quality", [...unless(usual), ...profiles], { id: `${prefix}-profile`, value: String(chosen.profileId || "") }),
    choice("folder", "Folder", [...unless(defaults?.folder), ...folders], { id: `${prefix}-folder`, value: chosen.folder ?? "" }),
    field("tags", `Tags, with commas between them${known}`, { id: `${prefix}-tags`, value: (chosen.tags ?? []).join(", "), maxlength: 1000, autocomplete: "off", autocapitalize: "none" }),
  ];
}

/** What such fields say, as the API takes it. */
export function chosenIn(place) {
  const value = (name) => place.querySelector(`[name=${name}]`)?.value ?? "";
  return { profileId: Number(value("profileId")) || 0, folder: value("folder"), tags: tagsOf(value("tags")) };
}

/** Opened by who wants to; until then it is as it was. */
export function choosing(portal, kind, chosen = {}, prefix = "ask") {
  const place = h("div", { class: "fields" });
  let servers = null;
  let picked = null;

  const draw = (id) => {
    const server = servers.find((each) => each.fulfillerId === id);
    picked = server ?? null;
    const names = servers.map((each) => [each.fulfillerId, facts(each.name, each.is4k ? "4K" : null, each.isAnime ? "anime" : null, each.isDefault ? "the usual one" : null)]);
    const select = choice("fulfillerId", "Server", [["", "As usual"], ...names], { id: `${prefix}-server`, value: id });
    select.querySelector("select").addEventListener("change", (event) => draw(event.target.value));
    const mine = id === (chosen.fulfillerId ?? "") ? chosen : {};
    const warning = server?.warning ? h("p", { class: "note" }, server.warning) : null;
    fill(place, select, warning, server?.options ? optionsOf(prefix, server.options, mine, server.defaults) : null);
  };
  const load = async () => {
    if (servers) return;
    try {
      const gets = GETS[kind] ? `?kind=${GETS[kind]}` : "";
      servers = (await portal.api.get(`/v1/fulfillers:choices${gets}`)).choices;
      if (servers.length) draw(servers.some((each) => each.fulfillerId === chosen.fulfillerId) ? chosen.fulfillerId : "");
      else fill(place, h("p", { class: "quiet" }, "No Radarr or Sonarr is set up for it: somebody gets it by hand."));
    } catch (problem) {
      if (problem.status === 401) throw problem;
      fill(place, sorry(problem, load));
    }
  };
  const more = h("details", { class: "more", ontoggle: (event) => event.currentTarget.open && load() }, h("summary", {}, "How to get it"), place);
  return {
    place: more,
    /** Of the titles that the chosen server gets; null where none is chosen. */
    kind: () => Object.keys(GETS).find((each) => GETS[each] === picked?.kind) ?? null,
    /** Nothing where nothing was looked at. */
    told() {
      const select = place.querySelector("[name=fulfillerId]");
      if (!select) return {};
      return { choices: select.value ? { fulfillerId: select.value, ...chosenIn(place) } : {} };
    },
  };
}
