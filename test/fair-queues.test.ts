/** One tenant with 100,000 rows of due work, and 64 others with a few: nobody waits for the one. */
import { applyD1Migrations } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { SECOND_MS } from "../src/core/time.ts";
import { attemptDelivery } from "../src/delivery/webhook/deliver.ts";
import { WEBHOOK_DELIVER } from "../src/delivery/webhook/table.ts";
import { INVOICE_REMIND } from "../src/documents/reminder/remind.ts";
import { recordLater } from "../src/metering/record/later.ts";
import { checkItems } from "../src/metering/record/record.ts";
import { sweep } from "../src/minute.ts";
import { RELAY_WINDOW, relay } from "../src/platform/queue/outbox.ts";
import type { Env } from "../src/platform/runtime/env.ts";
import { handOutMore, handOutWork, runDue } from "../src/schedule.ts";
import { quietEnv, receive } from "./delivery/receiver.ts";
import { call, makeTenant } from "./support/api.ts";
import { countedDb } from "./support/counted-db.ts";

/** So many rows are written before anything is tried. */
const LONG = { timeout: 120_000 };

const FLOOD = 100_000;
const OTHERS = 64;
const EACH = 3;

/** What a sweep may read: a few rows a lane, and never those of the one. */
const MOST_READ = 12_000;

const DB = (bindings as unknown as Env).DB;
const runIn = (db: D1Database, sql: string, ...values: unknown[]) =>
  db
    .prepare(sql)
    .bind(...values)
    .run();
const run = (sql: string, ...values: unknown[]) => runIn(DB, sql, ...values);

type Owner = { tenant: string; endpoint: string };

async function owner(n: number | "flood"): Promise<Owner> {
  const { tenantId: tenant, key } = await makeTenant();
  const url = `https://${n}.${tenant.slice(4)}.example.invalid/in`
    .toLowerCase()
    .replaceAll("_", "-");
  const { body } = await call(key, "POST", "/api/webhooks/endpoints", { url });
  return { tenant, endpoint: body.id };
}

