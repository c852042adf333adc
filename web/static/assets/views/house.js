/** What the owner sets up: who comes in, and where media is. */
import { BASE } from "../base.js";
import { fill, form, h, field, since, state, toast } from "../dom.js";

const SOURCES = { SCANNING: ["Scanning", "wait"], READY: ["Ready", "good"], UNREACHABLE: ["Unreachable", "bad"], HELD: ["Much is missing", "bad"], UNKNOWN: ["Not yet scanned", ""] };

export function house(view, portal) {
  const invites = h("ul", { class: "cards", id: "invites" });
  const users = h("ul", { class: "cards", id: "users" });
  const sources = h("ul", { class: "cards", id: "sources" });
  const libraries = h("ul", { class: "cards", id: "libraries" });
  const settings = portal.may("MANAGE_SETTINGS");

  fill(
    view,
    h("h1", {}, "House"),
    h("h2", {}, "Invite a friend"),
    form({ wide: true, fields: [h("p", { class: "quiet" }, "Makes a link for one person, good for a week.")], button: "Make an invite", send: makeInvite }),
    invites,
    h("h2", {}, "People"),
    users,
    ...(settings
      ? [
          h("h2", {}, "Media folders"),
          form({ wide: true, fields: [field("path", "Folder on the server", { placeholder: "/srv/media", required: true, autocapitalize: "none", spellcheck: "false" })], button: "Add folder", send: addSource }),
          sources,
          h("h2", {}, "Libraries"),
          libraries,
        ]
      : []),
  );

  async function makeInvite() {
    await portal.api.create("/v1/invites", {});
    await drawInvites();
  }

  async function addSource(values, made) {
    await portal.api.create("/v1/sources", values);
    made.reset();
    await drawSources();
  }

  const drawInvites = async () => {
    const answer = await portal.api.get("/v1/invites?pageSize=20");
    const open = answer.invites.filter((each) => each.uses < each.maxUses && Date.parse(each.expiresAt) > Date.now());
    invites.replaceChildren(
      ...open.map((each) =>
        h("li", { class: "card row" }, h("span", { class: "grow link" }, `${location.origin}${BASE}/invite/${each.code}`), h("button", { class: "small", type: "button", onclick: () => copy(`${location.origin}${BASE}/invite/${each.code}`) }, "Copy")),
      ),
    );
  };

  const drawUsers = async () => {
    const answer = await portal.api.get("/v1/users?pageSize=100");
    users.replaceChildren(
      ...answer.users.map((each) => h("li", { class: "card row" }, h("span", { class: "grow" }, h("b", {}, each.name), h("span", { class: "quiet" }, `${each.role}, since ${new Date(each.createdAt).toLocaleDateString()}`)), each.suspended ? state("Suspended", "bad") : null, ...helpFor(each))),
    );
  };

  /** What helps somebody who has lost their password, or their second factor. */
  const helpFor = (user) => {
    if (user.role === "owner" || user.id === portal.session.user.id) return [];
    const link = h("span", { class: "link", hidden: true });
    const issue = async () => {
      const made = await portal.api.post(`/v1/users/${user.id}:issuePasswordReset`);
      link.textContent = `${location.origin}${BASE}/reset#${made.token}`;
      link.hidden = false;
    };
    const disable = () => portal.api.post(`/v1/users/${user.id}:disableSecondFactor`).then(() => toast(`${user.name} signs in without a code now.`));
    return [
      h("button", { class: "small", type: "button", onclick: issue, "aria-label": `New password for ${user.name}` }, "New password"),
      h("button", { class: "small", type: "button", onclick: disable, "aria-label": `Remove the second factor of ${user.name}` }, "No second factor"),
      link,
    ];
  };

  const drawSources = async () => {
    if (!settings) return;
    const [known, shelves] = await Promise.all([portal.api.get("/v1/sources?pageSize=100"), portal.api.get("/v1/libraries?pageSize=100")]);
    sources.replaceChildren(
      ...known.sources.map((each) => {
        const [word, mood] = SOURCES[each.state] ?? [each.state, ""];
        const seen = each.scannedAt ? `scanned ${since(each.scannedAt)}` : "";
        return h(
          "li",
          { class: "card row" },
          h("span", { class: "grow" }, h("b", {}, each.name), h("span", { class: "quiet" }, [each.path || each.address, seen, each.detail].filter(Boolean).join(" · "))),
          state(word, mood),
          h("button", { class: "small", type: "button", onclick: () => portal.api.post(`/v1/sources/${each.id}:scan`).then(drawSources) }, "Scan now"),
        );
      }),
    );
    libraries.replaceChildren(
      ...shelves.libraries.map((each) => h("li", { class: "card row" }, h("b", { class: "grow" }, each.name), h("span", { class: "quiet" }, `${each.itemCount} files${each.flaggedCount ? `, ${each.flaggedCount} flagged` : ""}`))),
    );
  };

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      toast("Copied.");
    } catch {
      toast("Copying is not allowed here: select the link instead.");
    }
  }

  const refresh = () => Promise.all([drawInvites(), drawUsers(), drawSources()]);
  refresh();
  return { refresh, heard: (event) => /^(library|source|catalog)\./.test(event.type) && drawSources() };
}
