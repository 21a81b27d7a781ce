/** The tables of accounts. */
import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { BudgetName, BudgetValues } from "../../core/budget.ts";
import type { KeptConfinement, Rows } from "../actor/confinement.ts";
import { type Permission, ROLES, USER_ROLES } from "../actor/roles.ts";

export const tenants = sqliteTable(
  "tenants",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    mode: text("mode", { enum: ["live", "test"] }).notNull(),
    operator: integer("operator", { mode: "boolean" }).notNull().default(false),
    /** Where a test tenant's clock stands; null for live tenants. */
    testClockMs: integer("test_clock_ms"),
    /** Events that it may record a minute; null for as many as it sends. */
    eventsPerMinute: integer("events_per_minute"),
    createdMs: integer("created_ms").notNull(),
    /** The operator's own id for it; null where it has none. */
    externalId: text("external_id"),
    /** Which database its usage lies in, and how often that was changed. */
    ledger: integer("ledger").notNull().default(0),
    ledgerEpoch: integer("ledger_epoch").notNull().default(0),
    /** When its erasure began: nothing of it answers any more. */
    erasedMs: integer("erased_ms"),
  },
  (t) => [
    index("tenants_by_mode").on(t.mode, t.id),
    index("tenants_by_ledger").on(t.ledger, t.id),
    index("tenants_by_name").on(sql`lower(${t.name})`, t.id),
    index("tenants_by_mode_and_name").on(t.mode, sql`lower(${t.name})`, t.id),
    uniqueIndex("tenants_operator").on(t.operator).where(sql`${t.operator} = 1`),
    uniqueIndex("tenants_external_id").on(t.externalId).where(sql`${t.externalId} IS NOT NULL`),
  ],
);

/** Whose each external id is or was: no other tenant ever gets it. */
export const externalIds = sqliteTable(
  "external_ids",
  { externalId: text("external_id").primaryKey(), tenant: text("tenant").notNull() },
  (t) => [index("external_ids_by_tenant").on(t.tenant, t.externalId)],
);

/** Roles that tenants put together. */
export const roles = sqliteTable(
  "roles",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    name: text("name").notNull(),
    description: text("description"),
    permissions: text("permissions", { mode: "json" }).$type<readonly Permission[]>().notNull(),
    createdMs: integer("created_ms").notNull(),
    /** Later with each change, so that it tells one state from another. */
    changedMs: integer("changed_ms").notNull(),
  },
  (t) => [
    // Whatever its capitals.
    uniqueIndex("roles_by_name").on(t.tenant, t.name),
    index("roles_by_tenant").on(t.tenant, t.id),
  ],
);

export const users = sqliteTable(
  "users",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    /** Lower case; unique among a tenant's users that are not removed. */
    email: text("email").notNull(),
    name: text("name").notNull(),
    role: text("role", { enum: USER_ROLES }).notNull(),
    createdMs: integer("created_ms").notNull(),
    removedMs: integer("removed_ms"),
    /** A role of the tenant's own, in the place of `role`. */
    ownRole: text("own_role").references(() => roles.id),
    /** What it sees, row by row; null for all. */
    confinement: text("confinement", { mode: "json" }).$type<Rows>(),
  },
  (t) => [
    index("users_by_own_role").on(t.ownRole).where(sql`${t.ownRole} IS NOT NULL`),
    uniqueIndex("users_by_email").on(t.tenant, t.email).where(sql`${t.removedMs} IS NULL`),
    index("users_by_tenant").on(t.tenant, t.id),
    index("users_by_address").on(t.email, t.id).where(sql`${t.removedMs} IS NULL`),
  ],
);

