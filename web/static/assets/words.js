/** How numbers and the API's own words are said to people. */

export const KINDS = { MOVIE: "Film", SERIES: "Series" };
export const SERVERS = { PLEX: "Plex", JELLYFIN: "Jellyfin", EMBY: "Emby" };
export const RESOLUTIONS = { SD: "SD", HD: "720p", FULL_HD: "1080p", UHD: "4K" };

const NUMBER = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB"];

export const number = (value) => NUMBER.format(value);

/** "1 copy", "3 copies". */
export function count(value, one, many = `${one}s`) {
  return `${number(value)} ${value === 1 ? one : many}`;
}

export function size(bytes) {
  if (!bytes) return "";
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  return `${number(bytes / 1000 ** power)} ${UNITS[power]}`;
}

export function minutes(value) {
  if (!value) return "";
  const hours = Math.floor(value / 60);
  return hours ? `${hours} h ${value % 60} min` : `${value} min`;
}

/** A day such as 1999-03-31, as the reader writes it. */
export function day(text) {
  if (!text) return "";
  const [year, month, date] = text.split("-").map(Number);
  return new Date(year, month - 1, date).toLocaleDateString(undefined, { year: "numeric", month: "short", day: "numeric" });
}

const LANGUAGES = new Intl.DisplayNames(undefined, { type: "language", fallback: "code" });

/** A language by its code, or what was said instead of one. */
export function language(code) {
  try {
    return LANGUAGES.of(code);
  } catch {
    return code;
  }
}

/** Those that there are, with dots between them. */
export const facts = (...told) => told.flat().filter(Boolean).join(" · ");

const list = (numbers) => numbers.join(", ");

/** "Season 2", "Seasons 1, 2", with the specials by their name. */
export function seasonsSaid(numbers) {
  const plain = numbers.filter((each) => each > 0);
  const said = plain.length ? `${plain.length === 1 ? "Season" : "Seasons"} ${list(plain)}` : "";
  return facts(said, numbers.includes(0) ? "Specials" : "");
}

/** "S1 E2, E3 · S2 E1". */
export function episodesSaid(episodes) {
  const by = new Map();
  for (const { season, episode } of episodes) by.set(season, [...(by.get(season) ?? []), `E${episode}`]);
  return facts([...by].map(([season, numbers]) => `S${season} ${list(numbers)}`));
}
