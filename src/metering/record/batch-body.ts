/** A batch of usage events as a body: a JSON array, or one JSON object a line. Pure. */
import { invalidField, Problem } from "../../core/errors.ts";
import { parseBody } from "../../platform/http/http.ts";
import type { Raw } from "./record.ts";

export const MAX_BATCH_ITEMS = 5_000;
export const MAX_BATCH_BYTES = 2_000_000;

const LINES = /^application\/(?:(?:x-)?(?:ndjson|jsonl)|jsonlines)$/;

/** A batch's content type, in small letters and without parameters. Errors: 415 for another. */
export function batchTypeOf(header: string | undefined): string {
  const type = (header ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "" || type === "application/json" || LINES.test(type)) return type;
  const detail = "send application/json or application/x-ndjson";
  throw new Problem("request.unsupported_media_type", detail);
}

/** True for a batch of one JSON object a line. */
export function isLines(type: string): boolean {
  return LINES.test(type);
}

/** The items of a batch of a type. Errors: 400, 413, 422. */
export function itemsOfBatch(type: string, text: string): Raw[] {
  if (isLines(type)) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    return withinLimit(lines).map(readLine);
  }
  const body = parseBody(text);
  if (!Array.isArray(body)) throw invalidField("", "the body is an array of events");
  return withinLimit(body).map((value) => ({ value }));
}

function withinLimit<T>(items: T[]): T[] {
  if (items.length <= MAX_BATCH_ITEMS) return items;
  const detail = `a batch has at most ${MAX_BATCH_ITEMS} events, this one has ${items.length}`;
  throw new Problem("request.too_large", detail);
}

function readLine(line: string): Raw {
  try {
    return { value: parseBody(line) };
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : "not JSON" };
  }
}
