/** Rows of endpoints, secrets, deliveries and attempts; writes are statements for a batch. */
import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  isNull,
  lt,
  lte,
  ne,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { limitSql } from "../../accounts/store/budget-store.ts";
import { type AnnouncedEvent, parseEvent } from "../../core/event.ts";
import { rowsOfValues } from "../../core/rows.ts";
import { type BoundedCount, countEach } from "../../platform/db/bounded-count.ts";
import { eachOf, insist, orm, statement } from "../../platform/db/db.ts";
import { type Asked, anyRow, columnNames, renderedSql } from "../../platform/db/sql.ts";
import { type Attempt as Begun, beginning, dueId } from "../../platform/queue/due.ts";
import { selectAnnounced } from "../../platform/queue/outbox.ts";
import { REST_AFTER_MS } from "./health.ts";
import {
  type Attempt,
  DELIVERY_STATUSES,
  type Delivery,
  type Endpoint,
  type Secret,
  WEBHOOK_DELIVER,
  webhookAttempts,
  webhookDeliveries,
  webhookEndpoints,
  webhookSecrets,
} from "./table.ts";

/** A tenant's endpoint by its id, or null. */
export async function readEndpoint(
  db: D1Database,
  tenant: string,
  id: string,
): Promise<Endpoint | null> {
  const [row] = await orm(db)
    .select()
    .from(webhookEndpoints)
    .where(and(eq(webhookEndpoints.tenant, tenant), eq(webhookEndpoints.id, id)));
  return row ?? null;
}

/** All of a tenant's, which are few, in the order in which they were made. */
export async function listEndpoints(db: D1Database, tenant: string): Promise<Endpoint[]> {
  return selectEndpoints(db, tenant);
}

function selectEndpoints(db: D1Database, tenant: string) {
  return orm(db)
    .select()
    .from(webhookEndpoints)
    .where(eq(webhookEndpoints.tenant, tenant))
    .orderBy(asc(webhookEndpoints.id));
}

/** What may be in flight of a tenant's deliveries, and which of its endpoints are slow or rest. */
export type Flight = { most: number; slow: string[]; resting: string[] };

/** How deliveries of a tenant fly now. */
export async function flightOf(db: D1Database, tenant: string, nowMs: number): Promise<Flight> {
  const [row] = await selectFlight(db, sql`${tenant}`, nowMs);
  return flightFrom(row);
}

/** A tenant's endpoints in the order in which they were made, and how its deliveries fly now. */
export async function endpointsInFlight(
  db: D1Database,
  tenant: string,
  nowMs: number,
): Promise<{ endpoints: Endpoint[]; flight: Flight }> {
  const [endpoints, [row]] = await orm(db).batch([
    selectEndpoints(db, tenant),
    selectFlight(db, sql`${tenant}`, nowMs),
  ]);
  return { endpoints, flight: flightFrom(row) };
}

/** `owner` is the tenant's id as SQL. */
function selectFlight(db: D1Database, owner: SQL, nowMs: number) {
  const { id, tenant, slow, failingSinceMs } = webhookEndpoints;
  const most = limitSql("deliveries_in_flight", owner);
  const those = (isMeant: SQL | undefined) => sql<string>`(SELECT json_group_array(${id})
    FROM ${webhookEndpoints} WHERE ${and(eq(tenant, owner), isMeant)})`;
  const columns = {
    most: sql<number>`${most}`,
    slow: those(eq(slow, true)),
    resting: those(lte(failingSinceMs, nowMs - REST_AFTER_MS)),
  };
  return orm(db).select(columns).from(sql`(SELECT 1)`);
}

function flightFrom(row: { most: number; slow: string; resting: string } | undefined): Flight {
  const { most = 0, slow = "[]", resting = "[]" } = row ?? {};
  return { most, slow: JSON.parse(slow), resting: JSON.parse(resting) };
}

/** How many endpoints a tenant has, as SQL: all, or those of a host. `owner` is its id as SQL. */
export function endpointsOf(owner: SQL, ofHost?: string): SQL<number> {
  const { tenant, host } = webhookEndpoints;
  const isCounted = ofHost === undefined ? undefined : eq(host, ofHost);
  const where = and(eq(tenant, owner), isCounted);
  return sql`(SELECT count(*) FROM ${webhookEndpoints} WHERE ${where})`;
}

