/**
 * An example of what a schema describes: what it says itself, else a value by the field's name, so
 * that all examples tell of the same customer and the same invoice, else one of its type. Pure.
 */
import { refName, type Schema, type Schemas } from "./document.ts";
import { namedExamples, SERIAL } from "./named-example.ts";

const MAX_DEPTH = 7;

type At = {
  schemas: Schemas;
  named: Readonly<Record<string, unknown>>;
  /** The field's own name, and the name of the schema that it stands in. */
  name: string;
  within: string;
  /** The field that holds the object of this one. */
  parent: string;
  depth: number;
  /** Names of schemas on the way, which are not entered twice. */
  seen: readonly string[];
};

/** Gives examples; `name` is the field or parameter, `within` what it stands in. */
export type Examples = (schema: Schema, name?: string, within?: string) => unknown;

/** Examples for schemas that refer to `schemas`. */
export function examplesFor(schemas: Schemas): Examples {
  const named = namedExamples();
  return (schema, name = "", within = "") =>
    exampleOf(schema, { schemas, named, name, within, parent: "", depth: 0, seen: [] });
}

function exampleOf(schema: Schema, at: At): unknown {
  if (schema.$ref) return exampleOfRef(refName(schema.$ref), at);
  if (schema.allOf) return exampleOf(merged(schema.allOf, at), at);
  const named = namedFor(at);
  if (named !== undefined && fits(named, schema)) return named;
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum.includes(named) ? named : schema.enum[0];
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return exampleOf(choice.find((one) => one.type !== "null") ?? {}, at);
  return exampleOfType(schema, at);
}

function namedFor({ named, within, parent, name }: At): unknown {
  const keys = [`${parent}.${name}`, `${within}.${name}`, name];
  const key = keys.find((one) => Object.hasOwn(named, one));
  return key === undefined ? undefined : named[key];
}

function exampleOfRef(name: string, at: At): unknown {
  const schema = at.schemas[name];
  if (!schema || at.seen.includes(name)) return {};
  return exampleOf(schema, { ...at, within: name, seen: [...at.seen, name] });
}

function merged(parts: readonly Schema[], at: At): Schema {
  const whole = parts.map((part) => (part.$ref ? (at.schemas[refName(part.$ref)] ?? {}) : part));
  return {
    type: "object",
    properties: Object.assign({}, ...whole.map(({ properties }) => properties ?? {})),
    required: whole.flatMap(({ required }) => required ?? []),
  };
}

function exampleOfType(schema: Schema, at: At): unknown {
  const types = [schema.type ?? []].flat();
  if (types.includes("null") && at.depth > 0) return null;
  const type = types.find((one) => one !== "null") ?? (schema.properties ? "object" : "");
  if (type === "object") return objectOf(schema, at);
  if (type === "array") {
    if (at.depth >= MAX_DEPTH || !schema.items) return [];
    return [exampleOf(schema.items, { ...at, depth: at.depth + 1 })];
  }
  if (type === "boolean") return false;
  if (type === "integer" || type === "number") return Math.max(schema.minimum ?? 1, 1);
  if (type === "string") return stringOf(schema, at);
  return {};
}

/** Its required fields. */
function objectOf(schema: Schema, at: At): unknown {
  if (at.depth >= MAX_DEPTH) return {};
  const fields = Object.entries(schema.properties ?? {})
    .filter(([name]) => schema.required?.includes(name))
    .map(([name, field]): [string, unknown] => [
      name,
      exampleOf(field, { ...at, name, parent: at.name, depth: at.depth + 1 }),
    ]);
  return Object.fromEntries(fields);
}

function stringOf({ format }: Schema, { name }: At): string {
  if (format === "date-time" || /_at$|^at$/.test(name)) return "2026-12-01T09:30:00.000Z";
  if (format === "date" || /_on$|_date$|^date$/.test(name)) return "2026-12-01";
  if (format === "uri" || /url$/.test(name)) return "https://shop.example.com";
  if (format === "email") return "ap@northwind.example";
  if (name.endsWith("_id")) return `${name.slice(0, 3)}_${SERIAL}`;
  return name === "" ? "text" : name.replaceAll("_", " ");
}

function fits(value: unknown, schema: Schema): boolean {
  const types = [schema.type ?? []].flat();
  if (schema.enum) return schema.enum.includes(value);
  if (schema.const !== undefined) return schema.const === value;
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return choice.some((one) => !one.$ref && fits(value, one));
  if (Array.isArray(value)) return types.includes("array");
  if (value === null) return types.includes("null");
  if (typeof value === "number") {
    const whole = Number.isInteger(value) && types.includes("integer");
    return whole || types.includes("number");
  }
  return types.includes(typeof value);
}
