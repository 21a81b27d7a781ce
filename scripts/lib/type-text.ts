/** JSON Schema as TypeScript, as far as our document uses it. */
import { refName, type Schema } from "../../src/dashboard/reference/document.ts";

const PRIMITIVES: Record<string, string> = {
  string: "string",
  integer: "number",
  number: "number",
  boolean: "boolean",
  null: "null",
};

export function typeText(schema: Schema | undefined, indent = ""): string {
  if (!schema) return "unknown";
  if (schema.$ref) return refName(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return [...new Set(choice.map((part) => typeText(part, indent)))].join(" | ");
  if (schema.allOf) return schema.allOf.map((part) => typeText(part, indent)).join(" & ");
  if (Array.isArray(schema.type)) {
    return schema.type.map((type) => typeText({ ...schema, type }, indent)).join(" | ");
  }
  if (schema.type === "array") return `Array<${typeText(schema.items, indent)}>`;
  if (schema.type === "object") return objectText(schema, indent);
  return PRIMITIVES[schema.type ?? ""] ?? "unknown";
}

function objectText(schema: Schema, indent: string): string {
  const inner = `${indent}  `;
  const fields = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const mark = schema.required?.includes(name) ? "" : "?";
    const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
    return `${commentOf(property, inner)}${inner}${key}${mark}: ${typeText(property, inner)};\n`;
  });
  const others = schema.additionalProperties;
  if (fields.length > 0) return `{\n${fields.join("")}${indent}}`;
  return `Record<string, ${typeof others === "object" ? typeText(others, indent) : "unknown"}>`;
}

/** A description as a comment of its own line. */
export function commentOf({ description }: { description?: string }, indent: string): string {
  return description ? `${indent}/** ${description.replaceAll("*/", "* /")} */\n` : "";
}
