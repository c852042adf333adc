/** What of a series is wanted: all, some seasons and episodes, or what is to come. */
import { fill, h, sorry } from "../../dom.js";
import { field } from "../../forms.js";
import { count, day, facts } from "../../words.js";
import { nameOf, together } from "../title/seasons.js";

const MOST_SEASON = 10_000;

/** "1, 3-5" as numbers; nothing where it is something else. */
export function numbersIn(text) {
  const numbers = new Set();
  for (const piece of text.split(",").map((each) => each.trim()).filter(Boolean)) {
    const [, from, to] = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(piece) ?? [];
    const last = Number(to ?? from);
    if (from === undefined || last > MOST_SEASON || last - Number(from) > 200) return [];
    for (let each = Number(from); each <= last; each += 1) numbers.add(each);
  }
  return [...numbers].sort((a, b) => a - b);
}

const wrong = (detail) => Object.assign(new Error(detail), { errors: [{ field: "seasons", detail }] });

/** `chosen` is what was asked for before; `most` seasons may be asked for at once. */
export function wantedOf(title, portal, chosen = {}, most = 0) {
  const seasons = new Set(chosen.seasons ?? []);
  const episodes = new Map((chosen.episodes ?? []).map((each) => [`${each.season}x${each.episode}`, each]));
  const begins = seasons.size || episodes.size ? "SOME" : chosen.futureOnly ? "FUTURE" : "ALL";
  const some = h("div", { class: "seasons", hidden: begins !== "SOME" });
  let loaded = false;
  let typed = null;

  const oneEpisode = (season, each, isThere) => {
    const key = `${season}x${each.episodeNumber}`;
    const take = (event) => (event.target.checked ? episodes.set(key, { season, episode: each.episodeNumber }) : episodes.delete(key));
    return h("label", { class: "box" }, h("input", { type: "checkbox", checked: episodes.has(key), onchange: take }), h("span", {}, `${each.episodeNumber}. ${each.name || "Episode"}`, h("span", { class: "quiet" }, ` ${facts(day(each.airedOn), isThere ? "on the shelf" : null)}`)));
  };
  const showEpisodes = async (season, place) => {
    fill(place, h("p", { class: "quiet", role: "status" }, "Looking…"));
    try {
      const [told, there] = await Promise.all([
        portal.api.get(`/v1/titles/${title.id}/seasons/${season.number}`),
        season.there ? portal.api.get(`/v1/shelf/titles/${title.id}/copies?season=${season.number}&pageSize=100`) : { copies: [] },
      ]);
      const has = new Set(there.copies.map((each) => each.episode));
      fill(place, told.episodes.length ? told.episodes.map((each) => oneEpisode(season.number, each, has.has(each.episodeNumber))) : h("p", { class: "quiet" }, "Nobody knows its episodes."));
    } catch (problem) {
      if (problem.status === 401) throw problem;
      fill(place, sorry(problem, () => showEpisodes(season, place)));
    }
  };
  const oneSeason = (season) => {
    const place = h("div");
    const has = season.there?.episodeCount ?? 0;
    const told = facts(season.exists ? count(season.exists, "episode") : null, has ? `${has} on the shelf` : null, day(season.airedOn));
    const mine = [...episodes.values()].some((each) => each.season === season.number);
    const fold = h("details", { open: mine, hidden: seasons.has(season.number), ontoggle: () => fold.open && !place.childElementCount && showEpisodes(season, place) }, h("summary", { "aria-label": `Episodes of ${nameOf(season.number)}` }, "Single episodes"), place);
    const take = (event) => {
      if (event.target.checked) seasons.add(season.number);
      else seasons.delete(season.number);
      fold.hidden = event.target.checked;
    };
    const label = h("label", { class: "box" }, h("input", { type: "checkbox", name: "seasons", value: season.number, checked: seasons.has(season.number), onchange: take }), h("span", {}, h("b", {}, nameOf(season.number)), h("span", { class: "quiet" }, told)));
    return h("div", { class: "season-choice" }, label, fold);
  };
  const load = async () => {
    if (loaded) return;
    loaded = true;
    fill(some, h("p", { class: "quiet", role: "status" }, "Looking…"));
    const [told, there] = await Promise.allSettled([portal.api.get(`/v1/titles/${title.id}/details`), portal.api.get(`/v1/shelf/titles/${title.id}/seasons?pageSize=100`)]);
    const all = together(told.value?.seasons ?? [], there.value?.seasons ?? []);
    for (const each of seasons) if (!all.some((season) => season.number === each)) all.push({ number: each });
    if (all.length) return fill(some, all.map(oneSeason));
    typed = field("seasons", "Which seasons? Numbers, such as 1, 3-5", { id: "ask-seasons", inputmode: "text", autocomplete: "off", value: [...seasons].join(", ") });
    return fill(some, h("p", { class: "quiet" }, "Nobody tells now which seasons there are."), typed);
  };
  const radio = (value, word) =>
    h("label", { class: "box" }, h("input", { type: "radio", name: "what", value, checked: begins === value, onchange: () => turn(value) }), h("span", {}, word));
  const turn = (value) => {
    some.hidden = value !== "SOME";
    if (value === "SOME") load();
  };
  const hint = most ? ` At most ${count(most, "season")} at once.` : "";
  const place = h(
    "fieldset",
    { class: "boxes choosing" },
    h("legend", {}, `What of it?${hint}`),
    radio("ALL", "All of it"),
    radio("SOME", "Some seasons or episodes"),
    some,
    radio("FUTURE", "Only what is to come"),
    h("p", { class: "wrong", "data-wrong": "seasons", role: "alert", hidden: true }),
    h("p", { class: "wrong", "data-wrong": "episodes", role: "alert", hidden: true }),
  );
  if (begins === "SOME") load();

  return {
    place,
    told() {
      const what = place.querySelector("[name=what]:checked").value;
      if (what === "ALL") return { seasons: [], episodes: [], futureOnly: false };
      if (what === "FUTURE") return { seasons: [], episodes: [], futureOnly: true };
      const numbers = typed ? numbersIn(typed.querySelector("input").value) : [...seasons].sort((a, b) => a - b);
      const single = [...episodes.values()].filter((each) => !seasons.has(each.season));
      if (!numbers.length && !single.length) throw wrong(typed ? "Write their numbers, such as 1, 3-5." : "Choose a season or an episode.");
      return { seasons: numbers, episodes: single.sort((a, b) => a.season - b.season || a.episode - b.episode), futureOnly: false };
    },
  };
}
