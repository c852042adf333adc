/** Following one's watchlist at Plex: connected here, by a window to approve in. */
import { confirmed } from "../../dialogs.js";
import { fill, h, since, sorry, state, toast } from "../../dom.js";
import { box } from "../../forms.js";
import { pressing } from "../../pressing.js";
import { count } from "../../words.js";

const PATH = "/v1/me/plex-watchlist";
const ASK_EVERY_MS = 2000;
const MOST_ASKED = 300;
const PASSING = [0, 429, 502, 503, 504];
const STATES = { CONNECTED: ["Connected", "good"], AWAY: ["Plex does not answer", "wait"], SIGN_IN_AGAIN: ["Sign in again", "bad"] };

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** `close` stops asking whether it was approved. */
export function plexWatchlist(portal) {
  const place = h("div");
  const section = h("section", { class: "card", id: "plex-watchlist", "aria-label": "Watchlist at Plex" }, h("h2", {}, "Watchlist at Plex"), place);
  let turn = 0;

  const wanted = (known) => {
    const asks = [["requestMovies", "Ask for its films", "AUTO_REQUEST_MOVIE"], ["requestSeries", "Ask for its series", "AUTO_REQUEST_TV"]];
    return asks.filter(([, , permission]) => portal.may("AUTO_REQUEST") || portal.may(permission)).map(([name, word]) => box(name, word, { checked: known[name] }));
  };
  const chosenIn = () => Object.fromEntries(["requestMovies", "requestSeries"].map((each) => [each, place.querySelector(`[name=${each}]`)?.checked ?? false]));

  const connect = async () => {
    const mine = (turn += 1);
    const chosen = chosenIn();
    // Opened by the click itself, or browsers would not let it open.
    const page = window.open("about:blank", "_blank");
    try {
      const attempt = await portal.api.post(`${PATH}:signIn`);
      if (page) {
        page.opener = null;
        page.location.replace(attempt.url);
      }
      fill(
        place,
        h("p", { class: "quiet", role: "status" }, "Approve in the window of Plex. ", h("a", { href: attempt.url, target: "_blank", rel: "noopener noreferrer" }, "Open it again")),
        pressing("Cancel", show),
      );
      for (let asked = 0; asked < MOST_ASKED && mine === turn; asked += 1) {
        await pause(ASK_EVERY_MS);
        if (mine !== turn) return;
        if (!(await isConnected(attempt.id, chosen))) continue;
        toast("Your watchlist at Plex is followed.", "good");
        break;
      }
    } finally {
      page?.close();
      if (mine === turn) await show();
    }
  };
  const isConnected = async (signInId, chosen) => {
    try {
      await portal.api.post(`${PATH}:connect`, { signInId, ...chosen });
      return true;
    } catch (problem) {
      if (problem.reason === "plex_not_approved" || PASSING.includes(problem.status)) return false;
      throw problem;
    }
  };
  const save = async () => {
    await portal.api.put(PATH, chosenIn());
    toast("It is kept.", "good");
  };
  const disconnect = async () => {
    if (!(await confirmed({ title: "Follow it no longer?", text: "What is on your watchlist here stays.", yes: "Disconnect" }))) return;
    await portal.api.remove(PATH);
    await show();
  };
  const draw = (known) => {
    const boxes = wanted(known);
    if (known.state === "NOT_CONNECTED") {
      return fill(place, h("p", { class: "quiet" }, "What you put on your watchlist at Plex comes to your watchlist here."), boxes, pressing("Connect Plex", connect, { mood: "primary" }));
    }
    const [word, mood] = STATES[known.state] ?? [known.state, ""];
    const read = known.readAt ? `${count(known.entryCount, "entry", "entries")}, read ${since(known.readAt)}.` : "It is read soon.";
    const unknown = known.unknownCount ? ` ${known.unknownCount} of them nobody knows here.` : "";
    return fill(
      place,
      h("p", {}, state(word, mood)),
      h("p", { class: "quiet" }, read + unknown),
      known.detail ? h("p", { class: "wrong" }, known.detail) : null,
      boxes,
      h("div", { class: "buttons" }, boxes.length ? pressing("Keep", save, { label: "Keep what is asked for" }) : null, pressing("Connect anew", connect), pressing("Disconnect", disconnect, { mood: "bad" })),
    );
  };
  const show = async () => {
    turn += 1;
    try {
      draw(await portal.api.get(PATH));
    } catch (problem) {
      if (problem.status === 401) throw problem;
      fill(place, sorry(problem, show));
    }
  };
  show();
  return { section, close: () => (turn += 1) };
}