/** Only the SHA-256 of a key is kept, and a hint by which its owner recognises it. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    userId: text("user_id").references(() => users.id),
    name: text("name").notNull(),
    hint: text("hint").notNull(),
    hash: text("hash").notNull().unique(),
    role: text("role", { enum: ROLES }).notNull(),
    createdMs: integer("created_ms").notNull(),
    revokedMs: integer("revoked_ms"),
    /** The user with whom it ends: who made it, or took it over. Null: the tenant's own. */
    madeBy: text("made_by").references(() => users.id),
    /** What it is confined to beyond its role; null for nothing, but for its end. */
    confinement: text("confinement", { mode: "json" }).$type<KeptConfinement>(),
    /** When it ends by itself; `revokedMs` is the same once its end was written down. */
    expiresMs: integer("expires_ms"),
    /** When it was last seen in use, some minutes exactly. */
    lastUsedMs: integer("last_used_ms"),
    /** The key that it was rotated to. */
    replacedBy: text("replaced_by"),
    /** Requests a minute that it may send; null for as many as its tenant may. */
    readsPerMinute: integer("reads_per_minute"),
    writesPerMinute: integer("writes_per_minute"),
    /** A role of the tenant's own, in the place of `role`. */
    ownRole: text("own_role").references(() => roles.id),
    /** The version of the API that its requests are in unless they name one; null: the first. */
    apiVersion: text("api_version"),
  },
  (t) => [
    index("api_keys_by_own_role").on(t.ownRole).where(sql`${t.ownRole} IS NOT NULL`),
    index("api_keys_by_end")
      .on(t.tenant, t.expiresMs)
      .where(sql`${t.expiresMs} IS NOT NULL AND ${t.revokedMs} IS NULL`),
    index("api_keys_by_maker").on(t.madeBy).where(sql`${t.madeBy} IS NOT NULL`),
    index("api_keys_by_tenant").on(t.tenant, t.id),
    index("api_keys_by_user").on(t.userId).where(sql`${t.userId} IS NOT NULL`),
  ],
);

/** Who changed what, in real time. `keyId` is `system` for what the product did by itself. */
export const audit = sqliteTable(
  "audit",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    atMs: integer("at_ms").notNull(),
    keyId: text("key_id").notNull(),
    userId: text("user_id"),
    action: text("action").notNull(),
    target: text("target").notNull(),
    detail: text("detail").notNull().default("{}"),
    /** Ours; beside it what the caller named the request by. */
    requestId: text("request_id"),
    callerRequestId: text("caller_request_id"),
    /** The fields that the write changed, as they were and as they became: audit/image.ts. */
    before: text("before"),
    after: text("after"),
    /** Where it came from, as far as that is known. */
    address: text("address"),
    keyName: text("key_name"),
    sessionId: text("session_id"),
    userAgent: text("user_agent"),
    /** Of one whose change was erased: the digest of what it said. */
    blotted: text("blotted"),
    /** Its place in its tenant's log; null in rows of an earlier version until they are sealed. */
    seq: integer("seq"),
    /** Over the one before and this row; null until it is sealed. */
    hash: text("hash"),
  },
  (t) => [
    index("audit_by_target").on(t.tenant, t.target, t.atMs, t.id),
    index("audit_by_time").on(t.tenant, t.atMs, t.id),
    uniqueIndex("audit_by_seq").on(t.tenant, t.seq).where(sql`${t.seq} IS NOT NULL`),
    index("audit_unnumbered").on(t.tenant, t.atMs, t.id).where(sql`${t.seq} IS NULL`),
  ],
);

/** Rows as they were before a batch, until its end. */
export const auditImages = sqliteTable("audit_images", {
  id: text("id").primaryKey(),
  image: text("image").notNull(),
});

/** How many rows a tenant's log has had, and how far they are sealed. */
export const auditHeads = sqliteTable(
  "audit_heads",
  {
    tenant: text("tenant").primaryKey(),
    seq: integer("seq").notNull(),
    /** So many are of an earlier version, and get their `seq` when they are sealed. */
    earlier: integer("earlier").notNull().default(0),
    sealedSeq: integer("sealed_seq").notNull().default(0),
    sealedHash: text("sealed_hash").notNull().default(""),
    sealedMs: integer("sealed_ms").notNull().default(0),
    /** How far the chain was last found whole, and when; null for never. */
    verifiedSeq: integer("verified_seq"),
    verifiedMs: integer("verified_ms"),
  },
  (t) => [index("audit_heads_unsealed").on(t.sealedMs).where(sql`${t.sealedSeq} < ${t.seq}`)],
);