/**
 * When an endpoint that goes to `host` from now on counts as proven, as SQL: at once where no other
 * one goes there, whoever's; NULL, until it has proved itself, where one does.
 */
function provenSql(host: string, endpoint: string, nowMs: number): SQL<number | null> {
  const others = and(eq(webhookEndpoints.host, host), ne(webhookEndpoints.id, endpoint));
  return sql`CASE WHEN EXISTS (SELECT 1 FROM ${webhookEndpoints} WHERE ${others})
    THEN NULL ELSE ${nowMs} END`;
}

/** The statement that makes an endpoint; it is proven where it is trusted or its host's first. */
export function insertEndpoint(
  db: D1Database,
  row: Omit<Endpoint, "provenMs">,
  trusted: boolean,
): D1PreparedStatement {
  const { host, id, createdMs } = row;
  const provenMs = trusted ? createdMs : provenSql(host, id, createdMs);
  return statement(
    db,
    orm(db)
      .insert(webhookEndpoints)
      .values({ ...row, provenMs }),
  );
}

/** The statement that moves an endpoint to another URL, and asks for proof as a new one is. */
export function moveEndpoint(
  db: D1Database,
  id: string,
  { url, host, trusted, nowMs }: { url: string; host: string; trusted: boolean; nowMs: number },
): D1PreparedStatement {
  const provenMs = trusted ? nowMs : provenSql(host, id, nowMs);
  const query = orm(db).update(webhookEndpoints).set({ url, host, provenMs });
  return statement(db, query.where(eq(webhookEndpoints.id, id)));
}

/** The statement that changes an endpoint; `change` has at least one field. */
export function updateEndpoint(
  db: D1Database,
  id: string,
  change: Partial<Omit<Endpoint, "id" | "tenant">>,
): D1PreparedStatement {
  const query = orm(db).update(webhookEndpoints).set(change).where(eq(webhookEndpoints.id, id));
  return statement(db, query);
}

/** The statement that removes an endpoint, with its secrets, deliveries and attempts. */
export function deleteEndpoint(db: D1Database, id: string): D1PreparedStatement {
  return statement(db, orm(db).delete(webhookEndpoints).where(eq(webhookEndpoints.id, id)));
}

/** The statement that keeps a secret, sealed. */
export function insertSecret(db: D1Database, row: Secret): D1PreparedStatement {
  return statement(db, orm(db).insert(webhookSecrets).values(row));
}

/** The endpoint's live secrets, newest first. `endpoint` is its id as SQL. */
function selectSecrets(db: D1Database, endpoint: SQL, nowMs: number) {
  const live = or(isNull(webhookSecrets.expiresMs), gt(webhookSecrets.expiresMs, nowMs));
  return orm(db)
    .select()
    .from(webhookSecrets)
    .where(and(eq(webhookSecrets.endpoint, endpoint), live))
    .orderBy(desc(webhookSecrets.id));
}

/** Earlier secrets that sign along: each costs every message a signature. */
const MOST_ENDING = 10;
const TOO_MANY_ENDING = {
  code: "resource.conflict",
  detail:
    `${MOST_ENDING} earlier secrets sign along already: wait until one ends, or send ` +
    '{"overlap_hours": 0}, which ends them all at once',
} as const;

/**
 * Ends the secrets that have no end yet, and takes away those that have ended; refused with 409
 * where too many would sign along.
 */
export function endSecrets(
  db: D1Database,
  endpoint: string,
  endsMs: number,
  nowMs: number,
): D1PreparedStatement[] {
  const { expiresMs } = webhookSecrets;
  const own = eq(webhookSecrets.endpoint, endpoint);
  const isEnding = and(own, gt(expiresMs, nowMs));
  const ending = sql`(SELECT count(*) FROM ${webhookSecrets} WHERE ${isEnding})`;
  const earlier = sql`min(coalesce(${expiresMs}, ${endsMs}), ${endsMs})`;
  return [
    statement(
      db,
      orm(db)
        .delete(webhookSecrets)
        .where(and(own, lte(expiresMs, nowMs))),
    ),
    statement(db, orm(db).update(webhookSecrets).set({ expiresMs: earlier }).where(own)),
    insist(db, sql`${ending} <= ${MOST_ENDING}`, TOO_MANY_ENDING),
  ];
}

