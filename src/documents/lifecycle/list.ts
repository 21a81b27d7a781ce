/** Lists and reads of documents as a tenant may see them, each at its own time. */
import { and, eq, gt, gte, inArray, lt, lte, type SQL, sql } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { tenantClocks } from "../../accounts/store/clock.ts";
import { notFound } from "../../core/errors.ts";
import { dateText } from "../../core/period.ts";
import { eachOf } from "../../platform/db/db.ts";
import { pageLimit } from "../../platform/http/http.ts";
import {
  directionOf,
  orderIn,
  placeIn,
  type SortedPage,
  type SortKey,
  sortedPage,
} from "../../platform/http/sorted.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type DocumentKind, KINDS, kindOfId } from "../kind/registry.ts";
import { STATUSES, type StatusToday, type StoredStatus } from "../kind/status.ts";
import { issuerOf } from "../party/issuer.ts";
import { listCustomers } from "../party/party-store.ts";
import {
  type Branch,
  keyLength,
  placesOf,
  type Role,
  readSummaries,
  SORT_NAMES,
  type SortName,
} from "../store/list-store.ts";
import type { Document, Listed, Summary } from "../store/row.ts";
import { findNumber, matchesText, readDocument, searchDocuments } from "../store/store.ts";
import { type CustomerRow, documents, issueKey, lastDayKey } from "../store/table.ts";
import { countNarrowed, readTallies, type Tally } from "../store/tally-store.ts";
import { documentsSeen } from "../store/viewer.ts";

/** What lists are sorted by, with a minus in front for the reverse. */
export const SORTS = SORT_NAMES.flatMap((name) => [name, `-${name}` as const]) as [
  SortName | `-${SortName}`,
  ...(SortName | `-${SortName}`)[],
];
export type Sort = (typeof SORTS)[number];
const NEWEST_FIRST: Sort = "-created";

/** What lists are narrowed to. */
export type DocumentFilter = {
  status?: StatusToday | undefined;
  customer_id?: string | undefined;
  subscription_id?: string | undefined;
  issued_from?: string | undefined;
  issued_to?: string | undefined;
  q?: string | undefined;
  role?: "issuer" | "recipient" | undefined;
  /** With commas between them. */
  ids?: string | undefined;
};
/** In which order, too. */
export type SortedQuery = DocumentFilter & { sort?: Sort | undefined };
export type ListQuery = SortedQuery & { limit?: number | undefined; cursor?: string | undefined };

/** A row with the time that decides whether it is overdue. */
export type Timed<T> = { row: T; nowMs: number };

/** A page of documents, newest first unless sorted; overdue and expired by the actor's own day. */
export async function listFor(
  env: Env,
  actor: Actor,
  kind: DocumentKind,
  query: ListQuery,
): Promise<SortedPage<Timed<Summary>>> {
  const limit = pageLimit(query.limit);
  const order = orderIn<SortName>(query.sort ?? NEWEST_FIRST);
  const place = query.cursor ? placeIn(query.cursor, order, keyLength(order.name)) : null;
  const selected = await selectionOf(env, actor, kind, query);
  const found = await placesOf(env.DB, {
    viewer: actor.tenantId,
    kind,
    branches: await branchesOf(env, actor, selected, order.name),
    where: selected.where,
    sort: order.name,
    descending: directionOf(order, place),
    behind: place?.key ?? null,
    limit: limit + 1,
  });
  const { rows: places, ...cursors } = sortedPage(found, {
    order,
    place,
    limit,
    keyOf: ({ key }) => key,
  });
  const rows = await readSummaries(
    env.DB,
    places.map(({ id }) => id),
  );
  const nowOf = await clocksOf(env.DB, actor, rows);
  return { data: rows.map((row) => ({ row, nowMs: nowOf(row) })), ...cursors };
}

/** Whose places the next rows stand behind. */
export type Exported = Timed<Summary> & { key: SortKey };

/**
 * A reader of all that a query asks for, in its order: it gives the rows behind the last one that
 * it gave, of which there are fewer than `limit` only at the end.
 */
