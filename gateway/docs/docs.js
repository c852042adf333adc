// Draws the OpenAPI document of this house.

import { Shapes, element, prose } from "./shapes.js";

const find = document.getElementById("find");
const none = document.getElementById("none");
const contract = await (await fetch(new URL("../openapi.json", import.meta.url))).json();
const shapes = new Shapes(contract);

function quoted(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

// What a shell would ask: the path with example values, and what must be there.
function curl(path, verb, operation) {
  const parameters = operation.parameters.map((each) => shapes.resolve(each));
  const filled = parameters.filter((each) => each.in === "path").reduce(
    (text, each) => text.replace(`{${each.name}}`, encodeURIComponent(shapes.example(each.schema))),
    path,
  );
  const query = parameters.filter((each) => each.in === "query" && each.required)
    .map((each) => `${each.name}=${encodeURIComponent(shapes.example(each.schema))}`);
  const base = contract.servers[0].url.replace(/\/$/, "");
  const url = location.origin + base + filled + (query.length ? `?${query.join("&")}` : "");
  const words = [`curl ${verb === "GET" ? "" : `-X ${verb} `}${quoted(url)}`];
  if (operation.security.length) words.push('-H "Authorization: Bearer $TOKEN"');
  const body = operation.requestBody?.content["application/json"]?.example;
  if (body !== undefined) {
    words.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`);
  }
  return words.join(" \\\n  ");
}

function block(title, ...children) {
  return children.length ? [element("h3", {}, title), ...children] : [];
}

function listed(parameters) {
  const items = parameters.flatMap((each) => shapes.named(
    `${each.name}${each.in === "query" ? "" : ` (${each.in})`}`,
    each.schema, { must: each.required, words: each.description },
  ));
  return items.length ? [element("dl", {}, ...items)] : [];
}

function answered(status, response) {
  const [type, content] = Object.entries(response.content ?? {})[0] ?? [];
  const line = element("p", {}, element("code", {}, status), " ", ...prose(response.description)
    .flatMap((each) => [...each.childNodes]));
  if (!type) return [line];
  const given = content.example ?? content.schema?.examples?.[0];
  const text = typeof given === "string" ? given : JSON.stringify(given, null, 2);
  const shown = given === undefined ? [] : [element("pre", { tabIndex: 0 }, text)];
  return [line, ...shown, ...shapes.fields("Fields of the answer", content.schema)];
}

function failed(responses) {
  const rows = responses.flatMap(([status, response]) => [
    element("code", {}, status),
    element("div", {}, ...prose(shapes.resolve(response).description)),
  ]);
  return rows.length ? [element("div", { className: "errors" }, ...rows)] : [];
}

// What an operation has of its own, and behind a fold what it shares with others.
function failures(responses) {
  const shared = responses.filter(([, response]) => response.$ref);
  const own = responses.filter(([, response]) => !response.$ref);
  if (!shared.length) return failed(own);
  const codes = shared.map(([status]) => status).join(", ");
  const fold = element("details", { className: "shape" },
    element("summary", {}, `Like others: ${codes}`), ...failed(shared));
  return [...failed(own), fold];
}

function inside(path, verb, operation) {
  const parameters = operation.parameters.map((each) => shapes.resolve(each));
  const body = operation.requestBody?.content["application/json"];
  const responses = Object.entries(operation.responses);
  const good = responses.filter(([status]) => status < 400);
  const bad = responses.filter(([status]) => status >= 400);
  return element("div", { className: "inside" },
    ...prose(operation.description),
    ...block("Parameters", ...listed(parameters)),
    ...block("Asked", element("pre", { tabIndex: 0 }, curl(path, verb, operation))),
    ...(body ? shapes.fields("Fields of the body", body.schema) : []),
    ...block("Answered", ...good.flatMap(([status, each]) => answered(status, shapes.resolve(each)))),
    ...block("Errors", ...failures(bad)),
    element("p", { className: "quiet" }, operation.operationId,
      operation["x-rate"] ? ` · counted as ${operation["x-rate"]}` : ""),
  );
}

function drawn(path, verb, operation) {
  const needs = operation.security.length ? operation["x-permission"] ?? "signed in" : "anybody";
  const summary = element("summary", {},
    element("span", { className: `verb ${verb.toLowerCase()}` }, verb),
    element("code", {}, path),
    element("span", { className: "about" }, operation.summary, " ",
      element("span", { className: "needs" }, needs)));
  const made = element("details", { className: "operation", id: operation.operationId }, summary);
  made.dataset.words = [verb, path, operation.summary, operation.description, needs,
    operation.operationId, operation.tags[0]].join(" ").toLowerCase();
  made.addEventListener("toggle", () => {
    if (made.children.length === 1) made.append(inside(path, verb, operation));
  });
  return made;
}

function section(tag) {
  const operations = Object.entries(contract.paths).flatMap(([path, verbs]) => {
    const { "x-operations": others = {}, ...usual } = verbs;
    return Object.entries({ ...usual, ...others })
      .filter(([, operation]) => operation.tags[0] === tag.name)
      .map(([verb, operation]) => drawn(path, verb.toUpperCase(), operation));
  });
  return element("section", {}, element("h2", {}, tag.name),
    ...prose(tag.description), ...operations);
}

function narrow() {
  const wanted = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const group of document.querySelectorAll("#operations section")) {
    let here = 0;
    for (const each of group.querySelectorAll("details.operation")) {
      each.hidden = !wanted.every((word) => each.dataset.words.includes(word));
      here += !each.hidden;
    }
    group.hidden = !here;
    shown += here;
  }
  none.hidden = shown > 0;
  document.getElementById("about").hidden = wanted.length > 0;
}

function follow() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named?.matches("details.operation")) {
    named.open = true;
    named.scrollIntoView();
  }
}

document.getElementById("about").append(...prose(contract.info.description));
document.getElementById("operations").replaceChildren(...contract.tags.map(section));
find.addEventListener("input", narrow);
narrow();
window.addEventListener("hashchange", follow);
follow();
