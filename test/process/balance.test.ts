/** `npm run ledger -- balance`, as an operator types it: planned, killed half way, run again. */
import { expect, it } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import { killGroup, runScript, type Served, serve, temporaryDir } from "./command.ts";
import { brokenPromises, queryLedger } from "./estate.ts";

const TENANTS = 14;
const EVENTS = 400;

type Tenant = { id: string; api: Api };

/** Tenants, of which those of ledger 1 alone have usage. */
async function makeTenants({ url, operatorKey }: Served, stateDir: string): Promise<Tenant[]> {
  const operator = apiAt(url, operatorKey);
  const made = await Promise.all(
    Array.from({ length: TENANTS }, async (_, i) => {
      type Made = { id: string; key: string };
      const { id, key } = await operator.call<Made>("POST", "/api/tenants", { name: `Ltd ${i}` });
      return { id, api: apiAt(url, key) };
    }),
  );
  const there = new Set(tenantsOf(stateDir, 1));
  const used = made.filter(({ id }) => there.has(id));
  for (const [n, { api }] of used.entries()) {
    const events = Array.from({ length: EVENTS }, (_, i) => ({
      id: `e${i}`,
      metric_name: "calls",
      quantity: i + n,
      user_id: `u${i % 7}`,
    }));
    await api.call("POST", "/api/usage/events", events);
  }
  return used;
}

function tenantsOf(stateDir: string, ledger: number): string[] {
  const sql = `SELECT id FROM tenants WHERE ledger = ${ledger} ORDER BY id`;
  return queryLedger<{ id: string }>(stateDir, sql).map(({ id }) => id);
}

/** What each has, which drains it too. */
async function sumsOf(tenants: readonly Tenant[]) {
  const sums = tenants.map(async ({ id, api }) => {
    type Sums = { metrics: { event_count: number; total_quantity: number }[] };
    const whole = await api.call<Sums>("GET", "/api/usage/summary?metric_name=calls");
    const byUser = await api.call<Sums>("GET", "/api/usage/summary?group_by=user_id");
    const [calls] = whole.metrics;
    return {
      id,
      sums: [calls?.event_count, calls?.total_quantity],
      users: byUser.metrics,
    };
  });
  return Promise.all(sums);
}

it("evens the ledgers, and goes on where it was killed", async () => {
  const stateDir = temporaryDir();
  const server = await serve(stateDir);
  const used = await makeTenants(server, stateDir);
  expect(used.length).toBeGreaterThanOrEqual(6);
  const before = await sumsOf(used);
  const sent = (n: number) => (EVENTS * (EVENTS - 1)) / 2 + EVENTS * n;
  expect(before.map(({ sums }) => sums)).toEqual(used.map((_, n) => [EVENTS, sent(n)]));
  const env = { BOXCOSTPRO_KEY: server.operatorKey };
  // Usage is small here: any difference is worth a move.
  const balance = (...more: string[]) => {
    return runScript("ledger.ts", ["balance", "--least", "0", "--url", server.url, ...more], env);
  };
  const inOne = () => tenantsOf(stateDir, 1).filter((id) => used.some((one) => one.id === id));

  const planned = balance("--plan");
  expect((await planned.ended).code).toBe(0);
  const { stdout: plan } = planned.output();
  const moves = [...plan.matchAll(/^ {2}(ten_\w+) from 1 to 0, /gm)].map(([, id]) => id);
  expect([plan, moves.length >= 3]).toEqual([expect.stringMatching(/^ledger +usage MB/m), true]);
  expect(inOne()).toHaveLength(used.length);

  const killed = balance();
  await killed.waitFor(new RegExp(`^1 of ${moves.length}: ${moves[0]} is in ledger 0; `, "m"));
  killGroup(killed.child);
  expect((await killed.ended).signal).toBe("SIGKILL");
  const half = inOne();
  expect(half).not.toContain(moves[0]);
  expect(half.length).toBeGreaterThan(used.length - moves.length);
  expect(await sumsOf(used)).toEqual(before);

  const again = balance();
  expect([(await again.ended).code, again.output().stderr]).toEqual([0, expect.any(String)]);
  expect(inOne()).toHaveLength(used.length - moves.length);
  const last = balance("--plan");
  await last.waitFor(/as even as moves of whole tenants make them/);
  expect(await sumsOf(used)).toEqual(before);
  expect(brokenPromises(stateDir)).toEqual({});
}, 120_000);
