/** How one is told of what: by the bell, by mail, by one's other targets; and when not. */
import { confirmed } from "../../dialogs.js";
import { h, toast } from "../../dom.js";
import { choice, field, form } from "../../forms.js";
import { part } from "../../parts.js";

const WISHES = "/v1/me/notification-preferences";
const TARGETS = "/v1/me/notification-targets";
const NEWS = {
  "request.approved": "Your request was approved",
  "request.declined": "Your request was declined",
  "request.canceled": "Your request was taken back",
  "request.available": "What you asked for is there",
  "request.failed": "A request could not be fetched",
  "request.edited": "Your request was changed",
  "request.reopened": "Your request is open again",
  "request.commented": "A comment on a request",
  "request.pending": "A request waits for a decision",
  "request.auto_approved": "A request was approved by itself",
  "report.created": "Somebody reports a problem",
  "report.commented": "A comment on a problem",
  "report.resolved": "A problem is resolved",
  "report.reopened": "A problem is open again",
};
const BY = [
  ["inApp", "Bell"],
  ["email", "E-mail"],
  ["targets", "Other"],
];
const KINDS = [
  ["EMAIL", "E-mail address"],
  ["WEBHOOK", "Webhook"],
  ["APPRISE", "Apprise URL, as tgram: or ntfy:"],
];

export function wishes(portal) {
  const save = (change) => portal.api.patch(WISHES, change);

  const row = (each) => {
    const chosen = { ...each };
    const box = ([name, word]) => {
      const input = h("input", { type: "checkbox", checked: each[name], "aria-label": `${NEWS[each.type] ?? each.type}: ${word}` });
      input.addEventListener("change", async () => {
        chosen[name] = input.checked;
        try {
          await save({ choices: [chosen] });
        } catch (problem) {
          input.checked = chosen[name] = !input.checked;
          if (problem.status === 401) throw problem;
          toast(problem.message, "bad");
        }
      });
      return h("td", {}, input);
    };
    return h("tr", {}, h("th", { scope: "row" }, NEWS[each.type] ?? each.type), BY.map(box));
  };

  const quiet = (hours) => {
    const zone = hours?.timeZone || Intl.DateTimeFormat().resolvedOptions().timeZone;
    const send = async (values) => {
      await save({ quietHours: values.from || values.to ? values : {} });
      toast("Your quiet hours are kept.", "good");
    };
    return form({
      wide: true,
      title: "Quiet hours",
      fields: [
        h("p", { class: "quiet" }, "The bell goes on; all else waits until they are over. Leave both empty for none."),
        field("from", "From", { type: "time", value: hours?.from }),
        field("to", "To", { type: "time", value: hours?.to }),
        field("timeZone", "Time zone", { value: zone, autocapitalize: "none", spellcheck: "false" }),
      ],
      button: "Keep quiet",
      send,
    });
  };

  const draw = (answer) => [
    h("table", { class: "wishes" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Tell me"), BY.map(([, word]) => h("th", { scope: "col" }, word)))), h("tbody", {}, answer.choices.map(row))),
    quiet(answer.quietHours),
  ];
  const told = part("Notifications", () => portal.api.get(WISHES), draw, { id: "notifications" });
  const reached = targets(portal);
  return h("div", {}, told.section, reached.section);
}

function targets(portal) {
  const test = async (target) => {
    if (!target.confirmed) return confirm(target);
    const answer = await portal.api.post(`${TARGETS}/${target.id}:test`);
    toast(answer.delivered ? `${target.name} has it.` : answer.words, answer.delivered ? "good" : "bad");
  };
  const confirm = async (target) => {
    const answer = await portal.api.post(`${TARGETS}/${target.id}:test`);
    if (!answer.delivered) return toast(answer.words, "bad");
    asked.replaceChildren(
      form({
        wide: true,
        title: `Confirm ${target.hint}`,
        fields: [h("p", { class: "quiet" }, "A code was sent there. It is good for 15 minutes."), field("code", "Code", { required: true, maxlength: 40, autocomplete: "one-time-code", autocapitalize: "characters", spellcheck: "false" })],
        button: "Confirm it",
        send: async ({ code }) => {
          await portal.api.post(`${TARGETS}/${target.id}:confirm`, { code });
          asked.replaceChildren();
          await shown.refresh();
        },
      }),
    );
    asked.querySelector("input").focus();
  };
  const turn = async (target) => {
    await portal.api.patch(`${TARGETS}/${target.id}?updateMask=enabled&ifVersion=${target.version}`, { enabled: !target.enabled });
    await shown.refresh();
  };
  const asked = h("div", {});
  const remove = async (target) => {
    if (!(await confirmed({ title: `Remove ${target.name}?`, text: "Nothing is told there any more.", yes: "Remove" }))) return;
    await portal.api.remove(`${TARGETS}/${target.id}`);
    await shown.refresh();
  };
  const doing = (work, target) => async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    try {
      await work(target);
    } catch (problem) {
      if (problem.status === 401) throw problem;
      toast(problem.message, "bad");
    } finally {
      button.disabled = false;
    }
  };
  const row = (target) =>
    h(
      "li",
      { class: "card row" },
      h("div", { class: "grow" }, h("b", {}, target.name), h("span", { class: "quiet" }, target.enabled ? target.hint : `${target.hint} · off`)),
      h("button", { class: "small", type: "button", "aria-label": `${target.confirmed ? "Test" : "Confirm"} ${target.name}`, onclick: doing(test, target) }, target.confirmed ? "Test" : "Confirm"),
      h("button", { class: "small", type: "button", "aria-label": `Switch ${target.name} ${target.enabled ? "off" : "on"}`, onclick: doing(turn, target) }, target.enabled ? "Off" : "On"),
      h("button", { class: "small bad", type: "button", "aria-label": `Remove ${target.name}`, onclick: doing(remove, target) }, "Remove"),
    );
  const add = () =>
    form({
      wide: true,
      title: "Tell me elsewhere, too",
      fields: [choice("kind", "By", KINDS), field("name", "Name", { required: true, maxlength: 100 }), field("address", "Address", { required: true, maxlength: 2000, autocapitalize: "none", spellcheck: "false" })],
      button: "Add it",
      send: async (values) => {
        await portal.api.create(TARGETS, values);
        await shown.refresh();
      },
    });
  const shown = part("Where else you are told", () => portal.api.get(TARGETS), (answer) => [answer.targets.length ? h("ul", { class: "cards" }, answer.targets.map(row)) : null, asked, add()], { id: "own-targets" });
  return shown;
}
