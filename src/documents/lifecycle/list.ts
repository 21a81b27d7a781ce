/** Lists and reads of documents as a tenant may see them, each at its own time. */
import { and, eq, gte, lt, lte, type SQL } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { notFound } from "../../core/errors.ts";
import { dateText } from "../../core/period.ts";
import { decodeCursor, type Page, pageLimit, pageOf } from "../../platform/http/http.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type DocumentKind, KINDS } from "../kind/registry.ts";
import type { StatusToday } from "../kind/status.ts";
import { issuerOf } from "../party/issuer.ts";
import { listCustomers } from "../party/party-store.ts";
import type { Document, Listed } from "../store/row.ts";
import { findDocument, listDocuments, matchesText, readDocument } from "../store/store.ts";
import { type CustomerRow, type DocumentRow, documents } from "../store/table.ts";

export type ListQuery = {
  status?: StatusToday | undefined;
  customer_id?: string | undefined;
  subscription_id?: string | undefined;
  issued_from?: string | undefined;
  issued_to?: string | undefined;
  q?: string | undefined;
  role?: "issuer" | "recipient" | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
};

/** A row with the time that decides whether it is overdue. */
export type Timed<T> = { row: T; nowMs: number };

/** A page of documents, newest first; overdue and expired are judged by the actor's own day. */
export async function listFor(
  env: Env,
  actor: Actor,
  kind: DocumentKind,
  query: ListQuery,
): Promise<Page<Timed<Listed>>> {
  const limit = pageLimit(query.limit);
  const [before = null] = query.cursor ? decodeCursor(query.cursor, 1) : [];
  const where = and(
    query.status === undefined ? undefined : await hasStatus(env, actor, query.status),
    query.customer_id === undefined ? undefined : eq(documents.customerId, query.customer_id),
    query.subscription_id === undefined
      ? undefined
      : eq(documents.subscriptionId, query.subscription_id),
    query.issued_from === undefined ? undefined : gte(documents.issueDate, query.issued_from),
    query.issued_to === undefined ? undefined : lte(documents.issueDate, query.issued_to),
    query.q === undefined ? undefined : matchesText(actor.tenantId, query.q),
    query.role === undefined ? undefined : eq(documents[query.role], actor.tenantId),
  );
  const filter = { kind, where, before: before === null ? null : String(before), limit: limit + 1 };
  const rows = await listDocuments(env.DB, actor.tenantId, filter);
  const nowOf = await clocksOf(env.DB, actor, rows);
  return pageOf(
    rows,
    limit,
    (row) => [row.id],
    (row) => ({ row, nowMs: nowOf(row) }),
  );
}

/** The condition that a document has a status today. */
async function hasStatus(env: Env, actor: Actor, status: StatusToday): Promise<SQL | undefined> {
  const lasts = { open: documents.dueDate, pending: documents.validUntil } as const;
  const stored = status === "overdue" ? "open" : status === "expired" ? "pending" : status;
  if (stored !== "open" && stored !== "pending") return eq(documents.status, stored);
  const { timeZone } = await issuerOf(env, actor);
  const today = dateText(actor.nowMs, timeZone);
  const over = stored !== status;
  const last = lasts[stored];
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
  const where = matchesText(actor.tenantId, text);
  const [customers, rows] = await Promise.all([
    listCustomers(env.DB, actor.tenantId, { text, before: null, limit }),
    listDocuments(env.DB, actor.tenantId, { kind: null, where, before: null, limit }),
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
  const id = await findDocument(env.DB, actor.tenantId, kind, idOrNumber);
  const row = id === null ? null : await readDocument(env.DB, actor.tenantId, kind, id);
  if (!row) throw notFound(KINDS[kind].noun);
  return { row, nowMs: (await clocksOf(env.DB, actor, [row]))(row) };
}

/** A test tenant's documents live on its clock, whoever reads them. */
export async function clocksOf(
  db: D1Database,
  actor: Actor,
  rows: readonly DocumentRow[],
): Promise<(row: DocumentRow) => number> {
  const others = new Set(rows.map(({ scope }) => scope));
  others.delete("");
  others.delete(actor.tenantId);
  const read = async (id: string) => [id, (await tenantClock(db, id)).nowMs] as const;
  const clocks = new Map(await Promise.all([...others].map(read)));
  return ({ scope }) => clocks.get(scope) ?? actor.nowMs;
}
