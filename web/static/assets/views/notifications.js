/** One's own notifications: what happened, the newest first. */
import { once } from "../bursts.js";
import { fill, h, since, to, toast } from "../dom.js";
import { pager } from "../pager.js";

const PATH = "/v1/me/notifications";

export function notifications(view, portal) {
  const list = h("ul", { class: "cards", id: "notifications" });
  let newest = null;

  const load = async (token, signal) => {
    const page = await portal.api.get(`${PATH}?pageSize=20&pageToken=${encodeURIComponent(token)}`, signal);
    if (!token) newest = page.notifications[0]?.createdAt ?? null;
    all.hidden = !newest;
    return { rows: page.notifications, next: page.nextPageToken };
  };

  const read = (each, row) => async () => {
    if (each.readAt) return;
    row.classList.remove("new");
    await portal.api.post(`${PATH}:read`, { ids: [each.id] });
  };

  const remove = (each, row) => async () => {
    try {
      await portal.api.remove(`${PATH}/${each.id}`);
    } catch (problem) {
      if (problem.status !== 404) throw problem;
    }
    row.remove();
  };

  const draw = (each) => {
    const row = h("li", { class: each.readAt ? "card row" : "card row new" });
    const words = to(each.link, { onclick: (event) => read(each, row)(event) }, each.words);
    row.append(
      h("div", { class: "grow" }, h("b", {}, words), each.detail && h("span", { class: "told" }, each.detail), h("span", { class: "quiet" }, since(each.createdAt))),
      each.readAt ? "" : h("span", { class: "unseen" }, "Unread"),
      h("button", { class: "small", type: "button", "aria-label": `Remove: ${each.words}`, onclick: remove(each, row) }, "Remove"),
    );
    return row;
  };

  const readAll = async () => {
    await portal.api.post(`${PATH}:read`, { until: newest });
    toast("All is read.");
    await paged.restart();
  };

  const all = h("button", { class: "small", type: "button", hidden: true, onclick: readAll }, "Mark all as read");
  const paged = pager({ list, load, draw, empty: () => "Nothing has been told to you yet." });
  const how = to("/account", { class: "quiet" }, "How you are told");
  fill(view, h("h1", {}, "Notifications"), h("div", { class: "buttons" }, all, how), list, paged.foot);
  paged.next();

  const refresh = once(paged.restart);
  return { refresh, heard: (event) => event.type === "notification.created" && refresh(), close: paged.close };
}
