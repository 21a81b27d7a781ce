/** Lists and reads of documents as a tenant may see them, each at its own time. */
import { and, eq, gte, inArray, lt, type SQL } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { tenantClocks } from "../../accounts/store/clock.ts";
import { notFound } from "../../core/errors.ts";
import { dateText } from "../../core/period.ts";
import { MOST_COUNTED } from "../../platform/db/bounded-count.ts";
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
import { STATUSES, type StatusToday, type StoredStatus, storedStatus } from "../kind/status.ts";
import { issuerOf } from "../party/issuer.ts";
import { listCustomers } from "../party/party-store.ts";
import {
  type Branch,
  type Days,
  isIn,
  issuedOn,
  keyLength,
  placesOf,
  type Role,
  readSummaries,
  SORT_NAMES,
  type SortName,
} from "../store/list-store.ts";
import type { Document, Listed, Summary } from "../store/row.ts";
import {
  countsByStatus,
  exactCounts,
  leastCounts,
  type Place,
  type StatusCount,
  statusOn,
} from "../store/status-count.ts";
import { findNumber, matchesText, readDocument, searchDocuments } from "../store/store.ts";
import { type CustomerRow, documents, lastDayKey } from "../store/table.ts";
import { firstTallies, readTallies, type Tally, tallyRoles } from "../store/tally-store.ts";
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
    days: selected.days,
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
  const { where, days } = selected;
  const filter = { viewer: actor.tenantId, kind, branches, where, days, sort: name, descending };
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
  /** Null for both, or where `where` says it. */
  role: Role | null;
  /** As it is stored. */
  status: StoredStatus | null;
  where: SQL | undefined;
  /** Beside it, where nothing narrows the list. */
  days: Days | null;
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
  const isDated = issued_from !== undefined || issued_to !== undefined;
  const days = isDated ? { from: issued_from, to: issued_to } : null;
  const status = query.status === undefined ? null : storedStatus(query.status);
  const narrowing = [
    // What somebody sees of it is found like what a list is narrowed to.
    documentsSeen(actor),
    ids === undefined ? undefined : inArray(documents.id, eachOf(ids.split(","))),
    customer_id === undefined ? undefined : eq(documents.customerId, customer_id),
    subscription_id === undefined ? undefined : eq(documents.subscriptionId, subscription_id),
    q === undefined ? undefined : matchesText(actor, q),
  ].filter((condition) => condition !== undefined);
  const narrowed = narrowing.length > 0;
  const { role } = query;
  return {
    kind,
    role: narrowed ? null : (role ?? null),
    status,
    where: and(
      ...narrowing,
      narrowed && role !== undefined ? isIn(actor.tenantId, role) : undefined,
      narrowed && days !== null ? issuedOn(days) : undefined,
      query.status === undefined ? undefined : await hasStatus(env, actor, query.status),
    ),
    days: narrowed ? null : days,
    narrowed,
    plain: !narrowed && days === null,
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
  if (narrowed) return [{ role: null, status }];
  const roles = role === null ? ROLES : [role];
  if (status !== null || sort === "created") {
    return roles.map((one) => ({ role: one, status }));
  }
  const tallies = await readTallies(env.DB, actor.tenantId, kind, "");
  const pairs = new Map(tallies.map((one) => [`${one.role} ${one.status}`, one]));
  return [...pairs.values()].filter((one) => role === null || one.role === role);
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

/** How many documents of each status there are, and what they come to. */
export type Counts = {
  /** Exact, or to a bound that they say. */
  statuses: StatusCount[];
  /** By currency, too; null where there are more than are looked at. */
  sums: Count[] | null;
};

/** How many documents of a kind there are by status; of filtered ones it is counted to a bound. */
export async function countFor(
  env: Env,
  actor: Actor,
  kind: DocumentKind,
  query: DocumentFilter,
): Promise<Counts> {
  const { selected, filter, roles } = await narrowingOf(env, actor, kind, query);
  if (selected.plain) {
    const { today } = filter;
    const tallies = await readTallies(env.DB, actor.tenantId, kind, today);
    return countsOf(tallies.filter((one) => isAsked(query, countOf(one))));
  }
  if (roles === null) {
    const { tallies, complete } = await firstTallies(env.DB, { ...filter, roles: [null] });
    if (complete) return countsOf(tallies);
    const places = placesFor(actor, kind).filter((place) => isAsked(query, place));
    return { statuses: leastCounts(tallies, places, MOST_COUNTED), sums: null };
  }
  const each = await tallyRoles(env.DB, { ...filter, roles });
  if (each.every((role) => role.complete)) return countsOf(each.flatMap((role) => role.tallies));
  const statuses = each.flatMap((role) =>
    role.complete ? exactCounts(role.tallies) : countsByStatus(role, MOST_COUNTED),
  );
  return { statuses: statuses.filter((place) => isAsked(query, place)), sums: null };
}

/** What is counted for a query, and in which roles; null where they are found together. */
async function narrowingOf(env: Env, actor: Actor, kind: DocumentKind, query: DocumentFilter) {
  const [selected, today] = await Promise.all([
    selectionOf(env, actor, kind, query),
    todayOf(env, actor),
  ]);
  const { role, status, days, narrowed } = selected;
  const where = and(selected.where, days === null ? undefined : issuedOn(days));
  const statuses = status === null ? STATUSES : [status];
  const ofRoles = role === null ? ROLES : [role];
  const filter = { viewer: actor.tenantId, kind, where, statuses, today };
  return { selected, filter, roles: narrowed ? null : ofRoles };
}

function countsOf(tallies: readonly Tally[]): Counts {
  return { statuses: exactCounts(tallies), sums: tallies.map(countOf) };
}

/** In which roles and statuses an actor may have documents of a kind. */
function placesFor(actor: Actor, kind: DocumentKind): Place[] {
  const { statuses } = KINDS[kind];
  const each: readonly StatusToday[] = statuses.length > 0 ? statuses : ["issued"];
  const roles = documentsSeen(actor) === undefined ? ROLES : (["issuer"] as const);
  return roles.flatMap((role) => each.map((status) => ({ role, status })));
}

function isAsked(query: DocumentFilter, { role, status }: Place): boolean {
  return (query.role ?? role) === role && (query.status ?? status) === status;
}

/**
 * The first thousand documents of each role that a query asks for, as counts of what they come to:
 * what `countFor` says where those are all, and a part of it where they are not.
 */
export async function firstCounts(
  env: Env,
  actor: Actor,
  kind: DocumentKind,
  query: DocumentFilter,
): Promise<Count[]> {
  const { filter, roles } = await narrowingOf(env, actor, kind, query);
  const { tallies } = await firstTallies(env.DB, { ...filter, roles: roles ?? [null] });
  return tallies.map(countOf);
}

function countOf({ past, status, ...tally }: Tally): Count {
  return { ...tally, status: statusOn({ past, status }) };
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
