/** Rows of sessions and of links that begin one. */
import { and, asc, eq, gt, isNull, lte, or, sql } from "drizzle-orm";
import { NEWEST_VERSION } from "../../core/api-version.ts";
import { insist, orm, statement } from "../../platform/db/db.ts";
import { preparedRead, rowsOfRead } from "../../platform/db/prepared.ts";
import { confinementOf } from "../actor/confinement.ts";
import type { BuiltInRole } from "../actor/roles.ts";
import { fullAtSql, limitSql } from "../store/budget-store.ts";
import { type KeyHolder, peopleSql, roleHeld, rowsHeld } from "../store/key-store.ts";
import { ownRoleSql } from "../store/role-store.ts";
import { apiKeys, sessions, signInLinks, tenants, users } from "../store/table.ts";

export type SessionRow = typeof sessions.$inferSelect;
export type SignInLink = typeof signInLinks.$inferSelect;

/** A session with whom it stands for: the key, or the session itself where a user signed in. */
export type SessionHolder = KeyHolder &
  Pick<SessionRow, "id" | "hash" | "formToken" | "createdMs" | "rotatedMs" | "actingFor">;

/** The role of the tenant's own that a session has: the key's, or without one its user's. */
const ROLE_ID = sql<
  string | null
>`iif(${apiKeys.id} IS NULL, ${users.ownRole}, ${apiKeys.ownRole})`;

/**
 * The session of a token's hash, or null where it ended or its key or user did. The token before
 * the last rotation counts only where that was after `rotatedAfterMs`.
 */
export async function holderOfSession(
  db: D1Database,
  hash: string,
  at: { nowMs: number; rotatedAfterMs: number },
): Promise<SessionHolder | null> {
  const [row] = await rowsOfRead(HOLDER(db, { hash, ...at }));
  if (!row) return null;
  const { kept, endsMs, role, ownRole, own, people, ...holder } = row;
  const held = roleHeld({ role, ownRole, own, people });
  const confinement = confinementOf(kept, endsMs, rowsHeld(people, row.userId));
  return { ...holder, role: held, confinement, apiVersion: NEWEST_VERSION };
}

const { placeholder } = sql;
const HOLDER = preparedRead((queries) =>
  queries
    .select({
      id: sessions.id,
      hash: sessions.hash,
      formToken: sessions.formToken,
      createdMs: sessions.createdMs,
      rotatedMs: sessions.rotatedMs,
      actingFor: sessions.actingFor,
      keyId: sql<string>`coalesce(${apiKeys.id}, ${sessions.id})`,
      role: sql<BuiltInRole>`coalesce(${apiKeys.role}, ${users.role})`,
      ownRole: ROLE_ID,
      own: ownRoleSql(ROLE_ID),
      people: peopleSql(apiKeys.userId, apiKeys.madeBy, sessions.userId),
      kept: apiKeys.confinement,
      endsMs: apiKeys.expiresMs,
      userId: sql<string | null>`coalesce(${apiKeys.userId}, ${users.id})`,
      name: sql<string>`coalesce(${users.name}, ${apiKeys.name})`,
      tenantId: tenants.id,
      tenantName: tenants.name,
      mode: tenants.mode,
      operator: tenants.operator,
      testClockMs: tenants.testClockMs,
      eventsPerMinute: limitSql("events_per_minute", sql`${sessions.tenant}`),
      fullAt: fullAtSql(sql`${sessions.tenant}`),
      metricNames: sql<number>`${limitSql("metric_names", sql`${sessions.tenant}`)}`,
    })
    .from(sessions)
    .innerJoin(tenants, eq(tenants.id, sessions.tenant))
    .leftJoin(apiKeys, eq(apiKeys.id, sessions.keyId))
    .leftJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        or(
          eq(sessions.hash, placeholder("hash")),
          and(
            eq(sessions.previousHash, placeholder("hash")),
            gt(sessions.rotatedMs, placeholder("rotatedAfterMs")),
          ),
        ),
        gt(sessions.expiresMs, placeholder("nowMs")),
        sql`CASE WHEN ${sessions.keyId} IS NULL
              THEN ${users.removedMs} IS NULL ELSE ${apiKeys.revokedMs} IS NULL
              AND coalesce(${apiKeys.expiresMs} > ${placeholder("nowMs")}, 1) END`,
      ),
    ),
);