const INSERT_DELIVERIES = renderedSql<"rows">(insertionOfDeliveries());

function insertionOfDeliveries(): SQL {
  const columns = Object.entries(getTableColumns(webhookDeliveries));
  const values = columns.map(([property]) => sql`each.value ->> ${property}`);
  return sql`
    INSERT INTO ${webhookDeliveries} (${columnNames(...columns.map(([, column]) => column))})
    SELECT ${sql.join(values, sql`, `)} FROM json_each(${sql.placeholder("rows")}) AS each
    WHERE true ON CONFLICT DO NOTHING`;
}

/** The statements that make deliveries, however many; the same one again is a no-op. */
export function insertDeliveries(db: D1Database, rows: readonly Delivery[]): D1PreparedStatement[] {
  return rowsOfValues(rows).map((some) => INSERT_DELIVERIES(db, { rows: some }));
}

/** Asks for deliveries anew, from the start of the schedule. */
export function restartDeliveries(db: D1Database, ids: readonly string[]): D1PreparedStatement {
  const change = { status: "pending" as const, step: 0 };
  const query = orm(db).update(webhookDeliveries).set(change);
  return statement(db, query.where(inArray(webhookDeliveries.id, eachOf(ids))));
}

/** All that an attempt needs to know. */
export type Target = {
  delivery: Delivery;
  endpoint: Endpoint;
  /** The endpoint's live secrets, newest first. */
  secrets: Secret[];
  /** What is announced; null where the delivery brings no event. */
  event: AnnouncedEvent | null;
  /** Of its tenant. */
  flight: Flight;
};

/**
 * Begins an attempt at a delivery and reads what it brings and where it goes, whoever's it is: one
 * trip to the database. `begun` is false where there is nothing to attempt, `target` null where the
 * delivery went with its endpoint.
 */
export async function beginDelivery(
  db: D1Database,
  deliveryId: string,
  attempt: Begun,
): Promise<{ begun: boolean; target: Target | null }> {
  const { nowMs } = attempt;
  const { id, tenant, endpoint, message } = webhookDeliveries;
  const isIt = eq(id, deliveryId);
  const of = (column: SQLiteColumn) =>
    sql`(SELECT ${column} FROM ${webhookDeliveries} WHERE ${isIt})`;
  // One by one: a batch's rows are objects, in which columns of one name would be one.
  const [begun, [delivery], [target], secrets, events, [flight]] = await orm(db).batch([
    beginning(db, dueId(WEBHOOK_DELIVER, deliveryId), attempt),
    orm(db).select().from(webhookDeliveries).where(isIt),
    orm(db)
      .select()
      .from(webhookEndpoints)
      .where(eq(webhookEndpoints.id, of(endpoint))),
    selectSecrets(db, of(endpoint), nowMs),
    selectAnnounced(db, of(tenant), of(message)),
    selectFlight(db, of(tenant), nowMs),
  ]);
  const [event = null] = events.map(parseEvent);
  return {
    begun: begun.length > 0,
    target:
      delivery && target
        ? { delivery, endpoint: target, secrets, event, flight: flightFrom(flight) }
        : null,
  };
}

/** A tenant's delivery by its id, or null. */
export async function readDelivery(
  db: D1Database,
  tenant: string,
  id: string,
): Promise<Delivery | null> {
  const [row] = await orm(db)
    .select()
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.tenant, tenant), eq(webhookDeliveries.id, id)));
  return row ?? null;
}

export type DeliveryFilter = {
  endpoint?: string | undefined;
  status?: Delivery["status"] | undefined;
  before?: string | undefined;
  /** Reads the other way, from behind this one on: the oldest of them first. */
  after?: string | undefined;
  ids?: readonly string[] | undefined;
};

