/** A title's page: what it is, whether it is there, and what goes with it. */
import { later } from "../bursts.js";
import { fill, h, sorry } from "../dom.js";
import { part } from "../parts.js";
import { reporting } from "./report.js";
import { reportCard } from "./reports.js";
import { requestCard, tell } from "./requests/card.js";
import { copies } from "./title/copies.js";
import { head } from "./title/head.js";
import { cast } from "./title/people.js";
import { seasons } from "./title/seasons.js";
import { knownTile, strip } from "./titles.js";
import { watching } from "./watchlist.js";

// There is none by this id, or it is no id at all.
const NO_TITLE = [400, 404];
const IS_NEWS = /^(request\.(?!progress)|report\.|library\.changed)/;

export function title(view, portal, { id }) {
  const path = `/v1/titles/${encodeURIComponent(id)}`;
  const top = h("div", { id: "title" });
  const parts = h("div", { id: "title-parts" });
  const open = new AbortController();
  let drawn = [];
  let latest = null;

  const get = (what) => portal.api.get(what, open.signal);

  /** Who asked for what of it, as far as one may know. */
  const asked = part(
    "Requests",
    () => get(`/v1/requests?titleId=${encodeURIComponent(id)}&pageSize=20`),
    ({ requests }) => (requests.length ? h("ul", { class: "cards two" }, requests.map((each) => requestCard(each, portal, refreshTop))) : null),
    { id: "asked" },
  );
  /** What is wrong with it, as far as one may know. */
  const wrong = part(
    "Reports",
    () => get(`/v1/reports?titleId=${encodeURIComponent(id)}&state=OPEN&pageSize=20`),
    ({ reports }) => (reports.length ? h("ul", { class: "cards two" }, reports.map((each) => reportCard(each, portal, () => wrong.refresh()))) : null),
    { id: "wrong" },
  );
  fill(view, top, asked.section, wrong.section, parts);

  let watch = null;
  const besides = (known) => {
    watch ??= watching(known, portal);
    return [watch, reporting(known, portal, () => wrong.refresh())];
  };

  /** Draws the head; and the parts below it, which come by themselves. */
  const draw = (whole) => {
    document.title = `${whole.title.name} · MediaNest`;
    fill(top, head(whole, portal, refresh, besides(whole.title)));
    if (whole.isWhole) latest = whole;
    if (!whole.isWhole || drawn.length) return;
    const isSeries = whole.title.kind === "SERIES";
    drawn = [
      isSeries ? seasons(() => latest, get) : null,
      copies(whole.title, get),
      part("Cast", async () => latest, cast, { id: "cast" }),
      whole.collection ? part(whole.collection.name, () => get(`${path}/collection`), (row) => strip(row.films.map(knownTile)), { id: "collection" }) : null,
      part("You may also like", async () => latest.recommendations ?? [], (titles) => strip(titles.map(knownTile)), { id: "recommended" }),
      part("Similar", async () => latest.similar ?? [], (titles) => strip(titles.map(knownTile)), { id: "similar" }),
    ].filter(Boolean);
    fill(parts, ...drawn.map((each) => each.section));
  };

  /** The catalogue answers at once; what a provider tells may take seconds. */
  const load = async () => {
    let isWhole = false;
    const catalog = get(path);
    const quick = catalog.then((known) => !isWhole && !drawn.length && draw({ title: known, isWhole: false }));
    const whole = get(`${path}/details`).then(async (details) => {
      isWhole = true;
      // What nobody may ask for, the catalogue alone says.
      const { blocklisted = false } = await catalog.catch(() => ({}));
      draw({ ...details, title: { ...details.title, blocklisted }, isWhole: true });
    });
    const [first, second] = await Promise.allSettled([quick, whole]);
    if (second.status === "fulfilled") return;
    const problem = second.reason;
    if (problem.name === "AbortError") return;
    if (problem.status === 401) throw problem;
    const isNone = NO_TITLE.includes(problem.status);
    const again = isNone ? null : load;
    if (first.status === "fulfilled" || drawn.length) fill(parts, sorry(problem, again), ...drawn.map((each) => each.section));
    else fill(top, h("h1", { class: "empty" }, isNone ? "There is no such title." : "This title cannot be shown now."), isNone ? null : sorry(problem, again));
  };

  async function refreshTop() {
    await load();
  }
  const refresh = async () => {
    await Promise.all([load(), asked.refresh(), wrong.refresh()]);
    await Promise.all(drawn.map((each) => each.refresh()));
  };
  const soon = later(refresh, 600);
  load();

  return {
    refresh,
    heard(event) {
      if (event.data.titleId && event.data.titleId !== id) return;
      if (IS_NEWS.test(event.type)) soon();
      const shown = event.data.requestId && asked.section.querySelector(`[data-request="${CSS.escape(event.data.requestId)}"]`);
      if (shown) tell(shown, event);
    },
    close() {
      soon.stop();
      open.abort();
    },
  };
}
