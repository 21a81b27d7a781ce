/** When a drain starts, and how much it takes. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { KEY_WORDS } from "../../../src/metering/event/key.ts";
import { encodeLine } from "../../../src/metering/event/line.ts";
import { Drainer } from "../../../src/metering/object/drainer.ts";
import { Home } from "../../../src/metering/object/home.ts";
import { Journal } from "../../../src/metering/object/journal.ts";
import { MeterState } from "../../../src/metering/object/state.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { makeTenant } from "../../support/api.ts";

const worker = env as unknown as Env;
const GATHER_MS = 100;
const AT_MS = Date.UTC(2026, 10, 1);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A drainer over an object's storage, the events of each of its batches, and how many began. */
function drainerOn(storage: never, tenant: string) {
  const [journal, state] = [new Journal(storage), new MeterState(1)];
  const taken: number[] = [];
  let begun = 0;
  const running: Promise<unknown>[] = [];
  const alarms: number[] = [];
  const shell = {
    env: worker,
    home: new Home(worker, journal),
    transact: <T>(work: () => T): T => work(),
    commitToLedger: async (statements: never[]) => {
      begun++;
      const results = await worker.DB.batch(statements);
      const row = await worker.DB.prepare(
        "SELECT up_to AS n FROM usage_watermarks WHERE tenant = ?",
      )
        .bind(tenant)
        .first<{ n: number }>();
      taken.push((row?.n ?? 0) - taken.reduce((sum, n) => sum + n, 0));
      return results;
    },
    waitUntil: (work: Promise<unknown>) => void running.push(work),
    wakeAt: (atMs: number) => void alarms.push(atMs),
    restart: () => {},
  };
  const drainer = new Drainer(shell, journal, state);
  drainer.tenant = tenant;
  drainer.noteRegistered(["m"]);
  const commit = (n: number) => {
    const lines = Array.from({ length: n }, (_, i) => lineOf(`e${state.seq + i}`));
    const part = { n, body: lines.join("\n"), keys: new Uint32Array(n * KEY_WORDS) };
    journal.append(journal.open.g, [part], state.seq + n);
    state.seq += n;
    drainer.add(part.body.length, []);
    drainer.wake(Date.now(), 10_000);
  };
  const settled = () => Promise.all(running);
  return { drainer, commit, taken, begun: () => begun, alarms, settled };
}

function lineOf(id: string): string {
  return encodeLine({
    id,
    source: "api",
    metric: "m",
    micro: 1_000_000n,
    atMs: AT_MS,
    receivedMs: AT_MS,
    userId: null,
    metadata: null,
    voidsSeq: null,
    timeGiven: false,
    requestedMicro: null,
  });
}

type DrainerTest = (setup: ReturnType<typeof drainerOn>) => Promise<void>;

function withDrainer(test: DrainerTest): () => Promise<void> {
  return async () => {
    const { tenantId } = await makeTenant({ ledger: 0 });
    const stub = worker.METER.get(worker.METER.idFromName(tenantId)) as never;
    await runInDurableObject(stub, async (_: unknown, state) => {
      await test(drainerOn(state.storage as never, tenantId));
    });
  };
}

it(
  "a drain of a busy object takes a full slice in one batch",
  withDrainer(async ({ commit, taken, settled }) => {
    for (let i = 0; i < 5; i++) commit(1_000);
    await settled();
    expect(taken).toEqual([5_000]);
  }),
);

it(
  "a backlog that nothing follows is drained after a moment, a small rest by the alarm",
  withDrainer(async ({ commit, taken, begun, alarms, settled, drainer }) => {
    commit(999);
    expect([alarms.length, drainer.backlog]).toEqual([1, 999]);
    commit(1);
    vi.advanceTimersByTime(GATHER_MS - 1);
    await worker.DB.prepare("SELECT 1").run(); // by then a drain would have begun its batch
    expect(begun()).toBe(0);
    vi.advanceTimersByTime(1);
    await settled();
    expect(taken).toEqual([1_000]);
    commit(10);
    expect([alarms.length, drainer.backlog]).toEqual([3, 10]);
  }),
);

it(
  "a reader of the ledger does not wait for a slice to fill",
  withDrainer(async ({ commit, taken, drainer }) => {
    commit(1_000);
    await drainer.drainTo(1_000);
    commit(7);
    await drainer.drainTo(1_007);
    expect(taken).toEqual([1_000, 7]);
  }),
);
