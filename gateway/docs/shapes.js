// What the document's schemas look like to a person.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made[key] = value;
  made.append(...children);
  return made;
}

// Paragraphs and lists, with `code` and **strong** in them.
export function prose(text) {
  return (text ?? "").split("\n\n").filter(Boolean).map((paragraph) => {
    const lines = paragraph.split("\n");
    if (!lines.every((line) => line.startsWith("- "))) {
      return element("p", {}, ...spoken(paragraph));
    }
    const items = lines.map((line) => element("li", {}, ...spoken(line.slice(2))));
    return element("ul", {}, ...items);
  });
}

function spoken(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith("`")) return element("code", {}, part.slice(1, -1));
    if (part.startsWith("**")) return element("strong", {}, part.slice(2, -2));
    return part;
  });
}

export class Shapes {
  constructor(contract) {
    this.contract = contract;
  }

  // Follows a reference; what stands beside it stays.
  resolve(value) {
    if (!value?.$ref) return value ?? {};
    const path = value.$ref.slice(2).split("/");
    const found = path.reduce((at, key) => at[key], this.contract);
    return { ...found, ...value };
  }

  // An example of a value that has none of its own.
  example(schema) {
    const found = this.resolve(schema);
    const given = found.example ?? found.examples?.[0];
    if (given !== undefined) return given;
    if (found.enum) return found.enum[Math.min(1, found.enum.length - 1)];
    if (found.format === "uuid") return "0190f6a2-6c1e-7d4b-9a35-2f1c8e7b6d50";
    return { integer: Math.max(1, found.minimum ?? 1), boolean: true }[found.type] ?? "";
  }

  type(schema) {
    const found = this.resolve(schema);
    if (found.type === "array") return `list of ${this.type(found.items)}`;
    if (schema.$ref) return schema.$ref.split("/").pop().split(".").pop();
    const kinds = [found.type ?? "any"].flat();
    const form = found.format ?? found.anyOf?.find((each) => each.format)?.format;
    return [kinds[0] === "string" && form ? form : kinds[0], this.limits(found)]
      .filter(Boolean).join(", ");
  }

  limits(schema) {
    const said = [];
    if (schema.maximum < 2 ** 31 - 1) said.push(`${schema.minimum} to ${schema.maximum}`);
    const { minLength, maxLength } = schema;
    if (maxLength) said.push(`${minLength ? `${minLength} to` : "at most"} ${maxLength} characters`);
    if (schema.maxItems) said.push(`at most ${schema.maxItems}`);
    return said.join(", ");
  }

  // A name with its type and words, as a dt and its dd.
  named(name, schema, { must, words } = {}) {
    const found = this.resolve(schema);
    const term = element("dt", {}, element("code", {}, name), " ",
      element("span", { className: "type" }, this.type(schema)));
    if (must) term.append(" ", element("span", { className: "must" }, "required"));
    const said = words ?? schema.description ?? "";
    const values = found.enum ?? this.resolve(found.items).enum;
    const meaning = values
      ? [element("p", {}, "One of ", ...values.flatMap((each, n) =>
        [n ? ", " : "", element("code", {}, each)]), ".")]
      : [];
    return [term, element("dd", {}, ...prose(said), ...meaning)];
  }

  // The fields of a message, drawn when they are opened: messages can hold themselves.
  fields(title, schema) {
    const found = this.resolve(schema);
    const inner = this.resolve(found.items ?? found);
    if (!inner.properties || !Object.keys(inner.properties).length) return [];
    const made = element("details", { className: "shape" }, element("summary", {}, title));
    made.addEventListener("toggle", () => {
      if (made.children.length > 1) return;
      const list = Object.entries(inner.properties).flatMap(([name, each]) => [
        ...this.named(name, each, { must: inner.required?.includes(name) && inner.additionalProperties === false }),
        ...this.fields(`Fields of ${name}`, each),
      ]);
      made.append(element("div", { className: "fields" }, ...prose(inner.description),
        element("dl", {}, ...list)));
    });
    return [made];
  }
}