const NUMBERS = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)`;

/** Rows of due work of a kind, all due at `atMs`, whose refs begin with `ref`. */
function addDue(
  kind: string,
  tenant: string,
  lane: string,
  given: { count: number; ref: string; atMs: number },
) {
  return run(
    `INSERT INTO due (id, tenant, at_ms, clock, kind, ref, lane) ${NUMBERS}
     SELECT ?2 || ':' || ?4 || i, ?3, ?5, 'real', ?2, ?4 || i, ?6 FROM n`,
    given.count,
    kind,
    tenant,
    given.ref,
    given.atMs,
    lane,
  );
}

async function addDeliveries(
  { tenant, endpoint }: Owner,
  count: number,
  atMs: number,
): Promise<void> {
  const ref = `dlv_${endpoint.slice(4)}_`;
  await run(
    `INSERT INTO webhook_deliveries (id, tenant, endpoint, message, type, status, created_ms)
     ${NUMBERS}
     SELECT ?2 || i, ?3, ?4, 'test_' || ?2 || i, 'webhook.test', 'pending', ?5 FROM n`,
    count,
    ref,
    tenant,
    endpoint,
    atMs,
  );
  await addDue(WEBHOOK_DELIVER, tenant, `${tenant} ${WEBHOOK_DELIVER} ${endpoint}`, {
    count,
    ref,
    atMs,
  });
}

/** The Worker's environment, what its queues hold, and what it reads of D1. */
function watched(of = DB) {
  const { env, sent } = quietEnv();
  const { db, reads } = countedDb(of);
  return { env: { ...env, DB: db }, sent, reads };
}

/** What a sweep reads that has none of these tenants' work: of what other files left. */
async function readOfOthers(): Promise<number> {
  const { env, reads } = watched();
  await sweep(env, nowMs);
  return reads.rows;
}

const owned = (owners: readonly Owner[]) => new Set(owners.map(({ tenant }) => tenant));

let flood: Owner;
let others: Owner[];
let nowMs: number;

beforeAll(async () => {
  flood = await owner("flood");
  others = [];
  for (let n = 0; n < OTHERS; n++) others.push(await owner(n));
  nowMs = Date.now();
  // What other files left is no part of what is counted here: their lanes would be passed by.
  await run("UPDATE outbox SET relayed_ms = ? WHERE relayed_ms IS NULL", nowMs);
  await run("CREATE TABLE due_of_others AS SELECT * FROM due WHERE clock = 'real'");
  await run("DELETE FROM due WHERE clock = 'real'");
  const { env, reads } = watched();
  for (let sweeps = 0; sweeps < 20; sweeps++) {
    reads.rows = 0;
    await sweep(env, nowMs);
    if (reads.rows < MOST_READ / 10) break;
  }
});
afterAll(async () => {
  await run("INSERT OR IGNORE INTO due SELECT * FROM due_of_others");
  await run("DROP TABLE due_of_others");
});
afterEach(async () => {
  vi.restoreAllMocks();
  const tenants = JSON.stringify([flood, ...others].map(({ tenant }) => tenant));
  for (const table of ["due", "webhook_deliveries"]) {
    await run(`DELETE FROM ${table} WHERE tenant IN (SELECT value FROM json_each(?))`, tenants);
  }
});

describe("100,000 deliveries of one tenant that fail", LONG, () => {
  it("leave those of 64 others as they would be, and cost the sweep few rows", async () => {
    const left = await readOfOthers();
    await addDeliveries(flood, FLOOD, nowMs - 100_000);
    for (const each of others) await addDeliveries(each, EACH, nowMs - 1);
    const { env, sent, reads } = watched();
    await sweep(env, nowMs);
    expect(reads.rows - left).toBeLessThan(MOST_READ);
    // The other files' tenants have work as well, which may come due at any moment.
    const here = owned([flood, ...others]);
    for (const { job } of sent.splice(0)) {
      if (job.kind !== "hand-out" || !here.has(job.tenant)) continue;
      await handOutWork(env, job.tenant, job.work, nowMs);
    }
    const queue = sent.splice(0).filter(({ lane }) => lane === "quick");
    expect(queue.length).toBe(10 + OTHERS * EACH);
    receive(({ url }) => new Response(null, { status: url.includes("flood") ? 500 : 200 }));
    reads.rows = 0;
    let done = 0;
    for (const { job } of queue) {
      if (job.kind === "deliver") await attemptDelivery(env, job.id, "quick", () => nowMs);
      done += 1;
    }
    expect(reads.rows / done).toBeLessThan(150);
    // One sweep was enough for the others; what failed made room for as many of the one's.
    const waiting = await DB.prepare(
      "SELECT tenant FROM webhook_deliveries WHERE status = 'pending' GROUP BY tenant",
    ).all<{ tenant: string }>();
    const ours = owned(others);
    expect(waiting.results.filter(({ tenant }) => ours.has(tenant))).toEqual([]);
    expect(sent.filter(({ lane }) => lane === "quick")).toHaveLength(10);
  });

  it("are in the slow queue two at once of an endpoint that hangs", async () => {
    await run("UPDATE webhook_endpoints SET slow = 1 WHERE tenant = ?", flood.tenant);
    await addDeliveries(flood, 1_000, nowMs - 1);
    const { env, sent } = watched();
    for (let n = 0; n < 4; n++) await handOutWork(env, flood.tenant, WEBHOOK_DELIVER, nowMs);
    expect(sent.map(({ lane }) => lane)).toEqual(["slow", "slow"]);
    await run("UPDATE webhook_endpoints SET slow = 0 WHERE tenant = ?", flood.tenant);
  });
});

describe("100,000 rows of any other kind of one tenant", LONG, () => {
  it.each(["email.send", INVOICE_REMIND, "terms.push"])(
    "%s: the others' are handed out beside them",
    async (kind) => {
      const add = (of: Owner, count: number, atMs: number) =>
        addDue(kind, of.tenant, `${of.tenant} ${kind}`, { count, ref: `${of.tenant}-`, atMs });
      const left = await readOfOthers();
      await add(flood, FLOOD, nowMs - 100_000);
      for (const each of others) await add(each, EACH, nowMs - 1);
      const { env, sent, reads } = watched();
      await sweep(env, nowMs);
      expect(reads.rows - left).toBeLessThan(MOST_READ);
      for (const { job } of sent.filter(({ lane }) => lane === "news")) {
        if (job.kind === "hand-out") await handOutWork(env, job.tenant, job.work, nowMs);
      }
      const ids = sent.flatMap(({ job }) =>
        job.kind === "due" || job.kind === "mail" ? [job.id] : [],
      );
      const isOf =
        ({ tenant }: Owner) =>
        (id: string) =>
          id.includes(`${tenant}-`);
      for (const each of others) expect(ids.filter(isOf(each))).toHaveLength(EACH);
      const floods = ids.filter(isOf(flood)).length;
      expect([floods > 0, floods <= 20]).toEqual([true, true]);
      // By turns: the others' last one has no more of the one's before it than they have rows.
      const last = ids.findLastIndex((id) => others.some((each) => isOf(each)(id)));
      if (kind !== "email.send")
        expect(ids.slice(0, last).filter(isOf(flood)).length).toBeLessThanOrEqual(EACH);
    },
  );

  it("the next takes the place of each that is done", async () => {
    await addDue("none.such", flood.tenant, `${flood.tenant} none.such`, {
      count: 100,
      ref: "x",
      atMs: 1,
    });
    const { env, sent } = watched();
    await sweep(env, nowMs);
    const first = sent
      .splice(0)
      .flatMap(({ job }) => (job.kind === "due" && job.id.startsWith("none.such") ? [job.id] : []));
    expect(first).toHaveLength(20);
    vi.spyOn(console, "error").mockImplementation(() => {});
    await runDue(env, first[0] ?? "", nowMs);
    expect(sent).toMatchObject([{ job: { kind: "due" } }]);
  });
});

describe("a row each of 100,000 tenants in one minute", LONG, () => {
  const KIND = "none.such";
  const SHARDS = "0123456789abcdefghjkmnpqrstvwxyz";

  /** A row of each tenant at its own millisecond, as lately as its ref is high. */
  const addEach = (count: number) =>
    run(
      `INSERT INTO due (id, tenant, at_ms, clock, kind, ref, lane) ${NUMBERS}
       SELECT ?2 || ':' || i, tenant, ?3 + i, 'real', ?2, i, tenant || ' ' || ?2
       FROM (SELECT i, 'ten_' || i || substr(?4, 1 + i * 7 % 32, 1) AS tenant FROM n)`,
      count,
      KIND,
      nowMs - FLOOD,
      SHARDS,
    );

  afterEach(() => run("DELETE FROM due WHERE kind = ?", KIND));

  it("is handed out in the order of time over all shards, once, by few statements", async () => {
    await addEach(FLOOD);
    const { env, sent, reads } = watched();
    await sweep(env, nowMs);
    const refs: number[] = [];
    const steps: number[] = [];
    for (let before = reads.statements; ; before = reads.statements) {
      const jobs = sent.splice(0).filter(({ lane }) => lane === "jobs");
      const here = jobs.flatMap(({ job }) =>
        job.kind === "due" && job.id.startsWith(KIND) ? [Number(job.id.split(":")[1])] : [],
      );
      refs.push(...here);
      steps.push(here.length);
      const last = jobs.at(-1)?.job.kind;
      expect(jobs.filter(({ job }) => job.kind === "sweep")).toHaveLength(last === "sweep" ? 1 : 0);
      if (last !== "sweep") break;
      await run("DELETE FROM due WHERE kind = ? AND leased = 1", KIND); // all before it are done
      await handOutMore(env, nowMs);
      // One that reads by time, one for each five hundred groups.
      expect(reads.statements - before).toBeLessThan(steps.length === 1 ? 1_000 : 20);
    }
    expect(refs).toEqual(Array.from({ length: FLOOD }, (_, i) => i + 1));
    expect(Math.max(...steps)).toBeLessThanOrEqual(5_500);
  });

  it("is in the queue 5,500 at a time, and as many more as should have begun by then", async () => {
    await addEach(20_000);
    const { env, sent } = watched();
    // Three minutes in which nothing is done.
    for (let minute = 0; minute < 3; minute++) await sweep(env, nowMs + minute * 60_000);
    const ids = sent.flatMap(({ job }) =>
      job.kind === "due" && job.id.startsWith(KIND) ? [job.id] : [],
    );
    expect(ids.length).toBeLessThanOrEqual(5_500 + 3_500);
  });

  it("goes on behind 5,000 rows of those whose windows are full", async () => {
    await addDue(KIND, flood.tenant, `${flood.tenant} ${KIND}`, {
      count: 10_000,
      ref: "flood",
      atMs: 1,
    });
    await addEach(20);
    const { env, sent } = watched();
    await handOutMore(env, nowMs);
    const refs = sent.flatMap(({ job }) => (job.kind === "due" ? [job.id] : []));
    for (let i = 1; i <= 20; i++) expect(refs).toContain(`${KIND}:${i}`);
    expect(refs.filter((id) => id.includes("flood"))).toHaveLength(20);
  });
});

describe("100,000 announcements of one tenant that wait", LONG, () => {
  it("are relayed by turns with those of 64 others", async () => {
    // A database that nobody else relays from.
    const db = bindings.EMPTY_DB;
    await applyD1Migrations(db, bindings.TEST_MIGRATIONS);
    await relay(db, quietEnv().env.NEWS, nowMs);
    const announceAll = ({ tenant }: Owner, count: number, atMs: number) =>
      runIn(
        db,
        `INSERT INTO outbox (id, tenant, news_seq, type, at_ms, body) ${NUMBERS}
         SELECT ?2 || '-' || i, ?2, i, 'quote.accepted', ?3, '{}' FROM n`,
        count,
        tenant,
        atMs,
      );
    await announceAll(flood, FLOOD, nowMs - 100_000);
    for (const each of others) await announceAll(each, EACH, nowMs);
    const { env, sent, reads } = watched(db);
    await relay(env.DB, env.NEWS, nowMs);
    const tenants = sent.flatMap(({ job }) => ("tenant" in job ? [job.tenant] : []));
    expect(tenants.filter((tenant) => tenant === flood.tenant)).toHaveLength(RELAY_WINDOW);
    for (const { tenant } of others)
      expect(tenants.filter((of) => of === tenant)).toHaveLength(EACH);
    const ours = owned(others);
    const last = tenants.findLastIndex((tenant) => ours.has(tenant));
    expect(tenants.slice(0, last).filter((tenant) => tenant === flood.tenant).length).toBeLessThan(
      EACH + 1,
    );
    expect(reads.rows).toBeLessThan(MOST_READ);
    sent.length = 0;
    await relay(env.DB, env.NEWS, nowMs);
    expect(sent).toEqual([]);
    await runIn(db, "DELETE FROM outbox");
  });
});

describe("100,000 asynchronous recordings of one tenant", LONG, () => {
  it("leave in the queue of all a batch a second, whatever 64 others send", async () => {
    const { env, sent } = quietEnv();
    const send = async ({ tenant }: Owner, atMs: number) => {
      const by = { tenantId: tenant, nowMs: atMs, realMs: atMs, userId: null } as const;
      const item = { value: { metric_name: "x", quantity: 1 } };
      const checked = await checkItems({ ...by, role: "owner" }, [item], () => null);
      return recordLater(env, { ...by, role: "owner" }, checked);
    };
    // All of it within ten seconds, the others' spread over them.
    const [fromMs, tookMs] = [Math.floor(nowMs / SECOND_MS) * SECOND_MS, 10 * SECOND_MS];
    const every = Math.floor(FLOOD / (OTHERS * EACH));
    const clock = vi.spyOn(Date, "now"); // a share is of the second in which something is sent
    for (let n = 0; n < FLOOD; n++) {
      const atMs = fromMs + Math.floor((n * tookMs) / FLOOD);
      clock.mockReturnValue(atMs);
      await send(flood, atMs);
      const other = others[Math.floor(n / every) % OTHERS];
      if (n % every === 0 && other) await send(other, atMs);
    }
    const common = sent.filter(({ lane }) => lane === "intake");
    const isFlood = ({ job }: (typeof sent)[number]) =>
      "tenant" in job && job.tenant === flood.tenant;
    expect(sent.length - common.length).toBe(FLOOD - 10 * 100);
    expect(sent.filter(({ lane }) => lane === "busy").every(isFlood)).toBe(true);
    const seconds = Map.groupBy(common.filter(isFlood), ({ job }) =>
      Math.floor(("nowMs" in job ? job.nowMs : 0) / SECOND_MS),
    );
    expect([...seconds.values()].map(({ length }) => length)).toEqual(Array(10).fill(100));
  });
});
