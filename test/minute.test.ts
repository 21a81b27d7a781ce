/** A minute's cost where nothing is due, and that each part is done once something is. */
import { applyD1Migrations } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { insertTenant } from "../src/accounts/store/tenant-store.ts";
import { DAY_MS, MINUTE_MS } from "../src/core/time.ts";
import { sweep } from "../src/minute.ts";
import type { Env } from "../src/platform/runtime/env.ts";
import { quietEnv } from "./delivery/receiver.ts";
import { countedDb } from "./support/counted-db.ts";

/** Databases in which other files make nothing due; some of them sweep them at other times. */
const DB = bindings.QUIET_DB;
const TENANT = "ten_minute";
/** Noon, a minute in which the lists in R2 are not looked at. */
const NOON_MS = Date.UTC(2026, 5, 15, 12, 3);
const LONG_AGO = NOON_MS - 200 * DAY_MS;

beforeAll(async () => {
  await applyD1Migrations(DB, bindings.TEST_MIGRATIONS);
  await DB.prepare("DELETE FROM ledgers").run();
  const row = { id: TENANT, name: "Live Ltd", mode: "live" as const, operator: false };
  const more = { testClockMs: null, eventsPerMinute: null, createdMs: LONG_AGO };
  await insertTenant(DB, { ...row, ...more }).run();
  await DB.prepare(
    `INSERT INTO webhook_endpoints (id, tenant, url, events, created_ms, host, proven_ms)
     VALUES ('ep', '${TENANT}', 'https://hooks.example.invalid', '[]', 1, 'h', 1)`,
  ).run();
});

/** The Worker on this database alone, with what a sweep asked of it and what it sent. */
function watched() {
  const { env, sent } = quietEnv();
  const control = countedDb(DB);
  const ledger = countedDb((env as Env & { LEDGER_1: D1Database }).LEDGER_1);
  const own = { ...env, DB: control.db, LEDGER_1: ledger.db } as Env;
  return { env: own, sent, control: control.reads, ledger: ledger.reads };
}

/** Sweeps until the day's walk is done and nothing of the tenant waits. */
async function quiet(nowMs: number): Promise<void> {
  for (let minute = 1; minute <= 3; minute++) await sweep(watched().env, nowMs - MINUTE_MS);
}

it("asks four short questions where nothing is due, and sends nothing", async () => {
  await quiet(NOON_MS);
  const { env, sent, control, ledger } = watched();
  await sweep(env, NOON_MS);
  // What is due; each ledger's size, of which this database is one; and that these are as noted.
  expect([control.statements, ledger.statements]).toEqual([3, 1]);
  expect(control.rows + ledger.rows).toBeLessThan(20);
  expect(sent).toEqual([]);
  const written = await DB.prepare("SELECT min(seen_ms) AS ms FROM ledgers").first("ms");
  expect(written).toBe(NOON_MS - MINUTE_MS);
});

const dueRow = (id: string, atMs: number, lane: string) =>
  `INSERT INTO due (id, tenant, at_ms, clock, kind, ref, lane)
   VALUES ('${id}', '${TENANT}', ${atMs}, 'real', 'invoice.remind', 'x', ${lane})`;
const lettered = (id: string, createdMs: number, sealed: 0 | 1) =>
  `INSERT INTO emails (id, tenant, scope, letter, from_name, recipients, cc, subject, html, plain,
     attachments, status, created_ms, sealed, search)
   VALUES ('${id}', '${TENANT}', '', 'notice', 'A', '[]', '[]', 'S', '<p>', 'S', '[]', 'sent',
     ${createdMs}, ${sealed}, '')`;
const announcedAs = (id: string, relayedMs: number | null) =>
  `INSERT INTO outbox (id, tenant, news_seq, type, at_ms, body, relayed_ms)
   VALUES ('${id}', '${TENANT}', ${relayedMs ?? 1}, 'quote.accepted', 1, '{}', ${relayedMs})`;
const forgotten = (key: string) =>
  `INSERT INTO forgotten_objects (object_key, tenant, forget_ms) VALUES ('${key}', 'x', 1)`;

