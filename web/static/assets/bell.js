/** The bell in the frame: how many notifications are unread, as it changes. */
import { h, to } from "./dom.js";
import { icon } from "./places.js";

const DRAWN = { icon: "M12 2a6 6 0 0 0-6 6v5l-2 3v2h16v-2l-2-3V8a6 6 0 0 0-6-6Zm-2.5 18a2.5 2.5 0 0 0 5 0z" };
const MOST = 99;

export function bell(portal) {
  const count = h("span", { class: "unread", hidden: true });
  const link = to("/notifications", { class: "bell" }, icon(DRAWN), count);

  const show = (unread) => {
    count.hidden = !unread;
    count.textContent = unread > MOST ? `${MOST}+` : unread;
    link.setAttribute("aria-label", unread ? `Notifications, ${unread} unread` : "Notifications");
  };
  const refresh = async () => {
    try {
      show((await portal.api.get("/v1/me/notifications/counts")).unread);
    } catch (problem) {
      // Without it, the portal is what it is: the bell says nothing new.
      if (problem.status === 401) throw problem;
    }
  };

  show(0);
  return {
    link,
    refresh,
    heard(event) {
      if (event.type === "notification.read") show(event.data.unread);
      if (event.type === "notification.created") refresh();
    },
  };
}
