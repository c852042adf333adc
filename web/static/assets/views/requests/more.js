/** Below a request: what of it is there already, and what became of it so far. */
import { fill, h, since, sorry } from "../../dom.js";
import { count, facts } from "../../words.js";
import { nameOf } from "../title/seasons.js";
import { comments } from "../comments.js";
import { STATES } from "../titles.js";

const MOST_PAGES = 5;

const wordOf = (name) => STATES[name]?.[0] ?? name;

function said(step) {
  if (step.fromState === "STATE_ANY") return step.toState === "PENDING" ? "Asked for" : `Asked for: ${wordOf(step.toState).toLowerCase()}`;
  if (step.fromState === step.toState) return "Changed";
  if (step.toState === "PENDING") return "Opened again";
  return wordOf(step.toState);
}

const stepOf = (step) =>
  h("li", {}, facts(said(step), step.byName), step.reason ? h("q", {}, step.reason) : null, h("span", {}, facts(since(step.at), step.ruleIds?.length ? "by a rule of the house" : null)));

function thereOf(season, request) {
  const wanted = request.episodes.filter((each) => each.season === season.season).length;
  const word = season.available ? "there" : wanted ? "not all of it is there" : "nothing is there yet";
  return h("li", {}, facts(nameOf(season.season), season.episodes ? `${count(season.episodes, "episode")} on the shelf` : null, season.episodes ? null : word));
}

async function stepsOf(request, portal) {
  const steps = [];
  let token = "";
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await portal.api.get(`/v1/requests/${request.id}/history?pageSize=100&pageToken=${encodeURIComponent(token)}`);
    steps.push(...answer.steps);
    token = answer.nextPageToken;
    if (!token) break;
  }
  return steps;
}

export function more(request, portal) {
  const place = h("div");
  const show = async () => {
    if (!details.open) return;
    fill(place, h("p", { class: "quiet", role: "status" }, "Looking…"));
    try {
      const isSeries = request.title?.kind === "SERIES";
      const [whole, steps] = await Promise.all([isSeries ? portal.api.get(`/v1/requests/${request.id}`) : request, stepsOf(request, portal)]);
      const there = (whole.seasonsThere ?? []).map((each) => thereOf(each, whole));
      fill(place, there.length ? h("ul", { class: "steps", "aria-label": "What is there" }, there) : null, h("ol", { class: "steps", "aria-label": "What became of it" }, steps.map(stepOf)), talk());
    } catch (problem) {
      if (problem.status === 401) throw problem;
      fill(place, sorry(problem, show));
    }
  };
  const talk = () => [h("h3", {}, "Comments"), comments(`/v1/requests/${request.id}/comments`, `the request for ${name}`, portal, { manages: portal.may("MANAGE_REQUESTS") }).place];
  const { name } = request.title ?? { name: request.words };
  const details = h("details", { class: "more", ontoggle: show }, h("summary", { "aria-label": `More of the request for ${name}` }, "More"), place);
  return details;
}
