/** The Radarrs and Sonarrs that get what is requested. */
import { confirmed } from "../../dialogs.js";
import { fill, h, state, toast } from "../../dom.js";
import { allOf, listing, unfold } from "../../listing.js";
import { pressing } from "../../pressing.js";
import { facts } from "../../words.js";
import { SERVERS, serverForm } from "./server-form.js";

const PATH = "/v1/fulfillers";

export function servers(view, portal) {
  const card = (server) => {
    const path = `${PATH}/${server.id}`;
    const patch = async (change) => {
      try {
        await portal.api.patch(`${path}?updateMask=${Object.keys(change).join()}&ifVersion=${server.version}`, change);
      } finally {
        // As it is by now, also where somebody else was first.
        await list.refresh();
      }
    };
    const test = async () => {
      const told = await portal.api.post(`${PATH}:test`, { fulfillerId: server.id });
      toast(`${server.name} answers, with version ${told.serverVersion}.`, "good");
    };
    const remove = async () => {
      const sure = await confirmed({ title: `Remove ${server.name}?`, text: "What it has stays there, and requests keep what they have. Nothing more is sent to it.", yes: "Remove it" });
      if (!sure) return;
      await portal.api.remove(`${path}?ifVersion=${server.version}`);
      toast(`${server.name} is removed.`);
      await list.refresh();
    };
    const change = async () => {
      const options = await portal.api.get(`${path}/options`);
      const done = () => list.refresh();
      unfold(row, { of: "change", place: serverForm(portal, done, server, options) });
    };
    const of = (verb) => ({ label: `${verb} ${server.name}`, focus: `${verb}:${server.id}` });
    const told = facts(SERVERS[server.kind], server.isDefault ? "the usual one" : null, server.is4k ? "4K" : null, server.isAnime ? "anime" : null);
    const row = h(
      "li",
      { class: "card source", "data-server": server.id },
      h("div", { class: "row flat" }, h("span", { class: "grow" }, h("b", {}, server.name), h("span", { class: "quiet" }, told), h("span", { class: "quiet" }, facts(server.address, server.defaults?.folder))), server.isEnabled ? state("On", "good") : state("Off", "")),
      h(
        "div",
        { class: "buttons" },
        pressing("Test", test, of("Test")),
        pressing("Change", change, of("Change")),
        server.isDefault ? null : pressing("Make it the usual one", () => patch({ isDefault: true }), of("Make it the usual one:")),
        server.isAnime ? pressing("Not for anime", () => patch({ isAnime: false }), of("Not for anime:")) : pressing("For anime", () => patch({ isAnime: true }), of("For anime:")),
        server.isEnabled ? pressing("Switch off", () => patch({ isEnabled: false }), of("Switch off")) : pressing("Switch on", () => patch({ isEnabled: true }), of("Switch on")),
        pressing("Remove", remove, { ...of("Remove"), mood: "bad" }),
      ),
    );
    return row;
  };
  const list = listing("servers", () => allOf(portal.api.get, PATH, "fulfillers"), card, "Nobody gets what is requested yet: add a Radarr or a Sonarr.");
  fill(view, h("p", { class: "quiet" }, "What is approved is sent to these. Films go to Radarr, series to Sonarr; what is asked for in 4K goes to those for 4K."), list.place, serverForm(portal, list.refresh));
  list.refresh();
  return { refresh: list.refresh, heard: (event) => event.type.startsWith("fulfiller") && !list.place.querySelector(".unfolded") && list.refresh() };
}
