/** Rows of endpoints, secrets, deliveries and attempts; writes are statements for a batch. */
import {
  and,
  asc,
  desc,
  eq,
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
import { limitSql } from "../../accounts/store/budget-store.ts";
import { orm, statement } from "../../platform/db/db.ts";
import {
  type Attempt,
  type Delivery,
  type Endpoint,
  type Secret,
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
  return orm(db)
    .select()
    .from(webhookEndpoints)
    .where(eq(webhookEndpoints.tenant, tenant))
    .orderBy(asc(webhookEndpoints.id));
}

/** What may be in flight of a tenant's deliveries, and which of its endpoints were slow. */
export async function flightOf(
  db: D1Database,
  tenantId: string,
): Promise<{ most: number; slow: string[] }> {
  const { id, tenant, slow } = webhookEndpoints;
  const most = limitSql("deliveries_in_flight", sql`${tenantId}`);
  const ids = sql`SELECT json_group_array(${id}) FROM ${webhookEndpoints}
    WHERE ${tenant} = ${tenantId} AND ${slow} = 1`;
  const [row] = await orm(db).all<{ most: number; slow: string }>(
    sql`SELECT ${most} AS most, (${ids}) AS slow`,
  );
  return { most: row?.most ?? 0, slow: JSON.parse(row?.slow ?? "[]") };
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

/** The endpoint's live secrets, newest first. */
export async function liveSecrets(
  db: D1Database,
  endpoint: string,
  nowMs: number,
): Promise<Secret[]> {
  const live = or(isNull(webhookSecrets.expiresMs), gt(webhookSecrets.expiresMs, nowMs));
  return orm(db)
    .select()
    .from(webhookSecrets)
    .where(and(eq(webhookSecrets.endpoint, endpoint), live))
    .orderBy(desc(webhookSecrets.id));
}

/** Ends the secrets that have no end yet, and takes away those that have ended. */
export function endSecrets(
  db: D1Database,
  endpoint: string,
  endsMs: number,
  nowMs: number,
): D1PreparedStatement[] {
  const { expiresMs } = webhookSecrets;
  const own = eq(webhookSecrets.endpoint, endpoint);
  const earlier = sql`min(coalesce(${expiresMs}, ${endsMs}), ${endsMs})`;
  return [
    statement(
      db,
      orm(db)
        .delete(webhookSecrets)
        .where(and(own, lte(expiresMs, nowMs))),
    ),
    statement(db, orm(db).update(webhookSecrets).set({ expiresMs: earlier }).where(own)),
  ];
}

/** The statement that makes a delivery; the same one again is a no-op. */
export function insertDelivery(db: D1Database, row: Delivery): D1PreparedStatement {
  return statement(db, orm(db).insert(webhookDeliveries).values(row).onConflictDoNothing());
}

/** Asks for a delivery anew, from the start of the schedule. */
export function restartDelivery(db: D1Database, id: string): D1PreparedStatement {
  const change = { status: "pending" as const, step: 0 };
  const query = orm(db).update(webhookDeliveries).set(change).where(eq(webhookDeliveries.id, id));
  return statement(db, query);
}

export type Target = { delivery: Delivery; endpoint: Endpoint };

/** A delivery with where it goes, whoever's it is. */
export async function readTarget(db: D1Database, deliveryId: string): Promise<Target | null> {
  const [row] = await orm(db)
    .select({ delivery: webhookDeliveries, endpoint: webhookEndpoints })
    .from(webhookDeliveries)
    .innerJoin(webhookEndpoints, eq(webhookEndpoints.id, webhookDeliveries.endpoint))
    .where(eq(webhookDeliveries.id, deliveryId));
  return row ?? null;
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
};

/** At most `limit` of a tenant's deliveries, newest first; `before` is a delivery's id. */
export async function listDeliveries(
  db: D1Database,
  tenant: string,
  { endpoint, status, before }: DeliveryFilter,
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
      ),
    )
    .orderBy(desc(webhookDeliveries.id))
    .limit(limit);
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

/** The statement that drops the oldest finished deliveries from before `beforeMs`. */
export function deleteOldDeliveries(
  db: D1Database,
  beforeMs: number,
  limit: number,
): D1PreparedStatement {
  // The words of the index webhook_deliveries_by_age, which a parameter would not match.
  const isFinished = sql`${webhookDeliveries.status} <> 'pending'`;
  const oldest = orm(db)
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .where(and(lt(webhookDeliveries.createdMs, beforeMs), isFinished))
    .orderBy(asc(webhookDeliveries.createdMs))
    .limit(limit);
  return statement(
    db,
    orm(db).delete(webhookDeliveries).where(inArray(webhookDeliveries.id, oldest)),
  );
}
