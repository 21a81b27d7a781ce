/**
 * Values in the shape of an older version, and back. Pure. What a value lacks is left alone, so
 * that one which has the wanted shape already stays as it is.
 */
import { invalidField } from "../core/errors.ts";
import type { FieldChange } from "./change.ts";

type Fields = readonly FieldChange[];
type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object as it was before `fields` changed; what is no object stays. */
export function olderValue(value: unknown, fields: Fields): unknown {
  if (!isObject(value)) return value;
  const changes = new Map(fields.map((change) => [change.field, change]));
  const entries = Object.entries(value).map(([name, one]) => {
    const { was = name, values = {} } = changes.get(name) ?? { field: name };
    const older = Object.entries(values).find(([, newer]) => newer === one)?.[0];
    return [was, older ?? one];
  });
  return Object.fromEntries(entries);
}

/** An object of before `fields` changed as it is since, its fields in their order. */
export function newerValue(value: unknown, fields: Fields): unknown {
  if (!isObject(value)) return value;
  const changes = new Map(fields.map((change) => [change.was ?? change.field, change]));
  const entries = Object.entries(value).map(([name, one]) => {
    const { field, values = {} } = changes.get(name) ?? { field: name };
    const newer = typeof one === "string" && Object.hasOwn(values, one) ? values[one] : undefined;
    return [field, newer ?? one];
  });
  return Object.fromEntries(entries);
}

/** Refuses what an older body has under its newer name. Errors: 422 as for an unknown field. */
export function insistOlder(value: unknown, fields: Fields): void {
  for (const { field, was } of fields) {
    if (was === undefined || !isObject(value) || !Object.hasOwn(value, field)) continue;
    throw invalidField(`/${field}`, `is not a field of this request; this version has ${was}`);
  }
}

/** A pointer into a newer body as one into the older body that was sent. */
export function olderPointer(pointer: string, fields: Fields): string {
  const [, name, ...rest] = pointer.split("/");
  const was = fields.find(({ field }) => field === name)?.was;
  return was === undefined ? pointer : ["", was, ...rest].join("/");
}
