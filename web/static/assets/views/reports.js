/** What is wrong with titles: one's own reports, and for those who mend, everybody's. */
import { BASE } from "../base.js";
import { later } from "../bursts.js";
import { confirmed } from "../dialogs.js";
import { fill, h, since, state } from "../dom.js";
import { choice } from "../forms.js";
import { REQUESTS, pagesOf } from "../pages.js";
import { pager } from "../pager.js";
import { pressing } from "../pressing.js";
import { episodesSaid, facts, seasonsSaid } from "../words.js";
import { comments } from "./comments.js";
import { TROUBLES } from "./report.js";
import { titleCard, who } from "./titles.js";

const STATES = { OPEN: ["Open", "wait"], RESOLVED: ["Mended", "good"] };

const spotOf = (report) => {
  const { season, episode } = report;
  if (season === undefined || season === null) return "";
  return episode ? episodesSaid([{ season, episode }]) : seasonsSaid([season]);
};

export function reportCard(report, portal, changed) {
  const { title } = report;
  const manages = portal.may("MANAGE_ISSUES");
  const isMine = report.reportedBy === portal.session.user.id;
  const [word, mood] = STATES[report.state] ?? [report.state, ""];
  const turn = (verb) => async () => {
    await portal.api.post(`/v1/reports/${report.id}:${verb}`, { ifVersion: report.version });
    await changed();
  };
  const remove = async () => {
    if (!(await confirmed({ title: `Remove the report on ${title.name}?`, text: "It is forgotten, with what was said of it.", yes: "Remove it" }))) return;
    await portal.api.remove(`/v1/reports/${report.id}?ifVersion=${report.version}`);
    await changed();
  };
  // Once others have spoken, it is theirs too.
  const mayRemove = manages || (isMine && !report.commentCount);
  const by = facts(isMine ? "You" : report.reportedByName || "Somebody who is gone", since(report.createdAt));
  const may = manages || isMine;
  const foot = [
    state(word, mood),
    may && report.state === "OPEN" ? pressing("It is mended", turn("resolve"), { label: `${title.name} is mended`, mood: "primary" }) : null,
    may && report.state === "RESOLVED" ? pressing("It is wrong still", turn("reopen"), { label: `${title.name} is wrong still` }) : null,
    mayRemove ? pressing("Remove", remove, { label: `Remove the report on ${title.name}`, mood: "bad" }) : null,
  ];
  const card = titleCard(title, who(report.reportedBy, report.reportedByName, by), ...foot.filter(Boolean));
  card.classList.add("request");
  card.dataset.report = report.id;
  card.querySelector(".foot").before(
    h("p", { class: "wanted" }, [TROUBLES[report.kind], spotOf(report)].filter(Boolean).map((each) => h("span", { class: "tag" }, each))),
    h("p", { class: "words" }, report.text),
  );
  const place = h("div");
  const summary = h("summary", { "aria-label": `Comments on the report on ${title.name}` });
  let count = report.commentCount;
  const said = (more) => {
    count += more;
    summary.textContent = `Comments (${count})`;
  };
  said(0);
  const show = () => {
    if (details.open && !place.childElementCount) fill(place, comments(`/v1/reports/${report.id}/comments`, `the report on ${title.name}`, portal, { manages, changed: said }).place);
  };
  const details = h("details", { class: "more", ontoggle: show }, summary, place);
  card.append(details);
  return card;
}

export function reports(view, portal) {
  const list = h("ul", { class: "cards two", id: "reports" });
  const sees = portal.may("VIEW_ISSUES") || portal.may("MANAGE_ISSUES");
  const given = new URLSearchParams(location.search).get("state") ?? "OPEN";
  const states = choice("state", "State", [["OPEN", "Open"], ["RESOLVED", "Mended"], ["", "All"]], { value: given === "ALL" ? "" : given });
  const chosen = () => states.querySelector("select").value;
  states.addEventListener("change", () => {
    history.replaceState(null, "", `${BASE}/reports?state=${chosen() || "ALL"}`);
    pages.restart();
  });
  const load = async (token, signal) => {
    const page = await portal.api.get(`/v1/reports?pageSize=20&state=${chosen() || "STATE_ANY"}&pageToken=${encodeURIComponent(token)}`, signal);
    return { rows: page.reports, next: page.nextPageToken };
  };
  const draw = (report) => reportCard(report, portal, refresh);
  const pages = pager({ list, load, draw, empty: () => (chosen() === "OPEN" ? "Nothing is wrong, as far as anybody says." : "No report is like that.") });
  const tellCounts = async () => {
    const counts = await portal.api.get("/v1/reports:count");
    const of = { OPEN: counts.open, RESOLVED: counts.resolved, "": counts.total };
    for (const each of states.querySelectorAll("option")) each.textContent = `${each.textContent.split(" (")[0]} (${of[each.value]})`;
  };
  const refresh = () => Promise.allSettled([pages.restart(), tellCounts()]);
  const soon = later(() => !list.querySelector("details[open]") && refresh(), 300);
  fill(view, h("h1", {}, sees ? "Reports" : "Your reports"), pagesOf("Pages of requests", REQUESTS, "/reports"), states, list, pages.foot);
  refresh();
  return {
    refresh,
    heard: (event) => event.type.startsWith("report.") && soon(),
    close() {
      soon.stop();
      pages.close();
    },
  };
}
