import { api } from "./api.js";
import { BASE, here } from "./base.js";
import { h, toast } from "./dom.js";
import { Live } from "./live.js";
import { house } from "./views/house.js";
import { account as ownAccount } from "./views/account.js";
import { invite, reset, setup, signIn } from "./views/doors.js";
import { nothing } from "./views/nothing.js";
import { requests } from "./views/requests.js";
import { search } from "./views/search.js";
import { services } from "./views/services.js";

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
    history.pushState(null, "", BASE + path);
    return show();
  },
};

const live = new Live({
  heard(event) {
    if (event.type === "request.available" && event.data.requestedBy === portal.session?.user.id) {
      toast(`${event.data.titleName} is here.`, "good");
    }
    portal.shown?.heard?.(event);
  },
  changed(connected) {
    liveSign.hidden = connected;
  },
  lost() {
    portal.shown?.refresh?.();
  },
  refused() {
    portal.session = null;
    portal.go("/signin");
  },
});

const ICONS = {
  Search: "M10 4a6 6 0 1 0 3.7 10.7l5 5 1.4-1.4-5-5A6 6 0 0 0 10 4Zm0 2a4 4 0 1 1 0 8 4 4 0 0 1 0-8Z",
  Requests: "M4 5h16v2H4zm0 6h16v2H4zm0 6h10v2H4z",
  Services: "M3 13h4l2-6 4 12 3-8 1 2h4v-2h-3l-2.5-5L13 13 9.5 2 6 11H3z",
  Account: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm0 10c-4.4 0-8 2.2-8 5v1h16v-1c0-2.8-3.6-5-8-5Z",
  House: "M12 3 3 11h2v9h5v-6h4v6h5v-9h2z",
};

const ROUTES = [
  { path: "/", label: "Search", open: search },
  { path: "/requests", label: "Requests", open: requests },
  { path: "/services", label: "Services", open: services, needs: "VIEW_SERVICES" },
  { path: "/house", label: "House", open: house, needs: "MANAGE_USERS" },
  { path: "/account", label: "Account", open: ownAccount },
];

function icon(label) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[label]);
  path.setAttribute("fill", "currentColor");
  svg.append(path);
  return svg;
}

function drawFrame(route) {
  const known = Boolean(portal.session);
  document.body.classList.toggle("guest", !known);
  tabs.hidden = !known;
  account.replaceChildren();
  if (!known) return;
  const open = portal.session.enrolling ? [] : ROUTES.filter((each) => !each.needs || portal.may(each.needs));
  tabs.replaceChildren(
    ...open.map((each) =>
      h("a", { href: BASE + each.path, "data-link": true, "aria-current": each === route ? "page" : undefined }, icon(each.label), each.label),
    ),
  );
  account.append(portal.session.user.name, h("button", { class: "small", type: "button", onclick: signOut }, "Sign out"));
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
  const route = ROUTES.find((each) => each.path === path);
  if (!portal.session && (route || path === "/signin")) return { label: "Sign in", open: signIn };
  if (portal.session?.enrolling) return { label: "Second factor", open: ownAccount };
  if (path === "/signin") return { label: "Sign in", open: () => nothing(view, "You are signed in.") };
  if (route && (!route.needs || portal.may(route.needs))) return route;
  return { label: "Nothing here", open: () => nothing(view, "There is nothing at this address.") };
}

async function show() {
  portal.shown?.close?.();
  portal.shown = null;
  view.replaceChildren();
  const place = at(here());
  drawFrame(place);
  document.title = `${place.label} · MediaNest`;
  portal.shown = place.open(view, portal);
  view.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-link]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  portal.go(link.getAttribute("href").slice(BASE.length));
});
addEventListener("popstate", show);
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
  await show();
}

begin().catch((problem) => {
  view.replaceChildren(h("p", { class: "empty" }, problem.message), h("p", { class: "empty" }, h("button", { type: "button", onclick: () => location.reload() }, "Try again")));
});
