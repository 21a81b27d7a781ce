/** /api/usage/events: events listed, exported and read; `billing/correction` takes them back. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { quantityText } from "../../core/quantity.ts";
import { timeText } from "../../core/time.ts";
import { type ExportColumn, exportReply, sendPieces } from "../../platform/http/export.ts";
import { decodeCursor, encodeCursor, pageLimit } from "../../platform/http/http.ts";
import {
  countsReply,
  createApi,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { DEFAULT_SOURCE, type Event, eventOf } from "../event/line.ts";
import { insistLive } from "../ledger/archived.ts";
import { drained } from "../meter/meter.ts";
import {
  countEvents,
  eventBody,
  type FoundEvents,
  findEvent,
  isVoided,
  listEvents,
  readEventPiece,
  type SeqPlace,
} from "./event.ts";
import { eventFilterOf } from "./event-filter.ts";
import * as schema from "./event-schema.ts";
import { readsAll, userOf } from "./reader.ts";

const app = createApi<AppEnv>();

app.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/events",
    operationId: "listUsageEvents",
    summary: "List events, newest first",
    tags: ["Usage"],
    security,
    request: { query: schema.eventQuery },
    responses: { 200: jsonReply(schema.eventPage, "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "theirs");
    const query = c.req.valid("query");
    const ascending = query.sort === "recorded";
    const first = ascending ? { afterSeq: 0 } : { beforeSeq: Number.MAX_SAFE_INTEGER };
    const place = query.cursor ? placeIn(query.cursor) : first;
    const limit = pageLimit(query.limit);
    const found = await listEvents(c.env, actor.tenantId, eventFilterOf(actor, query), {
      ...place,
      limit,
    });
    const data = found.lines.map((line) => eventBody(line, found.voided.has(line.seq)));
    const { older, newer } = cursorsAround(place, query.cursor !== undefined, found);
    if (ascending) data.reverse();
    return c.json(
      {
        data,
        next_cursor: ascending ? newer : older,
        previous_cursor: ascending ? older : newer,
        archived_months: found.archived,
      },
      200,
    );
  },
);

const BACK = "<";

/** The place in a cursor: a sequence to read older events from, or with a mark newer ones. */
function placeIn(cursor: string): SeqPlace {
  const [seq, mark] = partsOf(cursor);
  if (!Number.isSafeInteger(seq) || (mark !== undefined && mark !== BACK)) {
    throw new Problem("request.cursor_invalid", "cursor must be one that this list answered");
  }
  return mark === BACK ? { afterSeq: Number(seq) } : { beforeSeq: Number(seq) };
}

function partsOf(cursor: string): (string | number)[] {
  try {
    return decodeCursor(cursor, 1);
  } catch {
    return decodeCursor(cursor, 2);
  }
}

/** To the events on both sides of a page: its other end is where it was asked for. */
function cursorsAround(place: SeqPlace, paged: boolean, { next }: FoundEvents) {
  const back = "afterSeq" in place;
  const older = back ? (paged ? place.afterSeq + 1 : null) : next;
  const newer = back ? next : paged ? place.beforeSeq - 1 : null;
  return {
    older: older === null ? null : encodeCursor([older]),
    newer: newer === null ? null : encodeCursor([newer, BACK]),
  };
}

type Row = { seq: number; event: Event; voided: boolean };
const plain = (name: string, text: (row: Row) => string | null) => ({ name, text });
const json = (name: string, text: (row: Row) => string) => ({ name, text, number: true });
/** As the list names them. */
const COLUMNS: readonly ExportColumn<Row>[] = [
  plain("id", ({ event }) => event.id),
  plain("source", ({ event }) => event.source),
  json("event_seq", ({ seq }) => String(seq)),
  plain("metric_name", ({ event }) => event.metric),
  json("quantity", ({ event }) => quantityText(event.micro)),
  plain("timestamp", ({ event }) => timeText(event.atMs)),
  plain("recorded_at", ({ event }) => timeText(event.receivedMs)),
  plain("user_id", ({ event }) => event.userId),
  json("metadata", ({ event }) => JSON.stringify(event.metadata ?? {})),
  json("voided", ({ voided }) => String(voided)),
];

app.openapi(
  createRoute({
    method: "get",
    path: "/api/exports/usage-events",
    operationId: "exportUsageEvents",
    summary: "Export events as CSV or NDJSON, newest first, filtered as their list is",
    description:
      "Written in up to 240 pieces of at most 10,000 events. A longer file breaks off before its " +
      "end, so that it is seen not to be whole: ask for shorter ranges by `start_date` and " +
      "`end_date`. Where events of the range are archived it answers 409.",
    tags: ["Usage"],
    security,
    request: { query: schema.eventExportQuery },
    responses: { 200: exportReply, ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "theirs");
    const { format, ...query } = c.req.valid("query");
    const filter = eventFilterOf(actor, query);
    const store = await drained(c.env, actor.tenantId);
    await insistLive(store.DB, actor.tenantId, filter);
    // Before the answer begins: what cannot be read is refused, and is no file that breaks off.
    let found = await readEventPiece(store, actor.tenantId, filter, null);
    return sendPieces(c, {
      format,
      name: "usage-events",
      columns: COLUMNS,
      async next(pieces) {
        if (pieces > 0) found = await readEventPiece(store, actor.tenantId, filter, found.next);
        // Archived meanwhile: the file breaks off.
        if (found.next === null) await insistLive(store.DB, actor.tenantId, filter);
        const { voided } = found;
        const rows = found.lines.map(({ seq, tuple }) => {
          return { seq, event: eventOf(tuple), voided: voided.has(seq) };
        });
        return { rows, isLast: found.next === null };
      },
    });
  },
);

const EVENT_STATES = ["all", "voided"] as const;

app.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/event-counts",
    operationId: "countUsageEvents",
    summary: "How many events were recorded, and how many taken back, up to a thousand of each",
    tags: ["Usage"],
    security,
    responses: { 200: countsReply({ state: z.enum(EVENT_STATES) }), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "theirs");
    if (!readsAll(actor)) {
      const detail =
        "a user's key reads its own user's usage, and this counts everybody's: list it";
      throw new Problem("auth.forbidden", detail);
    }
    const counts = await countEvents(c.env, actor.tenantId);
    return c.json({ data: EVENT_STATES.map((state) => ({ state, ...counts[state] })) }, 200);
  },
);

app.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/events/{id}",
    operationId: "getUsageEvent",
    summary: "Read one event",
    description: "By its id within `source` (default `api`), or by its sequence as `seq_<n>`.",
    tags: ["Usage"],
    security,
    request: { params: schema.eventParams, query: schema.sourceQuery },
    responses: { 200: jsonReply(schema.eventSchema, "The event"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "theirs");
    const { id } = c.req.valid("param");
    const source = c.req.valid("query").source ?? DEFAULT_SOURCE;
    const line = await findEvent(c.env, actor.tenantId, source, id);
    const user = userOf(actor, undefined);
    if (user !== null && line.tuple[4] !== user) throw notFound("event");
    return c.json(eventBody(line, await isVoided(c.env, actor.tenantId, line.seq)), 200);
  },
);

export const eventRoutes = app;
