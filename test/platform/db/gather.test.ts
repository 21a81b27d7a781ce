import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { expect, it, vi } from "vitest";
import { orm } from "../../../src/platform/db/db.ts";
import { gatheringReads } from "../../../src/platform/db/gather.ts";

/** A database that gathers, and how many statements each of its batches had. */
function gathering() {
  const batches: number[] = [];
  const counted: Partial<D1Database> = {
    prepare: (text) => env.DB.prepare(text),
    batch: (statements) => {
      batches.push(statements.length);
      return env.DB.batch(statements);
    },
  };
  return { db: gatheringReads(counted as D1Database), batches };
}

it("asks what is asked at once in one batch, and answers each as by itself", async () => {
  const { db, batches } = gathering();
  const rows = "SELECT value AS id, value * 2 AS id, 'x' AS name FROM json_each(?) ORDER BY 1 DESC";
  const answers = await Promise.all([
    db.prepare(rows).bind("[1, 3, 2]").raw(),
    db.prepare("SELECT 7 AS n").first("n"),
    db.prepare("SELECT 7 AS n, 8 AS m").first(),
    db.prepare("SELECT 1 AS n WHERE 0").first(),
    db.prepare("WITH a AS (SELECT 5 AS n) SELECT n FROM a").all(),
    orm(db).all(sql`SELECT 'y' AS text`),
  ]);
  expect(answers.slice(0, 4)).toEqual([
    [
      [3, 6, "x"],
      [2, 4, "x"],
      [1, 2, "x"],
    ],
    7,
    { n: 7, m: 8 },
    null,
  ]);
  expect(answers[4]).toMatchObject({ results: [{ n: 5 }] });
  expect(answers[5]).toEqual([{ text: "y" }]);
  expect(batches).toEqual([6]);
});

it("asks once what several ask alike, and bytes for each", async () => {
  const { db, batches } = gathering();
  const number = (n: number) => db.prepare("SELECT ? AS n").bind(n).first("n");
  const bytes = (n: number) => db.prepare("SELECT hex(?) AS n").bind(Uint8Array.of(n)).first("n");
  expect(
    await Promise.all([number(1), number(2), number(1), bytes(10), bytes(11), number(1)]),
  ).toEqual([1, 2, 1, "0A", "0B", 1]);
  expect(batches).toEqual([4]);
});

it("leaves the others what they asked where one fails", async () => {
  const { db } = gathering();
  const [one, wrong, numbered] = await Promise.allSettled([
    db.prepare("SELECT 1 AS n").first("n"),
    db.prepare("SELECT n FROM nowhere").all(),
    db.prepare("SELECT 'a' AS a, 2").raw(),
  ]);
  expect(one).toMatchObject({ value: 1 });
  expect(wrong).toMatchObject({ reason: { message: expect.stringContaining("nowhere") } });
  expect(numbered).toMatchObject({ value: [["a", 2]] });
  const [, , again] = await Promise.all([
    db.prepare("SELECT 1 AS n").first("n"),
    db.prepare("SELECT 2 AS n").first("n"),
    db.prepare("SELECT 'a' AS a, 2").raw(),
  ]);
  expect(again).toEqual([["a", 2]]);
});

it("runs what writes as it comes, and takes reads into a batch", async () => {
  const { db, batches } = gathering();
  const write = db.prepare("DELETE FROM tenants WHERE id = 'nobody'");
  const run = vi.spyOn(write, "run");
  await write.run();
  expect(run).toHaveBeenCalledOnce();
  const [read] = await db.batch([db.prepare("SELECT ? AS n").bind(4), write]);
  expect(read?.results).toEqual([{ n: 4 }]);
  expect(batches).toEqual([2]);
  expect(await db.prepare("SELECT 3 AS n").raw({ columnNames: true })).toEqual([["n"], [3]]);
});

it("asks batches that only read with what else is asked at once", async () => {
  const { db, batches } = gathering();
  const number = (n: number) => db.prepare("SELECT ? AS n").bind(n);
  const [one, two, failing] = await Promise.allSettled([
    db.batch([number(1), number(2)]),
    db.batch([number(2), number(3)]),
    db.batch([number(1), db.prepare("SELECT n FROM nowhere")]),
  ]);
  expect(failing).toMatchObject({ reason: { message: expect.stringContaining("nowhere") } });
  for (const [answer, wanted] of [
    [one, [1, 2]],
    [two, [2, 3]],
  ] as const) {
    const results = answer.status === "fulfilled" ? answer.value : [];
    expect(results.flatMap(({ results: rows }) => rows)).toEqual(wanted.map((n) => ({ n })));
  }
  batches.length = 0;
  const [first, third] = await Promise.all([
    number(7).first("n"),
    db.batch([db.prepare("SELECT ? AS n").bind(7), number(8)]),
  ]);
  expect([first, third.map(({ results: [row] }) => row)]).toEqual([7, [{ n: 7 }, { n: 8 }]]);
  expect(batches).toEqual([3]);
});
