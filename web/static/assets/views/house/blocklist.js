/** What nobody may ask for: single titles, and all whose names have certain words. */
import { confirmed } from "../../dialogs.js";
import { fill, h, since, toast } from "../../dom.js";
import { choice, field, form } from "../../forms.js";
import { pager } from "../../pager.js";
import { pressing } from "../../pressing.js";
import { facts } from "../../words.js";
import { titlePicker } from "../title-picker.js";
import { titleCard } from "../titles.js";

const PATH = "/v1/blocklist";
const OF = [["ALL", "Titles and words"], ["TITLES", "Titles"], ["KEYWORDS", "Words"]];

export function blocklist(view, portal) {
  const manages = portal.may("MANAGE_BLOCKLIST");
  const list = h("ul", { class: "cards two", id: "blocklist" });
  const of = choice("of", "Show", OF, { id: "block-of" });
  of.addEventListener("change", () => pages.restart());

  const load = async (token, signal) => {
    const page = await portal.api.get(`${PATH}?pageSize=20&of=${of.querySelector("select").value}&pageToken=${encodeURIComponent(token)}`, signal);
    return { rows: page.blocks, next: page.nextPageToken };
  };
  const draw = (block) => {
    const name = block.title?.name ?? `“${block.keyword}”`;
    const remove = async () => {
      if (!(await confirmed({ title: `Take ${name} off the blocklist?`, text: "It can be asked for again.", yes: "Take it off" }))) return;
      await portal.api.remove(`${PATH}/${block.id}`);
      toast(`${name} can be asked for again.`);
      await pages.restart();
    };
    const button = manages ? pressing("Take off", remove, { label: `Take ${name} off the blocklist`, mood: "bad" }) : null;
    const told = facts(block.addedByName, since(block.addedAt));
    const why = block.reason ? h("span", { class: "quiet" }, `“${block.reason}”`) : null;
    if (block.title) return titleCard(block.title, told, ...[why, button].filter(Boolean));
    return h("li", { class: "card row" }, h("span", { class: "grow" }, h("b", {}, name), h("span", { class: "quiet" }, told), why), button);
  };
  const pages = pager({ list, load, draw, empty: () => "Everything may be asked for." });

  const picker = titlePicker(portal, "Which title?", "block-title");
  const keyword = field("keyword", "Or words: all titles with these in their name", { maxlength: 100, autocomplete: "off" });
  const send = async (values, made) => {
    const keywordGiven = values.keyword.trim();
    const titleId = keywordGiven ? "" : (picker.chosen()?.id ?? "");
    if (!titleId && !keywordGiven) throw new Error("Choose a title, or write words.");
    await portal.api.create(PATH, { titleId, keyword: keywordGiven, reason: values.reason.trim() });
    toast("It is on the blocklist.", "good");
    made.reset();
    picker.forget();
    await pages.restart();
  };
  const add = manages ? form({ wide: true, fields: [h("h2", {}, "Block something"), picker.place, keyword, field("reason", "Why? Who asks for it reads this.", { maxlength: 500, autocomplete: "off" })], button: "Block it", send }) : null;
  fill(view, h("p", { class: "quiet" }, "Nobody may ask for what is here. What is on the shelf, or asked for already, stays as it is."), of, list, pages.foot, add);
  pages.next();
  return { refresh: pages.restart, close: pages.close };
}
