import { api } from "./api.js";
import { BASE, here } from "./base.js";
import { bell } from "./bell.js";
import { closeDialogs } from "./dialogs.js";
import { h, to, toast } from "./dom.js";
import { Live } from "./live.js";
import { TABS, icon, placeOf } from "./places.js";
import { avatar } from "./poster.js";
import { account as ownAccount } from "./views/account.js";
import { invite, reset, setup, signIn } from "./views/doors.js";
import { nothing } from "./views/nothing.js";

const view = document.getElementById("view");
const tabs = document.getElementById("tabs");
const account = document.getElementById("account");
const liveSign = document.getElementById("live");

/** Who is signed in, and what the shown view wants to be told. */
const portal = {
  needsOwner: false,
  session: null,
  dashboard: null,
  lookedAt: 0,
  shown: null,
  /** Whether the shown page was come back to. */
  cameBack: false,
  /** The address that is shown: what is behind `#` is the page's own. */
  where: "",
  api,
  may(permission) {
    const held = this.session?.user.permissions ?? [];
    return held.includes("ADMIN") || held.includes(permission);
  },
  /** The first page in one call: who is signed in comes with it, if auth is there. */
  async look() {
    this.dashboard = await api.get("/v1/dashboard");
    this.lookedAt = Date.now();
    this.session = this.dashboard.session ?? this.session ?? (await api.get("/v1/auth/session"));
  },
  async enter() {
    this.session = null;
    this.needsOwner = false;
    await this.look();
    if (this.session.enrolling) return live.close();
    live.open();
    if (this.may("VIEW_SERVICES")) live.join("services");
    if (this.may("MANAGE_REQUESTS")) live.join("requests");
    live.join("libraries");
    rung.refresh();
  },
  /** Does what ends this session and opens another: the old one's end is no news. */
  async exchange(work) {
    live.close();
    try {
      await work();
    } finally {
      await this.enter();
    }
  },
  go(path) {
    this.shown?.leave?.();
    history.pushState(null, "", BASE + path);
    this.cameBack = false;
    show();
    scrollTo(0, 0);
  },
};

const rung = bell(portal);

const live = new Live({
  heard(event) {
    rung.heard(event);
    if (event.type === "request.available" && event.data.requestedBy === portal.session?.user.id) {
      toast(`${event.data.titleName} is here.`, "good");
    }
    portal.shown?.heard?.(event);
  },
  changed(connected) {
    liveSign.hidden = connected;
  },
  lost() {
    rung.refresh();
    portal.shown?.refresh?.();
  },
  refused() {
    portal.session = null;
    portal.go("/signin");
  },
});

function drawFrame(route) {
  const known = Boolean(portal.session);
  document.body.classList.toggle("guest", !known);
  tabs.hidden = !known;
  account.replaceChildren();
  if (!known) return;
  const open = portal.session.enrolling ? [] : TABS.filter((each) => !each.needs || each.needs.some((one) => portal.may(one)));
  tabs.replaceChildren(...open.map((each) => to(each.path, { "aria-current": each === route.tab ? "page" : undefined }, icon(each), each.label)));
  const { id, name } = portal.session.user;
  const me = to("/account", { class: "who", "aria-label": `Account of ${name}`, "aria-current": route.label === "Account" ? "page" : undefined }, avatar(id, name), h("span", {}, name));
  account.append(...(portal.session.enrolling ? [name] : [rung.link, me]), h("button", { class: "small", type: "button", onclick: signOut }, "Sign out"));
}

async function signOut() {
  try {
    await api.remove("/v1/auth/session");
  } catch (problem) {
    // Whoever is told that they are signed out must be.
    if (problem.status !== 401) return toast(problem.message, "bad");
  }
  live.close();
  portal.session = null;
  return portal.go("/signin");
}

/** What is at an address: its name, and what opens it. */
function at(path) {
  const code = path.match(/^\/invite\/([\w-]+)$/)?.[1];
  if (code) return { label: "Invite", open: () => invite(view, portal, code) };
  if (path === "/reset") return { label: "New password", open: reset };
  if (path === "/setup" && portal.needsOwner) return { label: "Set-up", open: setup };
  if (path === "/setup") return { label: "Set-up", open: () => nothing(view, "This house has its owner.") };
  const route = placeOf(path);
  if (!portal.session && (route || path === "/signin")) return { label: "Sign in", open: signIn };
  if (portal.session?.enrolling) return { label: "Second factor", open: ownAccount };
  if (path === "/signin") return { label: "Sign in", open: () => nothing(view, "You are signed in.") };
  if (route && (!route.needs || route.needs.some((one) => portal.may(one)))) return route;
  return { label: "Nothing here", open: () => nothing(view, "There is nothing at this address.") };
}

function show() {
  portal.shown?.close?.();
  portal.shown = null;
  closeDialogs();
  view.replaceChildren();
  const place = at(here());
  drawFrame(place);
  document.title = `${place.label} · MediaNest`;
  portal.where = location.pathname + location.search;
  portal.shown = place.open(view, portal, place.named ?? {});
  view.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-link]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  portal.go(link.getAttribute("href").slice(BASE.length));
});
addEventListener("popstate", () => {
  // A jump within the page.
  if (location.pathname + location.search === portal.where) return;
  portal.shown?.leave?.();
  portal.cameBack = true;
  show();
});
addEventListener("unhandledrejection", (event) => {
  if (event.reason?.status === 401 && portal.session) {
    event.preventDefault();
    portal.session = null;
    live.close();
    portal.go("/signin");
  } else if (event.reason?.message) toast(event.reason.message, "bad");
});

async function begin() {
  await portal.enter().catch(async (problem) => {
    if (problem.status !== 401) throw problem;
    portal.needsOwner = (await api.get("/v1/setup")).needed;
    if (portal.needsOwner && here() !== "/setup") history.replaceState(null, "", `${BASE}/setup`);
  });
  show();
}

begin().catch((problem) => {
  view.replaceChildren(h("p", { class: "empty" }, problem.message), h("p", { class: "empty" }, h("button", { type: "button", onclick: () => location.reload() }, "Try again")));
});
