/** The tables of accounts; `migrations/0002_accounts.sql` and 0011 are what runs. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { ROLES, USER_ROLES } from "../actor/roles.ts";

export const tenants = sqliteTable("tenants", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  mode: text("mode", { enum: ["live", "test"] }).notNull(),
  operator: integer("operator", { mode: "boolean" }).notNull().default(false),
  /** Where a test tenant's clock stands; null for live tenants. */
  testClockMs: integer("test_clock_ms"),
  /** Events that it may record a minute; null for as many as it sends. */
  eventsPerMinute: integer("events_per_minute"),
  createdMs: integer("created_ms").notNull(),
});

export const users = sqliteTable("users", {
  id: text("id").primaryKey(),
  tenant: text("tenant").notNull(),
  /** Lower case; unique among a tenant's users that are not removed. */
  email: text("email").notNull(),
  name: text("name").notNull(),
  role: text("role", { enum: USER_ROLES }).notNull(),
  createdMs: integer("created_ms").notNull(),
  removedMs: integer("removed_ms"),
});

/** Only the SHA-256 of a key is kept, and a hint by which its owner recognises it. */
export const apiKeys = sqliteTable("api_keys", {
  id: text("id").primaryKey(),
  tenant: text("tenant").notNull(),
  userId: text("user_id"),
  name: text("name").notNull(),
  hint: text("hint").notNull(),
  hash: text("hash").notNull().unique(),
  role: text("role", { enum: ROLES }).notNull(),
  createdMs: integer("created_ms").notNull(),
  revokedMs: integer("revoked_ms"),
});

/** Who changed what, in real time. `keyId` is `system` for what the product did by itself. */
export const audit = sqliteTable("audit", {
  id: text("id").primaryKey(),
  tenant: text("tenant").notNull(),
  atMs: integer("at_ms").notNull(),
  keyId: text("key_id").notNull(),
  userId: text("user_id"),
  action: text("action").notNull(),
  target: text("target").notNull(),
  detail: text("detail").notNull().default("{}"),
  requestId: text("request_id"),
});

/** Who is signed in to the dashboard, by a key or as a user. Only hashes of tokens are kept. */
export const sessions = sqliteTable("sessions", {
  id: text("id").primaryKey(),
  tenant: text("tenant").notNull(),
  keyId: text("key_id"),
  userId: text("user_id"),
  hash: text("hash").notNull().unique(),
  /** The token before the last rotation. */
  previousHash: text("previous_hash").unique(),
  formToken: text("form_token").notNull(),
  createdMs: integer("created_ms").notNull(),
  rotatedMs: integer("rotated_ms").notNull(),
  expiresMs: integer("expires_ms").notNull(),
});

/** Links that sign a user in, once. */
export const signInLinks = sqliteTable("sign_in_links", {
  hash: text("hash").primaryKey(),
  userId: text("user_id").notNull(),
  createdMs: integer("created_ms").notNull(),
  expiresMs: integer("expires_ms").notNull(),
  usedMs: integer("used_ms"),
});
