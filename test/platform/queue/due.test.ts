import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  failingWork,
  finish,
  nextOnTestClock,
  postpone,
  readDue,
  schedule,
  unschedule,
} from "../../../src/platform/queue/due.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";

const add = (tenant: string, ref: string, atMs: number, clock: "real" | "test" = "real") =>
  schedule(env.DB, { tenant, atMs, clock, kind: "k", ref }).run();

describe("the schedule", () => {
  it("holds one row for each kind and ref, whose time moves", async () => {
    const ref = makeId("r", 1);
    await add("ten_a", ref, 10);
    await add("ten_a", ref, 20);
    expect(await readDue(env.DB, `k:${ref}`)).toMatchObject({ atMs: 20, attempts: 0 });
    await postpone(env.DB, `k:${ref}`, { atMs: 30, reason: "e".repeat(501) }).run();
    const failing = { atMs: 30, attempts: 1, error: "e".repeat(500) };
    expect(await readDue(env.DB, `k:${ref}`)).toMatchObject(failing);
    // From the row before it on: other files' tests leave work that fails, too.
    const rows = await failingWork(env.DB, { after: `k:${ref.slice(0, -1)}`, limit: 200 });
    expect(rows.filter((row) => row.ref === ref)).toMatchObject([failing]);
    await add("ten_a", ref, 40);
    const anew = { atMs: 40, attempts: 0, error: null };
    expect(await readDue(env.DB, `k:${ref}`)).toMatchObject(anew);
    await unschedule(env.DB, "k", ref).run();
    expect(await readDue(env.DB, `k:${ref}`)).toBeNull();
  });

  it("keeps a row that was scheduled anew while it ran, at the same time or another", async () => {
    const ref = makeId("r", 1);
    const read = () => readDue(env.DB, `k:${ref}`);
    for (const atMs of [10, 11]) {
      await add("ten_a", ref, 10);
      const running = await read();
      await add("ten_a", ref, atMs);
      if (running) await finish(env.DB, running).run();
      expect(await read()).toMatchObject({ atMs });
    }
    const running = await read();
    if (running) await finish(env.DB, running).run();
    expect(await read()).toBeNull();
  });

  it("gives a test tenant its own next row, up to its clock", async () => {
    const [mine, other] = [makeId("ten", 1), makeId("ten", 1)];
    const [first, second] = [makeId("r", 1), makeId("r", 2)];
    await add(mine, second, 200, "test");
    await add(mine, first, 100, "test");
    await add(other, makeId("r", 3), 50, "test");
    expect(await nextOnTestClock(env.DB, mine, 99)).toBeNull();
    expect((await nextOnTestClock(env.DB, mine, 100))?.ref).toBe(first);
    expect((await nextOnTestClock(env.DB, mine, 500))?.ref).toBe(first);
  });
});
