/** Asking for somebody else, whose quota holds then. */
import { fill, h } from "../../dom.js";
import { leftOf } from "./quota.js";

const MOST_PAGES = 10;

export function forWhom(portal, kind) {
  const me = portal.session.user.id;
  const quota = h("div");
  const choose = h("select", { name: "requestedFor", id: "ask-for" }, h("option", { value: "" }, "Myself"));
  const place = h("div", { class: "field" }, h("label", { for: "ask-for" }, "For whom?", choose), quota, h("p", { class: "wrong", "data-wrong": "requestedFor", role: "alert", hidden: true }));

  const load = async () => {
    let token = "";
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await portal.api.get(`/v1/users?pageSize=100&pageToken=${encodeURIComponent(token)}`);
      choose.append(...answer.users.filter((each) => each.id !== me && !each.suspended).map((each) => h("option", { value: each.id }, each.name)));
      token = answer.nextPageToken;
      if (!token) return;
    }
  };
  choose.addEventListener("change", async () => {
    fill(quota);
    const whom = choose.value;
    if (!whom) return;
    try {
      const told = await portal.api.get(`/v1/users/${encodeURIComponent(whom)}/quota`);
      if (choose.value === whom) fill(quota, leftOf(told, kind));
    } catch (problem) {
      if (problem.status === 401) throw problem;
    }
  });
  // Without the others, one asks for oneself.
  load().catch(() => {});
  return {
    place,
    told: () => (choose.value ? { requestedFor: { userId: choose.value, name: choose.selectedOptions[0].textContent } } : {}),
  };
}
