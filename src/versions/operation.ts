/** Bodies and answers of the operations that changed, between a version and the newest. Pure. */
import { type ApiVersion, VERSION_NAMES } from "../core/api-version.ts";
import type { FieldChange, OperationChange } from "./change.ts";
import { eventData } from "./event.ts";
import { changesSince, RELEASES } from "./registry.ts";
import { insistOlder, newerValue, olderPointer, olderValue } from "./shape.ts";

/** It answers events, each in the shape of its type. */
const LISTS_EVENTS = "GET /api/webhooks/events";

/** All that some version takes or answers otherwise, by method and path. */
export function changedOperations(): string[] {
  const named = RELEASES.flatMap(({ changes }) =>
    changes.flatMap(({ operations, events }) => [
      ...operations.map(({ operation }) => operation),
      ...(Object.keys(events).length > 0 ? [LISTS_EVENTS] : []),
    ]),
  );
  return [...new Set(named)];
}

/** How an operation is asked and answered in a version that has another shape of it. */
export type Older = {
  /** Whether its body changed. */
  asks: boolean;
  /** The body as the newest version takes it. Errors: 422 for a field that came later. */
  newerBody: (body: unknown) => unknown;
  /** An answer of the newest version. */
  olderAnswer: (answer: unknown) => unknown;
  /** Where in the older body it was that a problem points to. */
  olderPointer: (pointer: string) => string;
};

/** For each version in which an operation has another shape than in the newest: how it is there. */
export function olderShapes(operation: string): ReadonlyMap<ApiVersion, Older> {
  const shapes = VERSION_NAMES.flatMap((version): [ApiVersion, Older][] => {
    const older = operation === LISTS_EVENTS ? eventsIn(version) : shapesIn(version, operation);
    return older ? [[version, older]] : [];
  });
  return new Map(shapes);
}

function shapesIn(version: ApiVersion, operation: string): Older | null {
  const since = changesSince(version)
    .flatMap(({ operations }) => operations)
    .filter((change) => change.operation === operation);
  if (since.length === 0) return null;
  const asked = since.flatMap(({ asks }) => (asks ? [asks.fields] : []));
  return {
    asks: asked.length > 0,
    newerBody: (body) => asked.reduce<unknown>(taken, body),
    olderAnswer: (answer) => since.reduceRight<unknown>(answered, answer),
    olderPointer: (pointer) => asked.reduceRight(olderPointer, pointer),
  };
}

function taken(body: unknown, fields: readonly FieldChange[]): unknown {
  insistOlder(body, fields);
  return newerValue(body, fields);
}

type Entries = { data?: unknown };

function answered(answer: unknown, { answers }: OperationChange): unknown {
  if (!answers) return answer;
  const { place, shape } = answers;
  if (place === "answer") return olderValue(answer, shape.fields);
  return withEntries(answer, (entry) => olderValue(entry, shape.fields));
}

function withEntries(answer: unknown, change: (entry: unknown) => unknown): unknown {
  const { data } = (answer ?? {}) as Entries;
  return Array.isArray(data) ? { ...(answer as Entries), data: data.map(change) } : answer;
}

function eventsIn(version: ApiVersion): Older | null {
  if (!changesSince(version).some(({ events }) => Object.keys(events).length > 0)) return null;
  return {
    asks: false,
    newerBody: (body) => body,
    olderAnswer: (answer) =>
      withEntries(answer, (entry) => {
        const event = entry as { type: string; data: unknown };
        return { ...event, data: eventData(event.type, event.data, version) };
      }),
    olderPointer: (pointer) => pointer,
  };
}
