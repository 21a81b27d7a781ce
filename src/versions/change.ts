/** How shapes changed from one version of the API to the next. Pure: types, and their meaning. */
import type { ApiVersion } from "../core/api-version.ts";
import type { EventType } from "../core/event-type.ts";

/** A field that is called otherwise since, or whose values are. Without `was` the name stayed. */
export type FieldChange = {
  field: string;
  was?: string;
  /** Values that are written otherwise since: the older one to the newer one. */
  values?: Readonly<Record<string, string>>;
};

/** An object whose shape changed, by its name in the API's document. */
export type ShapeChange = { schema: string; fields: readonly FieldChange[] };

/** Where in an answer the object stands: it is the answer, or each entry of its list. */
export type Place = "answer" | "entries";

/** What an operation takes or answers in another shape since, as "POST /api/things/{id}". */
export type OperationChange = {
  operation: string;
  /** The shape of its body. */
  asks?: ShapeChange;
  answers?: { place: Place; shape: ShapeChange };
};

/** One thing that is better since, with everything that it changed. */
export type Change = {
  /** For the changelog: what it was, what it is, and why. */
  about: string;
  operations: readonly OperationChange[];
  /** The data of events, as webhooks and GET /api/webhooks/events show it. */
  events: Partial<Record<EventType, readonly FieldChange[]>>;
};

/** What a version changed of the one before it. */
export type Release = { version: ApiVersion; changes: readonly Change[] };
