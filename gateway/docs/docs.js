// Draws the OpenAPI document of this house.

const main = document.getElementById("operations");
const find = document.getElementById("find");

function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

// What a value of the schema looks like, with each reference followed once.
function example(schema, schemas, seen = []) {
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return seen.includes(name) ? "…" : example(schemas[name], schemas, [...seen, name]);
  }
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.type === "array") return [example(schema.items ?? {}, schemas, seen)];
  if (schema.type === "object") {
    const fields = Object.entries(schema.properties ?? {});
    return Object.fromEntries(fields.map(([k, v]) => [k, example(v, schemas, seen)]));
  }
  return schema.format ?? schema.type ?? "any";
}

function shown(title, content, schemas) {
  const schema = Object.values(content ?? {})[0]?.schema;
  if (!schema) return [];
  const text = JSON.stringify(example(schema, schemas), null, 2);
  return [element("p", title), element("pre", text)];
}

function drawn(path, verb, operation, schemas) {
  const needs = operation.security.length
    ? operation["x-permission"] ?? "signed in"
    : "anybody";
  const parameters = operation.parameters.map((each) =>
    element("li", element("code", each.name), ` in ${each.in}: `,
      String(example(each.schema, schemas))));
  const good = operation.responses["200"] ?? {};
  const summary = element("summary", element("b", verb.toUpperCase()),
    element("code", path), element("span", operation.summary),
    element("small", needs));
  const made = element("details", summary, element("ul", ...parameters),
    ...shown("Body", operation.requestBody?.content, schemas),
    ...shown("Answer", good.content, schemas));
  made.dataset.words = `${verb} ${path} ${operation.summary} ${needs}`.toLowerCase();
  return made;
}

const contract = await (await fetch(new URL("../openapi.json", import.meta.url))).json();
const byTag = {};
for (const [path, verbs] of Object.entries(contract.paths)) {
  for (const [verb, operation] of Object.entries(verbs)) {
    const all = (byTag[operation.tags[0]] ??= []);
    all.push(drawn(path, verb, operation, contract.components.schemas));
  }
}
main.replaceChildren(...Object.keys(byTag).sort().map((tag) =>
  element("section", element("h2", tag), ...byTag[tag])));

find.addEventListener("input", () => {
  const wanted = find.value.toLowerCase();
  for (const each of main.querySelectorAll("details")) {
    each.hidden = !each.dataset.words.includes(wanted);
  }
});
