import { env as bindings } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginning, readDue, schedule } from "../../../src/platform/queue/due.ts";
import {
  BY_TIME,
  byTurns,
  claimDue,
  claimGroups,
  earliestGroups,
  groupOf,
  groupsDue,
  LEASE_MS,
  laneOf,
  nameLanes,
} from "../../../src/platform/queue/lane.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";

const { DB } = bindings as unknown as Env;
const KIND = "lane.test";
const share = (n: number) => `s${n}`;

function add(tenant: string, lane: number, ref: string, atMs: number) {
  return schedule(DB, { tenant, atMs, clock: "real", kind: KIND, ref, share: share(lane) });
}

describe("claiming due rows", () => {
  it("takes the oldest of each lane as far as both windows allow, as a model does", async () => {
    const row = fc.record({ lane: fc.nat(3), atMs: fc.integer({ min: 1, max: 30 }) });
    const step = fc.record({
      nowMs: fc.integer({ min: 1, max: 30 }),
      ofLane: fc.integer({ min: 1, max: 4 }),
      ofGroup: fc.integer({ min: 1, max: 8 }),
      these: fc.uniqueArray(fc.nat(3)),
      are: fc.constantFrom("only" as const, "not" as const),
    });
    const property = fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 25 }),
      fc.array(step, { minLength: 1, maxLength: 4 }),
      async (rows, steps) => {
        const tenant = makeId("ten", 1);
        const refs = rows.map((_, n) => `${tenant}-${n}`);
        await DB.batch(rows.map(({ lane, atMs }, n) => add(tenant, lane, refs[n] ?? "", atMs)));
        const model = rows.map((one, n) => ({ ...one, ref: refs[n] ?? "", leased: false }));
        for (const { nowMs, ofLane, ofGroup, these, are } of steps) {
          const untilMs = nowMs + 5;
          const [taken = []] = await claimDue(DB, [
            {
              group: groupOf(tenant, KIND),
              window: { lane: ofLane, group: ofGroup },
              nowMs,
              untilMs,
              lanes: { are, these: these.map((n) => laneOf({ tenant, kind: KIND }, share(n))) },
            },
          ]);
          const lanes = [0, 1, 2, 3].filter((n) => these.includes(n) === (are === "only"));
          const flying = (lane: number) =>
            model.filter((one) => one.lane === lane && one.leased && one.atMs > nowMs).length;
          const room = Math.max(0, ofGroup - lanes.reduce((sum, n) => sum + flying(n), 0));
          const waiting = lanes.map((n) =>
            model
              .filter((one) => one.lane === n && one.atMs <= nowMs)
              .sort((a, b) => a.atMs - b.atMs)
              .slice(0, Math.max(0, ofLane - flying(n))),
          );
          const most = waiting.reduce((sum, { length }) => sum + length, 0);
          expect(taken).toHaveLength(Math.min(room, most));
          for (const n of lanes) {
            const got = taken.filter(({ lane }) => lane.endsWith(` ${share(n)}`));
            const times = got.map(({ ref }) => model.find((one) => one.ref === ref)?.atMs);
            const oldest = waiting[lanes.indexOf(n)] ?? [];
            expect(times.sort()).toEqual(
              oldest
                .slice(0, got.length)
                .map(({ atMs }) => atMs)
                .sort(),
            );
          }
          for (const { ref } of taken) {
            const one = model.find((each) => each.ref === ref);
            if (one) Object.assign(one, { leased: true, atMs: untilMs });
          }
        }
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it("by 20 callers at once takes each row once, and no more than the window", async () => {
    const tenant = makeId("ten", 1);
    await DB.batch(Array.from({ length: 50 }, (_, n) => add(tenant, n % 2, `${tenant}-${n}`, 1)));
    const claim = { group: groupOf(tenant, KIND), nowMs: 2, untilMs: 9 };
    const window = { lane: 7, group: 12 };
    const claims = Array.from({ length: 20 }, () => claimDue(DB, [{ ...claim, window }]));
    const refs = (await Promise.all(claims)).flat(2).map(({ ref }) => ref);
    expect([refs.length, new Set(refs).size]).toEqual([12, 12]);
  });

  it("frees the place of a row that is scheduled anew, and of one whose lease ended", async () => {
    const tenant = makeId("ten", 1);
    await DB.batch([1, 2, 3].map((n) => add(tenant, 0, `${tenant}-${n}`, n)));
    const claim = { group: groupOf(tenant, KIND), window: { lane: 1, group: 1 } };
    const take = async (nowMs: number) =>
      (await claimDue(DB, [{ ...claim, nowMs, untilMs: nowMs + 10 }])).flat().map(({ ref }) => ref);
    expect(await take(5)).toEqual([`${tenant}-1`]);
    expect(await take(5)).toEqual([]);
    await add(tenant, 0, `${tenant}-1`, 40).run();
    expect(await take(6)).toEqual([`${tenant}-2`]);
    expect(await take(15)).toEqual([]);
    expect(await take(16)).toEqual([`${tenant}-3`]);
  });
});

describe("a row that was handed out", () => {
  const claimOf = (tenant: string) => ({
    group: groupOf(tenant, KIND),
    window: { lane: 9, group: 9 },
  });
  const begin = async (id: string, nowMs: number, untilMs = nowMs + 100) =>
    (await beginning(DB, id, { nowMs, untilMs })).length;

  it("and did not begin is handed out again soon, then by its second lease", async () => {
    const tenant = makeId("ten", 1);
    const untilMs = 10 * LEASE_MS;
    await add(tenant, 0, tenant, 1).run();
    const take = async (nowMs: number) =>
      (await claimDue(DB, [{ ...claimOf(tenant), nowMs, untilMs }])).flat().length;
    expect(await take(1)).toBe(1);
    expect(await take(LEASE_MS)).toBe(0);
    expect(await take(LEASE_MS + 1)).toBe(1);
    expect(await take(untilMs - 1)).toBe(0);
    expect(await take(untilMs)).toBe(1);
  });

  it("begins once however many messages say so, and again when its attempt failed", async () => {
    const tenant = makeId("ten", 1);
    const id = `${KIND}:${tenant}`;
    await add(tenant, 0, tenant, 50).run();
    expect(await begin(id, 49)).toBe(0); // its time has not come
    await claimDue(DB, [{ ...claimOf(tenant), nowMs: 50, untilMs: 9_999_999 }]);
    const both = await Promise.all([begin(id, 51), begin(id, 51)]);
    expect(both.sort()).toEqual([0, 1]);
    // In an attempt it takes a place of its lane, and comes up when that has failed.
    const after = { ...claimOf(tenant), untilMs: 9_999_999 };
    expect((await claimDue(DB, [{ ...after, nowMs: 150 }])).flat()).toEqual([]);
    expect((await claimDue(DB, [{ ...after, nowMs: 151 }])).flat()).toHaveLength(1);
    expect(await begin(id, 152)).toBe(1);
    expect(await begin(`${KIND}:none`, 152)).toBe(0);
  });
});

describe("claiming of many groups at once", () => {
  it("takes of each what its window allows, in the order in which they are named", async () => {
    const tenants = [1, 2, 3].map(() => makeId("ten", 1));
    const rows = tenants.flatMap((tenant, n) =>
      Array.from({ length: n * 2 }, (_, i) => add(tenant, i % 2, `${tenant}-${i}`, 10 - i)),
    );
    await DB.batch(rows);
    const groups = tenants.map((tenant) => groupOf(tenant, KIND)).reverse();
    const window = { lane: 2, group: 3 };
    const claim = () => claimGroups(DB, groups, { window, nowMs: 10, untilMs: 9_999_999 });
    const taken = await claim();
    expect(taken.map(({ length }) => length)).toEqual([3, 2, 0]);
    // Of two lanes each gives its oldest before one gives a second.
    const refs = taken[0]?.map(({ ref }) => ref);
    expect(refs).toEqual(expect.arrayContaining([3, 2].map((i) => `${tenants[2]}-${i}`)));
    expect((await claim()).flat()).toEqual([]);
  });
});

describe("what is due of many tenants", () => {
  const MANY = 6_500;
  /** Tenants of two shards, a row each, the last one's first in time. */
  const addMany = () =>
    DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO due (id, tenant, at_ms, clock, kind, ref, lane)
       SELECT 'many:' || i, tenant, ?1 - i, 'real', 'many', i, tenant || ' many'
       FROM (SELECT i, 'ten_' || i || substr('!~', 1 + i % 2, 1) AS tenant FROM n)`,
    )
      .bind(MANY)
      .run();
  const nameOf = (i: number) => groupOf(`ten_${i}${i % 2 === 0 ? "!" : "~"}`, "many");
  const isMany = (group: string) => group.endsWith(" many");

  it("is read in the order of its time over all shards, however many lanes they have", async () => {
    await addMany();
    try {
      const inTime = Array.from({ length: MANY - 10 }, (_, n) => nameOf(MANY - n));
      expect((await groupsDue(DB, MANY - 11)).filter(isMany)).toEqual(inTime);
      const earliest = await earliestGroups(DB, MANY - 11);
      expect(earliest.isAll).toBe(false);
      // Rows of other tests are among them.
      const first = earliest.groups.filter(isMany);
      expect(first.length).toBeGreaterThan(BY_TIME - 1_000);
      expect(first).toEqual(inTime.slice(0, first.length));
      expect(await earliestGroups(DB, 100)).toMatchObject({ isAll: true });
    } finally {
      await DB.prepare("DELETE FROM due WHERE kind = 'many'").run();
    }
  });
});

describe("a row of an earlier version", () => {
  it("has no lane until the sweep names it, and is then due as all are", async () => {
    const tenant = makeId("ten", 1);
    await DB.prepare(
      `INSERT INTO due (id, tenant, at_ms, clock, kind, ref) VALUES (?1, ?2, 1, 'real', ?3, 'x')`,
    )
      .bind(`${KIND}:${tenant}`, tenant, KIND)
      .run();
    await nameLanes(DB).run();
    expect(await groupsDue(DB, 2)).toContain(groupOf(tenant, KIND));
    expect(await readDue(DB, `${KIND}:${tenant}`)).toMatchObject({ lane: `${tenant} ${KIND}` });
  });
});

describe("turns", () => {
  it("are the first of each, then the second of each", () => {
    expect(byTurns([["a1", "a2", "a3"], [], ["b1"]])).toEqual(["a1", "b1", "a2", "a3"]);
  });
});