export async function readerFor(
  env: Env,
  actor: Actor,
  kind: DocumentKind,
  query: SortedQuery,
): Promise<(last: Pick<Exported, "key"> | null, limit: number) => Promise<Exported[]>> {
  const { name, descending } = orderIn<SortName>(query.sort ?? NEWEST_FIRST);
  const selected = await selectionOf(env, actor, kind, query);
  const branches = await branchesOf(env, actor, selected, name);
  const { where } = selected;
  const filter = { viewer: actor.tenantId, kind, branches, where, sort: name, descending };
  return async (last, limit) => {
    const places = await placesOf(env.DB, { ...filter, behind: last?.key ?? null, limit });
    const keys = new Map(places.map(({ id, key }) => [id, key]));
    const rows = await readSummaries(env.DB, [...keys.keys()]);
    const nowOf = await clocksOf(env.DB, actor, rows);
    return rows.map((row) => ({ row, nowMs: nowOf(row), key: keys.get(row.id) ?? [] }));
  };
}

/** What a query asks for, as conditions. */
export type Selection = {
  kind: DocumentKind;
  role: Role | null;
  /** As it is stored. */
  status: StoredStatus | null;
  where: SQL | undefined;
  /** Ids, words, a customer or a subscription: an index of its own finds what there is. */
  narrowed: boolean;
  /** Nothing but a role and a status is asked for. */
  plain: boolean;
};

/** The conditions of a query, but for the page that is asked for. */
export async function selectionOf(
  env: Env,
  actor: Actor,
  kind: DocumentKind,
  query: DocumentFilter,
): Promise<Selection> {
  const { ids, customer_id, subscription_id, issued_from, issued_to, q } = query;
  const issued = issueKey(documents);
  const status = query.status === undefined ? null : storedStatus(query.status);
  const seen = documentsSeen(actor);
  // What somebody sees of it is found like what a list is narrowed to, and is issued by the tenant.
  const wanted = query.role === "recipient" ? and(seen, sql`0`) : seen;
  const narrowing = [
    seen === undefined ? undefined : wanted,
    ids === undefined ? undefined : inArray(documents.id, eachOf(ids.split(","))),
    customer_id === undefined ? undefined : eq(documents.customerId, customer_id),
    subscription_id === undefined ? undefined : eq(documents.subscriptionId, subscription_id),
    q === undefined ? undefined : matchesText(actor, q),
  ].filter((condition) => condition !== undefined);
  const days = [
    issued_from === undefined ? undefined : gte(issued, issued_from),
    issued_to === undefined ? undefined : and(gt(issued, ""), lte(issued, issued_to)),
  ].filter((condition) => condition !== undefined);
  return {
    kind,
    role: seen === undefined ? (query.role ?? null) : null,
    status,
    where: and(
      ...narrowing,
      ...days,
      query.status === undefined ? undefined : await hasStatus(env, actor, query.status),
    ),
    narrowed: narrowing.length > 0,
    plain: narrowing.length + days.length === 0,
  };
}

const ROLES = ["issuer", "recipient"] as const;

/** Which parts of a list are each in the order of an index. */
async function branchesOf(
  env: Env,
  actor: Actor,
  { kind, role, status, narrowed }: Selection,
  sort: SortName,
): Promise<Branch[]> {
  if (narrowed && role === null) return [{ role: null, status }];
  const roles = role === null ? ROLES : [role];
  if (narrowed || status !== null || sort === "created") {
    return roles.map((one) => ({ role: one, status }));
  }
  const tallies = await readTallies(env.DB, actor.tenantId, kind, "");
  const pairs = new Map(tallies.map((one) => [`${one.role} ${one.status}`, one]));
  return [...pairs.values()].filter((one) => role === null || one.role === role);
}

function storedStatus(status: StatusToday): StoredStatus {
  return status === "overdue" ? "open" : status === "expired" ? "pending" : status;
}

