/** Rows of endpoints, secrets, deliveries and attempts; writes are statements for a batch. */
import { and, asc, desc, eq, gt, isNull, lt, or } from "drizzle-orm";
import { orm, statement } from "../../platform/db/db.ts";
import type { AlertRoute } from "../alert/alert-route.ts";
import {
  type Attempt,
  alertRoutes,
  type Delivery,
  type Endpoint,
  type Secret,
  webhookAttempts,
  webhookDeliveries,
  webhookEndpoints,
  webhookSecrets,
} from "./table.ts";

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

export function insertEndpoint(db: D1Database, row: Endpoint): D1PreparedStatement {
  return statement(db, orm(db).insert(webhookEndpoints).values(row));
}

export function updateEndpoint(
  db: D1Database,
  id: string,
  change: Partial<Omit<Endpoint, "id" | "tenant">>,
): D1PreparedStatement {
  const query = orm(db).update(webhookEndpoints).set(change).where(eq(webhookEndpoints.id, id));
  return statement(db, query);
}

/** With its secrets, deliveries and attempts. */
export function deleteEndpoint(db: D1Database, id: string): D1PreparedStatement {
  return statement(db, orm(db).delete(webhookEndpoints).where(eq(webhookEndpoints.id, id)));
}

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
  return [
    db
      .prepare("DELETE FROM webhook_secrets WHERE endpoint = ? AND expires_ms <= ?")
      .bind(endpoint, nowMs),
    db
      .prepare(
        `UPDATE webhook_secrets SET expires_ms = min(coalesce(expires_ms, ?2), ?2)
         WHERE endpoint = ?1`,
      )
      .bind(endpoint, endsMs),
  ];
}

/** The same one again is a no-op. */
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

/** Newest first. */
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

/** What an attempt changed: its row, and the delivery's place in the schedule. */
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

export async function listAttempts(db: D1Database, delivery: string): Promise<Attempt[]> {
  return orm(db)
    .select()
    .from(webhookAttempts)
    .where(eq(webhookAttempts.delivery, delivery))
    .orderBy(asc(webhookAttempts.n));
}

/** A tenant's routes of alerts, in the order in which they were written. */
export async function readRoutes(db: D1Database, tenant: string): Promise<AlertRoute[]> {
  const [row] = await orm(db).select().from(alertRoutes).where(eq(alertRoutes.tenant, tenant));
  return row?.routes ?? [];
}

export function writeRoutes(
  db: D1Database,
  row: typeof alertRoutes.$inferInsert,
): D1PreparedStatement {
  const target = alertRoutes.tenant;
  const query = orm(db).insert(alertRoutes).values(row);
  return statement(db, query.onConflictDoUpdate({ target, set: row }));
}

/** The oldest finished deliveries from before `beforeMs`, with their attempts. */
export function deleteOldDeliveries(
  db: D1Database,
  beforeMs: number,
  limit: number,
): D1PreparedStatement {
  return db
    .prepare(
      `DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries
         WHERE created_ms < ? AND status <> 'pending' ORDER BY created_ms LIMIT ?)`,
    )
    .bind(beforeMs, limit);
}