/** The statement that begins a session. */
export function insertSession(db: D1Database, row: SessionRow): D1PreparedStatement {
  return statement(db, orm(db).insert(sessions).values(row));
}

/** Replaces a session's token; changes nothing where another request was faster. */
export async function replaceToken(
  db: D1Database,
  { id, hash }: Pick<SessionRow, "id" | "hash">,
  next: { hash: string; rotatedMs: number; expiresMs: number },
): Promise<boolean> {
  const { meta } = await orm(db)
    .update(sessions)
    .set({
      hash: next.hash,
      previousHash: hash,
      rotatedMs: next.rotatedMs,
      expiresMs: next.expiresMs,
    })
    .where(and(eq(sessions.id, id), eq(sessions.hash, hash)));
  return meta.changes === 1;
}

/**
 * The statement that opens a tenant's dashboard in a session, or closes it, with a form token of
 * its own; changes nothing where the session has ended or another request was faster.
 */
export function setActingFor(
  db: D1Database,
  { id, formToken }: Pick<SessionRow, "id" | "formToken">,
  next: Pick<SessionRow, "actingFor" | "formToken">,
): D1PreparedStatement {
  const query = orm(db)
    .update(sessions)
    .set(next)
    .where(and(eq(sessions.id, id), eq(sessions.formToken, formToken)));
  return statement(db, query);
}

/** The statement that ends a session. */
export function deleteSession(db: D1Database, id: string): D1PreparedStatement {
  return statement(db, orm(db).delete(sessions).where(eq(sessions.id, id)));
}

/** The statements that drop sessions and links that have ended. */
export function dropEnded(db: D1Database, nowMs: number): D1PreparedStatement[] {
  return [
    statement(db, orm(db).delete(sessions).where(lte(sessions.expiresMs, nowMs))),
    statement(db, orm(db).delete(signInLinks).where(lte(signInLinks.expiresMs, nowMs))),
  ];
}

/** A user of a tenant, by their ids. */
export type UserRef = { userId: string; tenantId: string };

/** Users with one e-mail address, in as many tenants, that are sent a link at once. */
const MOST_USERS = 20;

/** The users of an e-mail address in lower case, in whichever tenants. */
export async function usersByEmail(db: D1Database, email: string): Promise<UserRef[]> {
  return orm(db)
    .select({ userId: users.id, tenantId: users.tenant })
    .from(users)
    .where(and(eq(users.email, email), isNull(users.removedMs)))
    .orderBy(asc(users.id))
    .limit(MOST_USERS);
}

/** Refuses a batch where a user had `most` links since a time. */
export function insistFewLinks(
  db: D1Database,
  userId: string,
  { sinceMs, most }: { sinceMs: number; most: number },
): D1PreparedStatement {
  const sent = orm(db).$count(
    signInLinks,
    and(eq(signInLinks.userId, userId), gt(signInLinks.createdMs, sinceMs)),
  );
  const detail = "too many links were sent to this address; wait an hour";
  return insist(db, sql`${sent} < ${most}`, { code: "request.rate_limited", detail });
}

/** The statement that makes a link. */
export function insertLink(db: D1Database, row: SignInLink): D1PreparedStatement {
  return statement(db, orm(db).insert(signInLinks).values(row));
}

function isLive(nowMs: number) {
  return and(isNull(signInLinks.usedMs), gt(signInLinks.expiresMs, nowMs));
}

/** Marks a link as used; changes nothing where it was used before or has ended. */
export function useLink(db: D1Database, hash: string, nowMs: number): D1PreparedStatement {
  const query = orm(db)
    .update(signInLinks)
    .set({ usedMs: nowMs })
    .where(and(eq(signInLinks.hash, hash), isLive(nowMs)));
  return statement(db, query);
}

/** The user a live link is for, or null. */
export async function userOfLink(
  db: D1Database,
  hash: string,
  nowMs: number,
): Promise<UserRef | null> {
  const [row] = await orm(db)
    .select({ userId: users.id, tenantId: users.tenant })
    .from(signInLinks)
    .innerJoin(users, eq(users.id, signInLinks.userId))
    .where(and(eq(signInLinks.hash, hash), isLive(nowMs), isNull(users.removedMs)));
  return row ?? null;
}