/** Documents of a status today, in a role and a currency. */
export type Count = {
  role: Role;
  status: StatusToday;
  test: boolean;
  currency: string;
  documents: number;
  totalMinor: bigint;
  /** What is still to be paid; null where the documents were filtered. */
  openMinor: bigint | null;
};

/** How many documents of a kind there are by status; of filtered ones a thousand of each role. */
export async function countFor(
  env: Env,
  actor: Actor,
  kind: DocumentKind,
  query: DocumentFilter,
): Promise<{ counts: Count[]; complete: boolean }> {
  const [selected, today] = await Promise.all([
    selectionOf(env, actor, kind, query),
    todayOf(env, actor),
  ]);
  const { role, status, where, narrowed } = selected;
  if (selected.plain) {
    const tallies = await readTallies(env.DB, actor.tenantId, kind, today);
    const wanted = tallies.map(countOf).filter((one) => {
      return (query.status ?? one.status) === one.status && (role ?? one.role) === one.role;
    });
    return { counts: wanted, complete: true };
  }
  const statuses = status === null ? STATUSES : [status];
  const roles = role !== null ? [role] : narrowed ? [null] : ROLES;
  const filter = { viewer: actor.tenantId, kind, where, roles, statuses, today };
  const { tallies, complete } = await countNarrowed(env.DB, filter);
  return { counts: tallies.map(countOf), complete };
}

function countOf({ past, status, ...tally }: Tally): Count {
  return { ...tally, status: past ? statusPast(status) : status };
}

/** What a status becomes once the last day is over. */
function statusPast(status: StoredStatus): StatusToday {
  return status === "open" ? "overdue" : status === "pending" ? "expired" : status;
}

async function todayOf(env: Env, actor: Actor): Promise<string> {
  const { timeZone } = await issuerOf(env, actor);
  return dateText(actor.nowMs, timeZone);
}

/** The condition that a document has a status today. */
async function hasStatus(env: Env, actor: Actor, status: StatusToday): Promise<SQL | undefined> {
  const stored = storedStatus(status);
  if (stored !== "open" && stored !== "pending") return eq(documents.status, stored);
  const today = await todayOf(env, actor);
  const last = lastDayKey(documents);
  const over = stored !== status;
  return and(eq(documents.status, stored), over ? lt(last, today) : gte(last, today));
}

export type Found = { customers: CustomerRow[]; documents: Timed<Listed>[] };

/** The actor's customers and documents of every kind with the words of `text`, newest first. */
export async function searchFor(
  env: Env,
  actor: Actor,
  text: string,
  limit: number,
): Promise<Found> {
  const [customers, rows] = await Promise.all([
    listCustomers(env.DB, actor, { text, before: null, limit }),
    searchDocuments(env.DB, actor, text, limit),
  ]);
  const nowOf = await clocksOf(env.DB, actor, rows);
  return { customers, documents: rows.map((row) => ({ row, nowMs: nowOf(row) })) };
}

/** A document by id or number, as the actor may see it. Errors: 404, 409 for an unclear number. */
export async function readFor(
  env: Env,
  actor: Actor,
  kind: DocumentKind,
  idOrNumber: string,
): Promise<Timed<Document>> {
  const readOf = (id: string) => readDocument(env.DB, actor, kind, id);
  // A number may look like an id.
  let row = kindOfId(idOrNumber) === kind ? await readOf(idOrNumber) : null;
  if (!row) {
    const id = await findNumber(env.DB, actor, kind, idOrNumber);
    row = id === null ? null : await readOf(id);
  }
  if (!row) throw notFound(KINDS[kind].noun);
  return { row, nowMs: (await clocksOf(env.DB, actor, [row]))(row) };
}

/** A test tenant's documents live on its clock, whoever reads them. */
export async function clocksOf<T extends { scope: string }>(
  db: D1Database,
  actor: Actor,
  rows: readonly T[],
): Promise<(row: T) => number> {
  const others = new Set(rows.map(({ scope }) => scope));
  others.delete("");
  others.delete(actor.tenantId);
  const clocks = await tenantClocks(db, [...others]);
  return ({ scope }) => clocks.get(scope) ?? actor.nowMs;
}
