/** Who outside of the house is told what happens here. */
import { confirmed } from "../../dialogs.js";
import { fill, h, state, toast } from "../../dom.js";
import { allOf, listing, unfold } from "../../listing.js";
import { pressing } from "../../pressing.js";
import { facts } from "../../words.js";
import { deliveries } from "./deliveries.js";
import { CHANNELS, EVENTS, channelOf, targetForm } from "./target-form.js";

const PATH = "/v1/notification-targets";

const where = (target) => target.webhook?.url || (target.email ? target.email.recipients.join(", ") : "") || (target.apprise ? `${target.apprise.scheme}://` : "");

export function targets(view, portal) {
  const card = (target) => {
    const path = `${PATH}/${target.id}`;
    const test = async () => {
      const told = await portal.api.post(`${path}:test`);
      if (told.delivered) toast(`${target.name} has taken a test message.`, "good");
      else toast(`${target.name} did not take it: ${told.words}`, "bad");
    };
    const turn = async () => {
      await portal.api.patch(`${path}?updateMask=enabled&ifVersion=${target.version}`, { enabled: !target.enabled });
      await list.refresh();
    };
    const remove = async () => {
      const sure = await confirmed({ title: `Remove ${target.name}?`, text: "What waits for it is not told, and its log is forgotten.", yes: "Remove it" });
      if (!sure) return;
      await portal.api.remove(`${path}?ifVersion=${target.version}`);
      toast(`${target.name} is removed.`);
      await list.refresh();
    };
    const of = (verb) => ({ label: `${verb} ${target.name}`, focus: `${verb}:${target.id}` });
    const events = EVENTS.filter(([each]) => target.eventTypes.includes(each)).map(([, word]) => word.toLowerCase());
    const row = h(
      "li",
      { class: "card source", "data-target": target.id },
      h("div", { class: "row flat" }, h("span", { class: "grow" }, h("b", {}, target.name), h("span", { class: "quiet" }, facts(CHANNELS[channelOf(target)], where(target)))), target.enabled ? state("On", "good") : state("Off", "")),
      h("p", { class: "quiet" }, events.length ? `Told of: ${events.join(", ")}.` : "Told of nothing."),
      h(
        "div",
        { class: "buttons" },
        pressing("Test", test, of("Test")),
        pressing("Change", () => unfold(row, { of: "change", place: targetForm(portal, list.refresh, target) }), of("Change")),
        pressing("Log", () => unfold(row, { of: "log", place: deliveries(`${path}/deliveries`, target.name, portal) }), of("Log of")),
        pressing(target.enabled ? "Switch off" : "Switch on", turn, of(target.enabled ? "Switch off" : "Switch on")),
        pressing("Remove", remove, { ...of("Remove"), mood: "bad" }),
      ),
    );
    return row;
  };
  const list = listing("targets", () => allOf(portal.api.get, PATH, "targets"), card, "Nobody outside is told anything yet.");
  fill(view, h("p", { class: "quiet" }, "The house's own targets: a program, a mailbox or a chat that is told of everybody's requests. What each person is told, they choose on their account's page."), list.place, targetForm(portal, list.refresh));
  list.refresh();
  return { refresh: list.refresh };
}
