/** Whether an answer is one that the OpenAPI document names. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { closed, type Operation, type Schema } from "../../support/document.ts";

export type Answer = { status: number; type: string; requestId: string | null; bytes: Uint8Array };

/** What the document says of nothing in an answer: no field, no status, no type. */
export class AnswerCheck {
  #ajv = new Ajv2020({ strict: false, allErrors: true });
  #checks = new Map<Schema, ValidateFunction>();

  constructor() {
    formats.default(this.#ajv);
  }

  /** What is wrong with an answer, or null. */
  wrong(operation: Operation, { status, type, requestId, bytes }: Answer): string | null {
    if (status >= 500) return "failed";
    if (!requestId) return "has no X-Request-Id";
    const documented = operation.responses[status];
    if (!documented) return "has an undocumented status";
    if (!documented.content) return bytes.length > 0 ? "has an undocumented body" : null;
    if (status >= 400 && type !== "application/problem+json") return `is no problem, but ${type}`;
    const schema = documented.content[type]?.schema;
    if (!schema) return `has the undocumented type ${type}`;
    if (!type.endsWith("json")) return null;
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return type === "application/x-ndjson" ? wrongLines(text) : this.#wrongJson(schema, text);
  }

  #wrongJson(schema: Schema, text: string): string | null {
    let check = this.#checks.get(schema);
    if (!check) {
      check = this.#ajv.compile(closed(schema));
      this.#checks.set(schema, check);
    }
    return check(JSON.parse(text)) ? null : this.#ajv.errorsText(check.errors);
  }
}

/** A line a value, each with its line end. */
function wrongLines(text: string): string | null {
  if (text !== "" && !text.endsWith("\n")) return "ends within a line";
  for (const line of text.split("\n").slice(0, -1)) JSON.parse(line);
  return null;
}