/** What the API lately answered, in real time: nothing that was sent or answered, and no names. */
export const requestLogs = sqliteTable(
  "request_logs",
  {
    /** Sorts by the time at which the request came. */
    id: text("id").primaryKey(),
    tenant: text("tenant").notNull(),
    atMs: integer("at_ms").notNull(),
    method: text("method").notNull(),
    /** With the ids in it, but for a value that is no id the name of its parameter. */
    path: text("path").notNull(),
    status: integer("status").notNull(),
    /** The code of a refusal's problem. */
    code: text("code"),
    keyId: text("key_id").notNull(),
    /** The key's user. */
    userId: text("user_id"),
    /** The operator's tenant where its key acted for this one. */
    actedBy: text("acted_by"),
    durationMs: integer("duration_ms").notNull(),
    requestId: text("request_id").notNull(),
  },
  (t) => [index("request_logs_by_tenant").on(t.tenant, t.id)],
);

/** Who is signed in to the dashboard, by a key or as a user. Only hashes of tokens are kept. */
export const sessions = sqliteTable(
  "sessions",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    keyId: text("key_id").references(() => apiKeys.id),
    userId: text("user_id").references(() => users.id),
    hash: text("hash").notNull().unique(),
    /** The token before the last rotation. */
    previousHash: text("previous_hash").unique(),
    formToken: text("form_token").notNull(),
    createdMs: integer("created_ms").notNull(),
    rotatedMs: integer("rotated_ms").notNull(),
    expiresMs: integer("expires_ms").notNull(),
    /** The tenant for which the operator acts in it; null for none. */
    actingFor: text("acting_for").references(() => tenants.id),
  },
  (t) => [
    index("sessions_by_expiry").on(t.expiresMs),
    index("sessions_by_tenant").on(t.tenant),
    index("sessions_by_acting").on(t.actingFor).where(sql`${t.actingFor} IS NOT NULL`),
    index("sessions_by_key").on(t.keyId).where(sql`${t.keyId} IS NOT NULL`),
    index("sessions_by_user").on(t.userId).where(sql`${t.userId} IS NOT NULL`),
  ],
);

/** Links that sign a user in, once. */
export const signInLinks = sqliteTable(
  "sign_in_links",
  {
    hash: text("hash").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    createdMs: integer("created_ms").notNull(),
    expiresMs: integer("expires_ms").notNull(),
    usedMs: integer("used_ms"),
  },
  (t) => [
    index("sign_in_links_by_user").on(t.userId, t.createdMs),
    index("sign_in_links_by_expiry").on(t.expiresMs),
  ],
);

/** What the operator set of a tenant's budgets; what is missing is the plan's or the default. */
export const tenantBudgets = sqliteTable(
  "tenant_budgets",
  {
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    budget: text("budget").$type<BudgetName>().notNull(),
    value: integer("value").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.budget] })],
);

/** What versions of plans grant a tenant by its subscription, each from a time on. */
export const grantedBudgets = sqliteTable(
  "granted_budgets",
  {
    tenant: text("tenant").notNull(),
    subscription: text("subscription").notNull(),
    /** On the tenant's clock, until the next row's. */
    fromMs: integer("from_ms").notNull(),
    budgets: text("budgets", { mode: "json" }).$type<BudgetValues>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.subscription, t.fromMs] })],
);

/** How much of a budget by the hour is used, in the hour that begins at `hourMs`. */
export const hourlyUse = sqliteTable(
  "hourly_use",
  {
    tenant: text("tenant").notNull(),
    budget: text("budget").$type<BudgetName>().notNull(),
    hourMs: integer("hour_ms").notNull(),
    used: integer("used").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.budget] })],
);

/** How much of a budget is used, as triggers of the counted tables keep it. */
export const budgetUse = sqliteTable(
  "budget_use",
  {
    tenant: text("tenant").notNull(),
    budget: text("budget").$type<BudgetName>().notNull(),
    used: integer("used").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.budget] })],
);
