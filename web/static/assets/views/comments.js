/** What people say of a request or a report, the oldest first. */
import { confirmed } from "../dialogs.js";
import { fill, h, since, sorry } from "../dom.js";
import { area, form } from "../forms.js";
import { pager } from "../pager.js";
import { facts } from "../words.js";
import { who } from "./titles.js";

const PAGE = 50;

/**
 * `path` is that of the comments; `manages` whether anybody's may be taken away; `changed`
 * is told how many more there are.
 */
export function comments(path, of, portal, { manages, changed = () => {} }) {
  const me = portal.session.user.id;
  const list = h("ol", { class: "steps comments", "aria-label": `Comments on ${of}` });
  const id = `comment-${crypto.randomUUID?.() ?? Math.random()}`;

  const load = async (token, signal) => {
    const page = await portal.api.get(`${path}?pageSize=${PAGE}&pageToken=${encodeURIComponent(token)}`, signal);
    return { rows: page.comments, next: page.nextPageToken };
  };
  const draw = (each) => {
    const row = h("li");
    const show = () =>
      fill(
        row,
        who(each.author, each.authorName, facts(each.authorName || "Somebody who is gone", since(each.createdAt), each.editedAt ? "changed" : null)),
        h("p", { class: "words" }, each.text),
        h(
          "div",
          { class: "buttons" },
          each.author === me ? h("button", { class: "small", type: "button", onclick: edit }, "Change") : null,
          each.author === me || manages ? h("button", { class: "small bad", type: "button", onclick: remove }, "Remove") : null,
        ),
      );
    const edit = () => {
      const send = async (values) => {
        Object.assign(each, await portal.api.patch(`${path}/${each.id}`, { text: values.text.trim() }));
        show();
      };
      const cancel = h("button", { type: "button", onclick: show }, "Cancel");
      fill(row, form({ wide: true, fields: [area("text", "Your comment", { id: `${id}-${each.id}`, value: each.text, maxlength: 2000 })], button: "Save", send, extra: cancel }));
      row.querySelector("textarea").focus();
    };
    const remove = async () => {
      if (!(await confirmed({ title: "Remove this comment?", text: each.text.slice(0, 200), yes: "Remove it" }))) return;
      try {
        await portal.api.remove(`${path}/${each.id}`);
      } catch (problem) {
        if (problem.status === 401) throw problem;
        if (problem.status !== 404) return void row.append(sorry(problem));
      }
      row.remove();
      changed(-1);
    };
    show();
    return row;
  };
  const pages = pager({ list, load, draw, empty: () => "Nobody has said anything yet." });
  const send = async (values, made) => {
    const text = values.text.trim();
    if (!text) throw Object.assign(new Error("Write something."), { errors: [{ field: "text", detail: "Write something." }] });
    const said = await portal.api.create(path, { text });
    made.reset();
    list.append(draw(said));
    pages.foot.querySelector(".empty").hidden = true;
    changed(1);
  };
  const writing = form({ wide: true, fields: [area("text", "Say something", { id, rows: 2, maxlength: 2000 })], button: "Send", send });
  pages.next();
  return { place: h("div", {}, list, pages.foot, writing), close: pages.close };
}
