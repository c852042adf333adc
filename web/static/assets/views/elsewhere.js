/** Signing in by an account elsewhere: a window to approve in, and asking meanwhile. */
import { fill, h } from "../dom.js";

const NAMES = { plex: "Plex" };
const ASK_EVERY_MS = 2000;
// Who was too fast, or found nobody there for the moment, asks again.
const PASSING = [0, 429, 502, 503, 504];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A place with a button for each provider that the house offers; empty when it offers
 * none. `entered` is called once somebody is in; `close` stops asking.
 */
export function elsewhere(portal, entered, invite = "") {
  const place = h("div", { class: "elsewhere" });
  const ways = { place, open: true, close: () => (ways.open = false) };

  const offer = async () => {
    const { providers } = await portal.api.get("/v1/ways-in");
    if (!ways.open) return;
    fill(
      place,
      providers
        .filter((provider) => NAMES[provider])
        .map((provider) => h("button", { type: "button", onclick: () => begin(provider) }, `Sign in with ${NAMES[provider]}`)),
    );
  };

  const begin = async (provider) => {
    // Opened by the click itself, or browsers would not let it open.
    const page = window.open("about:blank", "_blank");
    try {
      const attempt = await portal.api.post("/v1/sign-ins", { provider });
      if (page) {
        page.opener = null;
        page.location.replace(attempt.url);
      }
      await wait(attempt, NAMES[provider]);
      page?.close();
    } catch (problem) {
      page?.close();
      if (ways.open) await refuse(problem);
    }
  };

  const wait = async (attempt, name) => {
    let canceled = false;
    fill(
      place,
      h("p", { class: "quiet", role: "status" }, `Approve in the window of ${name}. `, h("a", { href: attempt.url, target: "_blank", rel: "noopener noreferrer" }, "Open it again")),
      h(
        "button",
        {
          type: "button",
          class: "small",
          onclick: () => {
            canceled = true;
            offer();
          },
        },
        "Cancel",
      ),
    );
    while (ways.open && !canceled) {
      await pause(ASK_EVERY_MS);
      if (!ways.open || canceled) return;
      const done = await ask(attempt);
      if (done && !done.pending) {
        ways.close();
        await entered();
      }
    }
  };

  const ask = async (attempt) => {
    try {
      return await portal.api.post(`/v1/sign-ins/${attempt.id}:complete`, { verifier: attempt.verifier, invite });
    } catch (problem) {
      if (PASSING.includes(problem.status) && Date.now() < Date.parse(attempt.expiresAt)) return null;
      throw problem;
    }
  };

  const refuse = async (problem) => {
    await offer();
    place.append(h("p", { class: "wrong", role: "alert" }, problem.message));
  };

  // Without an answer, there is still the password.
  offer().catch(() => {});
  return ways;
}
