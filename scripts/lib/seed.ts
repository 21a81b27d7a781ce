/**
 * What a new installation needs to be tried: a key for the operator, and a demo tenant with a key.
 * The keys live in files that only their owner reads; seeding again changes nothing.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { KEY_SECRET_BYTES, keyHint, keyText } from "../../src/accounts/actor/key-text.ts";
import { NEWEST_VERSION } from "../../src/core/api-version.ts";
import { apiAt } from "./api.ts";
import { keptSecret } from "./kept.ts";
import type { Server } from "./server.ts";

const DEMO_TENANT = "ten_demo";

export type Keys = { operator: string; demo: string };

/** The demo tenant's key, made before the server starts where there is none yet. */
export function demoKeyIn(stateDir: string): string {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  return keptKey(join(stateDir, "demo.key"), { mode: "live", operator: false });
}

/** Makes the demo tenant and both keys, or answers those that are there. */
export async function seedKeys(
  { db, ledgers }: Pick<Server, "db" | "ledgers">,
  stateDir: string,
): Promise<Keys> {
  const operator = keptKey(join(stateDir, "operator.key"), { mode: "live", operator: true });
  const demo = demoKeyIn(stateDir);
  const nowMs = Date.now();
  await db.batch([
    // Beside the operator's, where there is another ledger.
    tenantRow(db, { id: DEMO_TENANT, name: "Demo", ledger: ledgers.at(-1) ?? 0 }, nowMs),
    keyRow(db, { id: "key_seed_operator", tenant: "ten_operator", key: operator, nowMs }),
    keyRow(db, { id: "key_seed_demo", tenant: DEMO_TENANT, key: demo, nowMs }),
  ]);
  return { operator, demo };
}

/** All of it: the keys, the demo tenant, and through the API its subscription to FREE. */
export async function seedServer(server: Server, stateDir: string): Promise<Keys> {
  const keys = await seedKeys(server, stateDir);
  await subscribeDemo(server, keys.operator);
  return keys;
}

/** Does nothing where the tenant has or had a subscription. */
async function subscribeDemo({ url, db }: Server, operatorKey: string): Promise<void> {
  if (await hasAny(db, "subscriptions", DEMO_TENANT)) return;
  await apiAt(url, operatorKey).call("POST", "/api/subscriptions", {
    tenant_id: DEMO_TENANT,
    plan: "FREE",
    billing_cycle: "monthly",
    base_price: 0,
  });
}

/** True where a tenant has a row in a table: no route is asked for it, and none compiled. */
export async function hasAny(
  db: D1Database,
  table: "subscriptions" | "customers",
  tenant: string,
): Promise<boolean> {
  const found = db.prepare(`SELECT 1 FROM ${table} WHERE tenant = ? LIMIT 1`).bind(tenant);
  return (await found.first()) !== null;
}

/** A live tenant; one that is there stays. */
export function tenantRow(
  db: D1Database,
  { id, name, ledger = 0 }: { id: string; name: string; ledger?: number },
  nowMs: number,
): ReturnType<D1Database["prepare"]> {
  return db
    .prepare(
      `INSERT INTO tenants (id, name, mode, created_ms, ledger) VALUES (?, ?, 'live', ?, ?)
       ON CONFLICT (id) DO NOTHING`,
    )
    .bind(id, name, nowMs, ledger);
}

export function keptKey(path: string, tenant: Parameters<typeof keyText>[0]): string {
  return keptSecret(path, () =>
    keyText(tenant, randomBytes(KEY_SECRET_BYTES).toString("base64url")),
  );
}

/** A key whose file was lost is replaced by the new file's. */
export function keyRow(
  db: D1Database,
  row: { id: string; tenant: string; key: string; nowMs: number },
): ReturnType<D1Database["prepare"]> {
  const hash = createHash("sha256").update(row.key).digest("hex");
  return db
    .prepare(
      `INSERT INTO api_keys (id, tenant, name, hint, hash, role, created_ms, api_version)
       VALUES (?, ?, 'First key', ?, ?, 'owner', ?, ?)
       ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, hint = excluded.hint
         WHERE hash <> excluded.hash`,
    )
    .bind(row.id, row.tenant, keyHint(row.key), hash, row.nowMs, NEWEST_VERSION);
}
