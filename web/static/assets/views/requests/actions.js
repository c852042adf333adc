/** What may be done to a request by whoever looks at it. */
import { asked, confirmed } from "../../dialogs.js";
import { h, toast } from "../../dom.js";
import { area, box } from "../../forms.js";
import { mayAsk, mayChoose } from "../asking/ask.js";
import { choosing } from "../asking/choosing.js";
import { wantedOf } from "../asking/wanted.js";
import { titleOf } from "../titles.js";

const GRANTED = ["APPROVED", "FAILED"];
const REOPENED = ["DECLINED", "CANCELED", "FAILED"];
const REASON = { maxlength: 500, rows: 3 };

const post = (portal, request, verb, body = {}) => portal.api.post(`/v1/requests/${request.id}:${verb}`, { ifVersion: request.version, ...body });

/** Asks why not; nothing when it was thought better of. */
export function declining(names, reader, send, word = "Decline") {
  return asked({
    title: `${word} ${names}?`,
    fields: [area("reason", `Why? ${reader} will read it.`, { id: "decline-reason", ...REASON })],
    button: word,
    send: (values) => send(values.reason.trim()),
  });
}

export const decline = (portal, request) =>
  declining(titleOf(request).name, request.requestedByName || "Who asked", (reason) => post(portal, request, "decline", { reason }));

/** Takes a yes back. What a Radarr or Sonarr was told stays there. */
const withdraw = (portal, request) =>
  declining(titleOf(request).name, request.requestedByName || "Who asked", (reason) => post(portal, request, "withdraw", { reason }), "Withdraw");

/** Yes, to be got in another way than was chosen. */
export function approveWith(portal, request) {
  const how = choosing(portal, request.title.kind, request.choices ?? {});
  how.place.open = true;
  return asked({ title: `Approve ${request.title.name}`, fields: [how.place], button: "Approve", send: () => post(portal, request, "approve", how.told()) });
}

/** Of a film, there may be nothing to change. */
const canChange = ({ title }, portal) => title && (title.kind === "SERIES" || mayAsk(portal, title.kind).in4k || mayChoose(portal));

/** Changes what is asked for, while nobody has decided. */
export function edit(portal, request) {
  const { title } = request;
  const isSeries = title.kind === "SERIES";
  const wanted = isSeries ? wantedOf(title, portal, request) : null;
  const four = mayAsk(portal, title.kind).in4k || request.is4k ? box("is4k", "In 4K", { checked: request.is4k }) : null;
  const how = mayChoose(portal) ? choosing(portal, title.kind, request.choices ?? {}) : null;
  const send = () => {
    const change = { ...wanted?.told(), ...(four ? { is4k: four.querySelector("input").checked } : {}), ...how?.told() };
    const mask = Object.keys(change).join();
    return mask ? portal.api.patch(`/v1/requests/${request.id}?updateMask=${mask}&ifVersion=${request.version}`, change) : request;
  };
  return asked({ title: `Change the request for ${title.name}`, fields: [wanted?.place, four, how?.place].filter(Boolean), button: "Save", send });
}

function leave(portal, request) {
  const { name } = titleOf(request);
  const isMine = request.requestedBy === portal.session.user.id;
  if (!isMine) return confirmed({ title: `Wait for ${name} no longer?`, text: "You are told nothing more of it. Who asked for it goes on waiting.", yes: "Leave it" });
  const text = request.followers ? "Others wait for it too: it goes on for them." : "It can be asked for again.";
  return confirmed({ title: `Take back ${name}?`, text, yes: "Take it back" });
}

/** Buttons; `done` is called with what is to be said, once something was done. */
export function actions(request, portal, done, { decides: isHere }) {
  const { name, kind } = titleOf(request);
  const decides = portal.may("MANAGE_REQUESTS");
  const isMine = request.requestedBy === portal.session.user.id;
  const isPending = request.state === "PENDING";

  const button = (word, label, work, mood = "") => {
    const press = async (event) => {
      const pressed = event.currentTarget;
      pressed.disabled = true;
      try {
        const said = await work();
        if (said !== null) await done(said);
      } catch (problem) {
        if (problem.status === 401) throw problem;
        toast(problem.message, "bad");
        // Somebody else was first: what is shown is not so any more.
        if (problem.status === 409 || problem.status === 404) await done("").catch(() => {});
      } finally {
        pressed.disabled = false;
      }
    };
    return h("button", { class: `small ${mood}`, type: "button", "aria-label": label, "data-focus": `${word}:${request.id}`, onclick: press }, word);
  };
  const of = (verb, said) => async () => {
    await post(portal, request, verb);
    return said;
  };
  const by = (work, said) => async () => ((await work(portal, request)) ? said : null);
  const leaving = async () => {
    if (!(await leave(portal, request))) return null;
    await post(portal, request, "cancel");
    return isMine ? `${name} is taken back.` : `You wait for ${name} no longer.`;
  };

  return [
    isHere && decides && isPending && button("Approve", `Approve ${name}`, of("approve", `${name} is approved.`), "primary"),
    isHere && decides && isPending && button("Decline", `Decline ${name}`, by(decline, `${name} is declined.`), "bad"),
    isHere && decides && isPending && kind && button("Approve with…", `Approve with… ${name}`, by(approveWith, `${name} is approved.`)),
    isPending && canChange(request, portal) && (isMine || (decides && isHere)) && button("Change", `Change the request for ${name}`, by(edit, `${name} is changed.`)),
    isPending && isMine && button("Take back", `Take back ${name}`, leaving),
    request.followedByMe && !isMine && button("Leave", `Wait for ${name} no longer`, leaving),
    decides && request.state === "FAILED" && button("Retry", `Try ${name} again`, of("retry", `${name} is tried again.`), "primary"),
    decides && REOPENED.includes(request.state) && button("Reopen", `Reopen ${name}`, of("reopen", `${name} waits for a decision again.`)),
    decides && GRANTED.includes(request.state) && button("It is there", `${name} is there`, of("complete", `${name} is there.`), request.title ? "" : "primary"),
    decides && GRANTED.includes(request.state) && button("Withdraw", `Withdraw ${name}`, by(withdraw, `${name} is withdrawn.`), "bad"),
  ].filter(Boolean);
}
