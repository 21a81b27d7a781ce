/** JSON Schema as the short text people read: TypeScript's notation, with notes behind it. Pure. */
/** What is used of JSON Schema 2020-12 in our document. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  format?: string;
  description?: string;
  example?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
};

/** `{ name: string; mode?: "live" | "test" }` over several lines. */
export function schemaText(schema: Schema, indent = ""): string {
  if (schema.$ref) return refName(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return choice.map((part) => schemaText(part, indent)).join(" | ");
  if (schema.allOf) return schema.allOf.map((part) => schemaText(part, indent)).join(" & ");
  if (Array.isArray(schema.type)) {
    return schema.type.map((type) => schemaText({ ...schema, type }, indent)).join(" | ");
  }
  if (schema.type === "array") return `Array<${schemaText(schema.items ?? {}, indent)}>`;
  if (schema.type === "object") return objectText(schema, indent);
  return schema.type ?? "any";
}

function objectText(schema: Schema, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const mark = schema.required?.includes(name) ? "" : "?";
    const note = notesOf(property);
    return `${inner}${name}${mark}: ${schemaText(property, inner)}${note ? `  // ${note}` : ""}`;
  });
  const others = schema.additionalProperties;
  if (typeof others === "object") lines.push(`${inner}[name]: ${schemaText(others, inner)}`);
  return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n${indent}}`;
}

/** Format, limits and description of a field on one line. */
export function notesOf(schema: Schema): string {
  const { format, minimum, maximum, minLength, maxLength, maxItems } = schema;
  return [
    format,
    minimum === undefined ? undefined : `≥ ${minimum}`,
    maximum === undefined ? undefined : `≤ ${maximum}`,
    minLength !== undefined && minLength > 1 ? `at least ${minLength} characters` : undefined,
    maxLength === undefined ? undefined : `at most ${maxLength} characters`,
    maxItems === undefined ? undefined : `at most ${maxItems} items`,
    schema.description,
    schema.example === undefined ? undefined : `such as ${JSON.stringify(schema.example)}`,
  ]
    .filter((note) => note !== undefined)
    .join(", ");
}

/** `Tenant` of `#/components/schemas/Tenant`. */
export function refName(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}
