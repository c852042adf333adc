/** Where Radarr, Sonarr and Overseerr post what happens there, and what they posted. */
import { BASE } from "../../base.js";
import { confirmed } from "../../dialogs.js";
import { fill, h, since, sorry, state, to, toast } from "../../dom.js";
import { choice, field, form } from "../../forms.js";
import { allOf, listing, unfold } from "../../listing.js";
import { pager } from "../../pager.js";
import { pressing } from "../../pressing.js";
import { count, facts, size } from "../../words.js";
import { shownOnce } from "../secret.js";

const PATH = "/v1/webhook-sources";
const KINDS = { RADARR: "Radarr", SONARR: "Sonarr", SEERR: "Overseerr or Seerr" };
const PROOFS = [["SECRET", "It sends the secret"], ["HMAC", "It signs with the secret"]];
const STATES = { WAITING: ["Waiting", "wait"], DONE: ["Done", "good"], PASSED_OVER: ["Passed over", ""], UNREADABLE: ["Unreadable", "bad"], FAILED: ["Failed", "bad"] };
const WHERE = {
  RADARR: "In Radarr, open Settings → Connect → Webhook; put the secret in as the password, with any user name.",
  SONARR: "In Sonarr, open Settings → Connect → Webhook; put the secret in as the password, with any user name.",
  SEERR: "In Overseerr, open Settings → Notifications → Webhook; put the secret in as the Authorization Header.",
};

const addressOf = (source) => `${location.origin}${BASE}${source.path}`;

function opened({ source, secret }) {
  return h("div", {}, h("p", {}, "Address: ", h("span", { class: "link" }, addressOf(source))), shownOnce(`the secret of ${source.name}`, secret, h("p", { class: "quiet" }, WHERE[source.kind])));
}

function deliveriesOf(source, portal) {
  const path = `${PATH}/${source.id}/deliveries`;
  const list = h("ol", { class: "steps", "aria-label": `What ${source.name} posted` });
  const load = async (token, signal) => {
    const page = await portal.api.get(`${path}?pageSize=20&pageToken=${encodeURIComponent(token)}`, signal);
    return { rows: page.deliveries, next: page.nextPageToken };
  };
  const draw = (each) => {
    const [word, mood] = STATES[each.state] ?? [each.state, ""];
    const payload = h("pre", { class: "payload", tabindex: "0" });
    const show = async (event) => {
      if (!event.currentTarget.open || payload.textContent) return;
      try {
        payload.textContent = (await portal.api.get(`${path}/${each.id}`)).payload;
      } catch (problem) {
        if (problem.status === 401) throw problem;
        payload.replaceWith(sorry(problem));
      }
    };
    const again = async () => {
      await portal.api.post(`${path}/${each.id}:retry`);
      await pages.restart();
    };
    const title = each.titleId ? to(`/titles/${each.titleId}`, {}, each.titleName) : null;
    return h(
      "li",
      {},
      h("b", {}, facts(each.event || "Not read yet", since(each.receivedAt))),
      title ? h("span", {}, title) : null,
      h("span", {}, facts(each.outcome, each.message, each.repeats ? `came ${count(each.repeats + 1, "time")}` : null)),
      h("div", { class: "buttons" }, state(word, mood), each.state === "WAITING" ? null : pressing("Work it off again", again, { label: `Work ${each.event || "it"} off again` })),
      h("details", { class: "more", ontoggle: show }, h("summary", {}, facts("Payload", size(each.payloadBytes))), payload),
    );
  };
  const pages = pager({ list, load, draw, empty: () => "Nothing was posted in the last 30 days." });
  pages.next();
  return h("div", {}, h("div", { class: "buttons" }, pressing("Look again", pages.restart)), list, pages.foot);
}

export function webhooks(view, portal) {
  const answer = h("div", { role: "status" });
  const card = (source) => {
    const of = (verb) => ({ label: `${verb} ${source.name}`, focus: `${verb}:${source.id}` });
    const renew = async () => {
      if (!(await confirmed({ title: `Make another secret for ${source.name}?`, text: "The one that it has is good no more.", yes: "Make another" }))) return;
      unfold(row, { of: `secret-${Date.now()}`, place: opened(await portal.api.post(`${PATH}/${source.id}:renewSecret`)) });
    };
    const remove = async () => {
      if (!(await confirmed({ title: `Remove ${source.name}?`, text: "What it posts is refused from then on, and what it posted is forgotten.", yes: "Remove it" }))) return;
      await portal.api.remove(`${PATH}/${source.id}`);
      fill(answer);
      await list.refresh();
    };
    const row = h(
      "li",
      { class: "card source" },
      h("div", { class: "row flat" }, h("span", { class: "grow" }, h("b", {}, source.name), h("span", { class: "quiet" }, facts(KINDS[source.kind], source.lastDeliveryAt ? `posted ${since(source.lastDeliveryAt)}` : "has not posted yet")))),
      h("p", { class: "link" }, addressOf(source)),
      h(
        "div",
        { class: "buttons" },
        pressing("What it posted", () => unfold(row, { of: "posted", place: deliveriesOf(source, portal) }), of("What was posted by")),
        pressing("Another secret", renew, of("Another secret for")),
        pressing("Remove", remove, { ...of("Remove"), mood: "bad" }),
      ),
    );
    return row;
  };
  const list = listing("webhooks", () => allOf(portal.api.get, PATH, "sources"), card, "No program posts here yet.");
  const send = async (values, made) => {
    const told = await portal.api.post(PATH, values);
    made.reset();
    fill(answer, opened(told));
    await list.refresh();
    answer.querySelector("button").focus();
  };
  const fields = [h("h2", {}, "Have a program post here"), field("name", "Name", { id: "webhook-name", maxlength: 100, autocomplete: "off", placeholder: "Radarr" }), choice("kind", "What is it?", Object.entries(KINDS), { id: "webhook-kind" }), choice("proof", "How does it prove itself?", PROOFS, { id: "webhook-proof" })];
  fill(view, h("p", { class: "quiet" }, "With these, news of a download comes at once. Without them, queues are looked at every few seconds anyway."), list.place, form({ wide: true, fields, button: "Make a place", send }), answer);
  list.refresh();
  return { refresh: list.refresh };
}