/** At most `limit` of a tenant's deliveries, newest first; `before` is a delivery's id. */
export async function listDeliveries(
  db: D1Database,
  tenant: string,
  { endpoint, status, before, after, ids }: DeliveryFilter,
  limit: number,
): Promise<Delivery[]> {
  return orm(db)
    .select()
    .from(webhookDeliveries)
    .where(
      and(
        eq(webhookDeliveries.tenant, tenant),
        endpoint === undefined ? undefined : eq(webhookDeliveries.endpoint, endpoint),
        status === undefined ? undefined : eq(webhookDeliveries.status, status),
        before === undefined ? undefined : lt(webhookDeliveries.id, before),
        after === undefined ? undefined : gt(webhookDeliveries.id, after),
        ids === undefined ? undefined : inArray(webhookDeliveries.id, eachOf(ids)),
      ),
    )
    .orderBy(after === undefined ? desc(webhookDeliveries.id) : asc(webhookDeliveries.id))
    .limit(limit);
}

/** How many deliveries of each status a tenant has, up to a thousand of each. */
export function countDeliveries(
  db: D1Database,
  tenant: string,
): Promise<Record<Delivery["status"], BoundedCount>> {
  const { tenant: owner, status } = webhookDeliveries;
  const of = (one: Delivery["status"]) =>
    sql`SELECT 1 FROM ${webhookDeliveries} WHERE ${owner} = ${tenant} AND ${status} = ${one}`;
  const queries = Object.fromEntries(DELIVERY_STATUSES.map((one) => [one, of(one)]));
  return countEach(db, queries as Record<Delivery["status"], SQL>);
}

/** The ids of what waits for an endpoint, oldest first. */
export async function pendingOf(
  db: D1Database,
  endpoint: string,
  limit: number,
): Promise<string[]> {
  const rows = await orm(db)
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.endpoint, endpoint), eq(webhookDeliveries.status, "pending")))
    .orderBy(asc(webhookDeliveries.id))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** The statements that log an attempt and move its delivery on in the schedule. */
export function logAttempt(
  db: D1Database,
  attempt: Attempt,
  change: Pick<Delivery, "status" | "step">,
): D1PreparedStatement[] {
  const update = orm(db)
    .update(webhookDeliveries)
    .set({ ...change, attempts: attempt.n })
    .where(eq(webhookDeliveries.id, attempt.delivery));
  return [statement(db, orm(db).insert(webhookAttempts).values(attempt)), statement(db, update)];
}

/** Attempts of a delivery that are shown: by hand it can be tried again without end. */
const SHOWN_ATTEMPTS = 200;

/** A delivery's newest attempts, the oldest of them first. */
export async function listAttempts(db: D1Database, delivery: string): Promise<Attempt[]> {
  const newest = await orm(db)
    .select()
    .from(webhookAttempts)
    .where(eq(webhookAttempts.delivery, delivery))
    .orderBy(desc(webhookAttempts.n))
    .limit(SHOWN_ATTEMPTS);
  return newest.reverse();
}

// The words of the index webhook_deliveries_by_age, which a parameter would not match.
const IS_FINISHED = sql`${webhookDeliveries.status} <> 'pending'`;

/** Whether deliveries from before `beforeMs` are finished. */
export function anyOldDelivery(beforeMs: Asked): SQL {
  const { createdMs } = webhookDeliveries;
  return anyRow(sql`FROM ${webhookDeliveries} WHERE ${createdMs} < ${beforeMs} AND ${IS_FINISHED}`);
}

/** The statement that drops the oldest finished deliveries from before `beforeMs`. */
export function deleteOldDeliveries(
  db: D1Database,
  beforeMs: number,
  limit: number,
): D1PreparedStatement {
  const oldest = orm(db)
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .where(and(lt(webhookDeliveries.createdMs, beforeMs), IS_FINISHED))
    .orderBy(asc(webhookDeliveries.createdMs))
    .limit(limit);
  return statement(
    db,
    orm(db).delete(webhookDeliveries).where(inArray(webhookDeliveries.id, oldest)),
  );
}
