/** Seasons of a series: what exists, and what of it is on the shelf. */
import { fill, h, sorry, state } from "../../dom.js";
import { notes, part } from "../../parts.js";
import { RESOLUTIONS, count, day, facts, minutes } from "../../words.js";
import { opener } from "./copies.js";

const PAGE = 100;
// The most copies of one season that are read: more than anybody has.
const MOST_PAGES = 10;
// Not set up, or never heard of it: then the shelf's own episodes are shown.
const UNTOLD = ["provider_not_set", "season_missing"];

export const nameOf = (number) => (number === 0 ? "Specials" : `Season ${number}`);

/** What a provider and the shelf say of each season, in order, the specials last. */
export function together(told, there) {
  const all = new Map();
  for (const each of told) all.set(each.seasonNumber, { number: each.seasonNumber, name: each.name, exists: each.episodeCount, airedOn: each.airedOn });
  for (const each of there) all.set(each.season, { number: each.season, ...all.get(each.season), there: each });
  return [...all.values()].sort((a, b) => (a.number || Infinity) - (b.number || Infinity));
}

function sumOf(season) {
  const has = season.there?.episodeCount ?? 0;
  const of = season.exists ? ` of ${season.exists}` : "";
  if (!has) return facts(season.exists ? count(season.exists, "episode") : null, day(season.airedOn), "not on the shelf");
  return facts(`${has}${of} ${has === 1 && !of ? "episode" : "episodes"} on the shelf`, RESOLUTIONS[season.there.resolution]);
}

function presenceOf(copies, airedOn) {
  if (copies.length) {
    const best = [...new Set(copies.map((each) => RESOLUTIONS[each.resolution]).filter(Boolean))];
    return state(facts("On the shelf", best.join(", "), copies.length > 1 ? count(copies.length, "copy", "copies") : null), "good");
  }
  const isToCome = airedOn && airedOn > new Date().toISOString().slice(0, 10);
  return h("span", { class: "quiet" }, isToCome ? "Not out yet" : "Not on the shelf");
}

/** A link for each server that has it. */
function openers(copies) {
  const servers = new Map(copies.map((each) => [each.sourceId, each]).reverse());
  return [...servers.values()].reverse().map(opener);
}

function episode(number, told, copies) {
  const name = told?.name || copies.find((each) => each.episodeName)?.episodeName;
  return h(
    "li",
    { class: "row episode" },
    h("span", { class: "grow" }, h("b", {}, name ? `${number}. ${name}` : `Episode ${number}`), h("span", { class: "quiet" }, facts(day(told?.airedOn), minutes(told?.runtimeMinutes))), told?.overview ? h("span", { class: "quiet overview" }, told.overview) : null),
    presenceOf(copies, told?.airedOn),
    openers(copies),
  );
}

/** `latest` is what is told of the title by now. */
export function seasons(latest, get) {
  const id = latest().title.id;

  const copiesOf = async (number) => {
    const all = [];
    let token = "";
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await get(`/v1/shelf/titles/${id}/copies?season=${number}&pageSize=${PAGE}&pageToken=${encodeURIComponent(token)}`);
      all.push(...answer.copies);
      token = answer.nextPageToken;
      if (!token) break;
    }
    return all;
  };

  /** What the provider knows of a season; without one, nothing, and why. */
  const toldOf = async (number) => {
    try {
      return await get(`/v1/titles/${id}/seasons/${number}`);
    } catch (problem) {
      if (problem.name === "AbortError" || problem.status === 401) throw problem;
      return { episodes: [], warnings: UNTOLD.includes(problem.reason) ? [] : [problem.message] };
    }
  };

  const episodes = async (season, place) => {
    fill(place, h("p", { class: "quiet", role: "status" }, "Looking…"));
    try {
      const [told, copies] = await Promise.all([toldOf(season.number), season.there ? copiesOf(season.number) : []]);
      const by = new Map(told.episodes.map((each) => [each.episodeNumber, each]));
      const numbers = [...new Set([...by.keys(), ...copies.map((each) => each.episode)])].sort((a, b) => a - b);
      const rows = numbers.map((number) => episode(number, by.get(number), copies.filter((each) => each.episode === number)));
      fill(place, notes(told), rows.length ? h("ul", { class: "episodes" }, rows) : h("p", { class: "quiet" }, "Nothing more is known of it."));
    } catch (problem) {
      if (problem.name === "AbortError") return;
      if (problem.status === 401) throw problem;
      fill(place, sorry(problem, () => episodes(season, place)));
    }
  };

  const opened = new Set();
  const fold = (season) => {
    const place = h("div");
    const heading = season.name && season.name !== nameOf(season.number) ? `${nameOf(season.number)}: ${season.name}` : nameOf(season.number);
    const look = () => {
      if (!details.open) return opened.delete(season.number);
      opened.add(season.number);
      return episodes(season, place);
    };
    const details = h("details", { class: "card season", open: opened.has(season.number), ontoggle: look }, h("summary", {}, h("b", {}, heading), h("span", { class: "quiet" }, sumOf(season))), place);
    return details;
  };

  const load = async () => (await get(`/v1/shelf/titles/${id}/seasons?pageSize=100`)).seasons;
  const draw = (there) => together(latest().seasons ?? [], there).map(fold);
  return part("Seasons", load, draw, { id: "seasons" });
}