/** By what is done: what makes it due, and a query of how many are left once it was done. */
const DUE: Readonly<Record<string, { make: string; left: string; in?: "ledger" }>> = {
  "names a lane": {
    make: dueRow("unnamed", NOON_MS + DAY_MS, "''"),
    left: "SELECT count(*) AS n FROM due WHERE lane = ''",
  },
  "hands out": {
    make: dueRow("invoice.remind:x", NOON_MS, `'${TENANT} invoice.remind'`),
    left: "SELECT count(*) AS n FROM due WHERE id = 'invoice.remind:x' AND leased = 0",
  },
  "relays what waits": {
    make: announcedAs("news_new", null),
    left: "SELECT count(*) AS n FROM outbox WHERE relayed_ms IS NULL",
  },
  "relays what was lost": {
    make: announcedAs("news_lost", LONG_AGO),
    left: `SELECT count(*) AS n FROM outbox WHERE relayed_ms = ${LONG_AGO}`,
  },
  "drops an old answer": {
    make: `INSERT INTO idempotency (caller, key, fingerprint, created_ms)
           VALUES ('k', 'k', 'f', ${NOON_MS - DAY_MS - 1})`,
    left: "SELECT count(*) AS n FROM idempotency",
  },
  "drops a day that is over": {
    make: `INSERT INTO idempotency_days (tenant, day, used, kept_length)
           VALUES ('${TENANT}', ${Math.floor(NOON_MS / DAY_MS) - 1}, 1, 0)`,
    left: "SELECT count(*) AS n FROM idempotency_days",
  },
  "deletes a forgotten object": {
    make: forgotten("minute/0"),
    left: "SELECT count(*) AS n FROM forgotten_objects",
  },
  "deletes a forgotten object of another ledger": {
    make: forgotten("minute/1"),
    left: "SELECT count(*) AS n FROM forgotten_objects WHERE object_key = 'minute/1'",
    in: "ledger",
  },
  "seals an audit log": {
    make: `INSERT INTO audit (id, tenant, at_ms, key_id, action, target, detail)
           VALUES ('aud_x', '${TENANT}', 1, 'k', 'tenant.created', 'x', '{}')`,
    left: "SELECT count(*) AS n FROM audit WHERE hash IS NULL",
  },
  "seals documents": {
    make: `INSERT INTO number_series (issuer, scope, kind, year, last, last_date)
           VALUES ('${TENANT}', '', 'invoice', '2026', 1, '2026-01-01')`,
    left: "SELECT count(*) AS n FROM number_series WHERE sealed_seq < last",
  },
  "drops an old delivery": {
    make: `INSERT INTO webhook_deliveries (id, tenant, endpoint, message, news_seq, type, status,
             created_ms)
           VALUES ('dlv', '${TENANT}', 'ep', 'm', 1, 'quote.accepted', 'failed', ${LONG_AGO})`,
    left: "SELECT count(*) AS n FROM webhook_deliveries",
  },
  "drops an old e-mail": {
    make: lettered("eml_old", LONG_AGO, 1),
    left: "SELECT count(*) AS n FROM emails WHERE id = 'eml_old'",
  },
  "drops usage that was refused long ago": {
    make: `INSERT INTO usage_refused (id, tenant, at_ms, message, events, code, detail)
           VALUES ('ref', '${TENANT}', ${LONG_AGO}, 'm', 1, 'c', 'd')`,
    left: "SELECT count(*) AS n FROM usage_refused",
  },
  "drops an old request": {
    make: `INSERT INTO request_logs (id, tenant, at_ms, method, path, status, key_id, duration_ms,
             request_id)
           VALUES ('rql_0', '${TENANT}', 1, 'GET', '/', 200, 'k', 1, 'r')`,
    left: "SELECT count(*) AS n FROM request_logs",
  },
  "walks on through the tenants": {
    make: "UPDATE retention_walk SET done = 0",
    left: "SELECT count(*) AS n FROM retention_walk WHERE done = 0",
  },
  "folds a customer's text": {
    make: `INSERT INTO customers (id, tenant, name, party, search, revision, created_ms, updated_ms)
           VALUES ('cus', '${TENANT}', 'A', '{}', 'a', 1, 1, 1)`,
    left: "SELECT count(*) AS n FROM customers WHERE search_folded = 0",
  },
  "seals a letter": {
    make: lettered("eml_clear", NOON_MS, 0),
    left: "SELECT count(*) AS n FROM emails WHERE sealed = 0",
  },
};

it.each(Object.keys(DUE))("%s in the minute in which that is due", async (name) => {
  const { make, left, in: where } = DUE[name] as (typeof DUE)[string];
  const { env } = watched();
  const db = where === "ledger" ? (env as Env & { LEDGER_1: D1Database }).LEDGER_1 : DB;
  await quiet(NOON_MS);
  await db.prepare(make).run();
  expect(await db.prepare(left).first("n"), "made").toBe(1);
  await sweep(env, NOON_MS);
  expect(await db.prepare(left).first("n"), "left").toBe(0);
});
