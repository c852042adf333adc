/** The top of a title's page: poster, facts, and whether it can be watched. */
import { h } from "../../dom.js";
import { notes } from "../../parts.js";
import { backdrop, poster } from "../../poster.js";
import { KINDS, day, facts, minutes, number } from "../../words.js";
import { presence } from "../asking.js";

// A link, which nothing follows by itself. Its key is the provider's: letters and digits.
const SITES = { YouTube: "https://www.youtube.com/watch?v=" };
const FIRST = ["Trailer", "Teaser"];
const MOST_VIDEOS = 3;
const JOBS = ["Creator", "Director", "Writer", "Screenplay"];

function videos(told) {
  const known = told.filter((each) => SITES[each.site]);
  known.sort((a, b) => FIRST.includes(b.type) - FIRST.includes(a.type));
  return known.slice(0, MOST_VIDEOS).map((each) =>
    h("a", { class: "button small", href: SITES[each.site] + encodeURIComponent(each.key), target: "_blank", rel: "noopener noreferrer" }, `${each.name} (${each.site})`),
  );
}

function makers(crew) {
  const found = crew.filter((each) => JOBS.includes(each.job));
  const names = new Map();
  for (const each of found) names.set(each.name, [...new Set([...(names.get(each.name) ?? []), each.job])]);
  return [...names].slice(0, 4).map(([name, jobs]) => `${jobs.join(", ")}: ${name}`);
}

function row(label, told) {
  return told ? [h("dt", {}, label), h("dd", {}, told)] : [];
}

/** `whole` is all that is told of the title, or the catalogue's part of it. */
export function head(whole, portal, changed, besides = []) {
  const { title } = whole;
  const runtime = minutes(whole.runtimeMinutes || title.runtimeMinutes);
  const rating = title.voteAverage ? `★ ${number(title.voteAverage)}` : null;
  const other = title.originalName && title.originalName !== title.name ? title.originalName : null;
  return h(
    "div",
    { class: "title-head" },
    backdrop(title.name, whole.backdrop),
    poster(title, { sizes: "(min-width: 720px) 240px, 40vw", alt: `Poster of ${title.name}`, eager: true }),
    h(
      "div",
      {},
      h("h1", {}, title.name),
      other ? h("p", { class: "quiet" }, other) : null,
      h("p", { class: "quiet" }, facts(KINDS[title.kind], title.year || null, runtime, whole.certification, rating)),
      h("p", { class: "quiet" }, (title.genres ?? []).join(", ")),
      h("div", { class: "buttons", id: "presence" }, presence(title, portal, changed, { whole: true })),
      h("div", { class: "buttons" }, besides),
    ),
    h(
      "div",
      { class: "more-of-it" },
      notes(whole),
      whole.tagline ? h("p", { class: "tagline" }, whole.tagline) : null,
      h("p", { class: "overview" }, whole.overview || title.overview || (whole.isWhole ? "Nothing more is known of it." : "")),
      h("div", { class: "buttons" }, videos(whole.videos ?? [])),
      h(
        "dl",
        { class: "facts" },
        row("Made by", makers(whole.crew ?? []).join(" · ")),
        row(title.kind === "SERIES" ? "First shown" : "Released", day(whole.releasedOn)),
        row("Status", whole.status),
        row("Network", (whole.networks ?? []).join(", ")),
        row("Studio", (whole.studios ?? []).slice(0, 3).join(", ")),
        row("Streams on", (whole.streamingServices ?? []).join(", ")),
      ),
    ),
  );
}
