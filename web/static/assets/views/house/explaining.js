/** What each rule would make of a request, and why: nothing is asked for. */
import { fill, h, state } from "../../dom.js";
import { box, choice, form } from "../../forms.js";
import { facts, number } from "../../words.js";
import { titlePicker } from "../title-picker.js";

export function explaining(portal, people) {
  const answer = h("div", { role: "status" });
  const picker = titlePicker(portal, "Which title?", "explain-title");
  const whom = choice("whom", "Asked for by", [["", "Somebody whom no rule names"]], { id: "explain-whom" });
  people().then(({ users }) => whom.querySelector("select").append(...users.map((each) => h("option", { value: `${each.id} ${each.role}` }, `${each.name} (${each.role})`))));

  const saying = (each) =>
    h("li", {}, h("b", {}, each.ruleName), h("span", {}, facts(each.approves ? "approves it" : null, each.chooses ? "says how it is got" : null, each.why)), state(each.matched ? "Matches" : "Does not match", each.matched ? "good" : ""));
  const send = async (values) => {
    const title = picker.chosen();
    if (!title) throw new Error("Choose a title first.");
    const [userId, role] = values.whom.split(" ");
    const told = await portal.api.post("/v1/request-rules:explain", { titleId: title.id, userId, role: role ?? "", is4k: "is4k" in values });
    fill(
      answer,
      h("p", {}, h("b", {}, told.approves ? "It would be approved at once." : "Somebody would decide."), ` ${facts(told.chosenBy ? "A rule says how it is got." : "It is got as usual.", told.sizeGb ? `About ${number(told.sizeGb)} GB.` : null)}`),
      told.sayings.length ? h("ol", { class: "steps", "aria-label": "What each rule says" }, told.sayings.map(saying)) : null,
    );
  };
  return h("div", {}, form({ wide: true, fields: [picker.place, whom, box("is4k", "In 4K")], button: "Explain", send }), answer);
}
