/** What is announced, in the shape of a version. Pure. */
import { type ApiVersion, FIRST_VERSION } from "../core/api-version.ts";
import type { FieldChange } from "./change.ts";
import { changesSince } from "./registry.ts";
import { newerValue, olderValue } from "./shape.ts";

function fieldsSince(version: ApiVersion, type: string): (readonly FieldChange[])[] {
  return changesSince(version).flatMap(({ events }) => {
    const fields = events[type as keyof typeof events];
    return fields ? [fields] : [];
  });
}

/** The data of an event as a version shows it; `data` may have been written by any version. */
export function eventData(type: string, data: unknown, version: ApiVersion): unknown {
  const newest = fieldsSince(FIRST_VERSION, type).reduce<unknown>(newerValue, data);
  return fieldsSince(version, type).reduceRight<unknown>(olderValue, newest);
}
