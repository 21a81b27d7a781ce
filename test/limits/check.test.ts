/** Each check around the bindings fires, one byte or one item above its limit and not below. */
import {
  applyD1Migrations,
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  checkStoredPlan,
  explain,
  explainedStored,
  isOfTest,
  readSchema,
} from "../../scripts/platform/check-plan.ts";
import { mostArguments } from "../../scripts/platform/check-sql.ts";
import checkedWorker from "../../scripts/platform/checked-worker.ts";
import { countQuery, invocation, mostAsked } from "../../scripts/platform/invocation.ts";
import { LIMITS, type LimitName, takeBreaches } from "../../scripts/platform/limits.ts";
import { planFault } from "../../scripts/platform/plan.ts";
import { guardRows, unguardRows } from "../../scripts/platform/row-guard.ts";
import { utf8Bytes, valueBytes } from "../../scripts/platform/size.ts";
import { gatheringReads } from "../../src/platform/db/gather.ts";
import { ledgerDb } from "../../src/platform/db/ledger.ts";
import type { Env, Job } from "../../src/platform/runtime/env.ts";
import { call, makeTenant } from "../support/api.ts";

const { DB } = env;
const meter = env.METER.getByName("limits");

type Finding = { find(tenant: string, source: string, id: string): Promise<number | null> };

// What a check says is looked at here.
beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs what breaks a limit; the answer is what the breach says. */
async function broken(limit: LimitName, run: () => unknown): Promise<string> {
  const error = await Promise.resolve()
    .then(run)
    .then(
      () => null,
      (thrown: Error) => thrown,
    );
  const [breach] = takeBreaches();
  expect(error?.name).toBe("Breach");
  expect(breach?.limit).toBe(limit);
  expect(error?.message).toBe(breach?.message);
  return breach?.message ?? "";
}

beforeAll(async () => {
  await DB.batch([
    DB.prepare("CREATE TABLE IF NOT EXISTS limit_rows (id INTEGER PRIMARY KEY, a TEXT, b TEXT)"),
  ]);
  await guardRows(DB);
  return async () => {
    await DB.prepare("DROP TABLE limit_rows").run();
  };
});

describe("D1", () => {
  it("refuses a parameter of 2,000,001 bytes, whatever becomes of it", async () => {
    const count = DB.prepare("SELECT count(*) AS n FROM json_each(?)");
    await count.bind(`["${"x".repeat(1_999_996)}"]`).all();
    const text = `["${"é".repeat(999_998)}x"]`;
    expect(await broken("row", () => count.bind(text).all())).toContain(
      "a row or value has 2000001 bytes, 2000000 are the most: a parameter of SELECT count(*)",
    );
  });

  it("refuses a row as it results, and all of its batch", async () => {
    const half = "x".repeat(1_000_000);
    const [append, insert] = [
      DB.prepare("UPDATE limit_rows SET b = b || ?2 WHERE id = ?1"),
      DB.prepare("INSERT INTO limit_rows VALUES (?, 'a', ?)"),
    ];
    await insert.bind(1, half).run();
    const run = () => DB.batch([insert.bind(2, half), append.bind(1, half)]);
    expect(await broken("row", run)).toMatch(
      /has 20000\d\d bytes.*a row of limit_rows, by INSERT INTO limit_rows/,
    );
    expect(await DB.prepare("SELECT count(*) AS n FROM limit_rows").first("n")).toBe(1);
    const many = DB.prepare("INSERT INTO limit_rows (a, b) SELECT value, value FROM json_each(?)");
    await broken("row", () => many.bind(JSON.stringify([half])).run());
    const upsert = DB.prepare(`INSERT INTO limit_rows VALUES (1, '', ?)
      ON CONFLICT (id) DO UPDATE SET b = b || excluded.b`);
    await broken("row", () => upsert.bind(half).run());
    await append.bind(1, "x".repeat(999_960)).run();
  });

  it("has a guard on every table, and none once they are taken away", async () => {
    const guards = () =>
      DB.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name GLOB 'row_guard_*'").first(
        "n",
      );
    const tables = ["tenants", "documents", "document_lines", "outbox"];
    const all = await guards();
    expect(all).toBeGreaterThan(100);
    for (const table of tables) {
      const made = DB.prepare("SELECT name FROM sqlite_schema WHERE name = ?");
      expect(await made.bind(`row_guard_update_${table}`).first("name"), table).not.toBeNull();
    }
    await unguardRows(DB);
    expect(await guards()).toBe(0);
    await guardRows(DB);
    expect(await guards()).toBe(all);
  });

  it("refuses a text of 2,000,001 bytes that a query makes", async () => {
    const made = DB.prepare("SELECT replace(hex(zeroblob(?1)), '00', 'x') AS text");
    await made.bind(2_000_000).first();
    expect(await broken("row", () => made.bind(2_000_001).first())).toContain("a value answered");
  });

  it("refuses an answer above 50 MB", async () => {
    const made = DB.prepare(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
      WHERE i < ?1) SELECT replace(hex(zeroblob(1000000)), '00', 'x') AS text FROM n`);
    await made.bind(49).all();
    await broken("result", () => made.bind(51).all());
  });

  it("refuses a statement above 100,000 bytes, a hundred parameters, 32 arguments", async () => {
    const long = `SELECT '${"x".repeat(99_992)}'`;
    await DB.prepare(`${long.slice(0, -2)}'`).all();
    await broken("statement", () => DB.prepare(`${long} `).all());
    const marks = (n: number) => DB.prepare(`SELECT 1 IN (${Array(n).fill("?").join()})`);
    await marks(100)
      .bind(...Array(100).fill(1))
      .all();
    await broken("parameters", () =>
      marks(101)
        .bind(...Array(101).fill(1))
        .all(),
    );
    const call = (n: number) => DB.prepare(`SELECT max(${Array(n).fill("max(1,2)").join()})`);
    await call(32).all();
    await broken("arguments", () => call(33).all());
  });

  it("names a statement that no index serves, where the product asks it first", async () => {
    const walk = "SELECT id FROM documents WHERE memo = 'a'";
    const said = async (work: () => Promise<unknown>) => {
      await work();
      return takeBreaches().map(({ message }) => message);
    };
    // The product's own code, which hands a statement on, outside any invocation.
    const product = gatheringReads(DB);
    const byTest = () => DB.prepare(walk).all();
    expect(await said(byTest)).toEqual([]);
    expect(await said(() => invocation("a test", byTest))).toEqual([]);
    expect(await said(() => product.prepare(walk).all())).toEqual([
      "no index serves it (SCAN documents): SELECT id FROM documents WHERE memo = 'a'",
    ]);
    expect(await said(() => product.prepare(walk).all())).toEqual([]);
    const sort = "SELECT id FROM documents WHERE issuer = 'a' ORDER BY memo";
    expect(await said(() => product.batch([DB.prepare(sort)]))).toEqual([
      expect.stringContaining(
        "(issuer=?), USE TEMP B-TREE FOR ORDER BY): SELECT id FROM documents",
      ),
    ]);
  });

  it("tells a test's statement from the product's, wherever the project lies", () => {
    for (const root of ["/work/shop", "/home/me/test/shop", "/srv/node_modules/my shop"]) {
      const asked = (...files: string[]) =>
        isOfTest(
          ["scripts/platform/check-plan.ts", "scripts/platform/check-bindings.ts", ...files].reduce(
            (stack, file) => `${stack}\n    at async one (${root}/${file}:1:2)`,
            "Error",
          ),
        );
      const drizzle = "node_modules/drizzle-orm/d1/session.js";
      expect(asked("src/a.ts", "test/a.test.ts"), root).toBe(false);
      expect(asked(drizzle, "src/a.ts", "test/a.test.ts"), root).toBe(false);
      expect(asked("test/support/a.ts"), root).toBe(true);
      expect(asked(drizzle, "test/a.test.ts"), root).toBe(true);
      expect(asked("node_modules/a/b.js", "src/a.ts"), root).toBe(true);
      expect(asked(drizzle), root).toBe(false);
    }
    expect(isOfTest("Error\n    at one (index.worker.js:1:2)")).toBe(false);
  });

  it("refuses what was served once its index is gone", async () => {
    const { EMPTY_DB } = env;
    await applyD1Migrations(EMPTY_DB, env.TEST_MIGRATIONS);
    const statement = "SELECT id FROM users WHERE email = ? AND removed_ms IS NULL ORDER BY id";
    const fault = async () => {
      const plan = await explain(EMPTY_DB, { statement, params: ["a@b.example"] });
      return planFault(statement, plan, await readSchema(EMPTY_DB));
    };
    expect(await fault()).toBeNull();
    await EMPTY_DB.prepare("DROP INDEX users_by_address").run();
    expect(await fault()).toContain("SCAN users");
    await EMPTY_DB.prepare(
      "CREATE INDEX users_by_address ON users (email, id) WHERE removed_ms IS NULL",
    ).run();
  });

  it("counts the arguments of a function, and nothing else", () => {
    expect(mostArguments("INSERT INTO t (a, b, c) VALUES (1, 2, 3)")).toBe(0);
    expect(mostArguments("SELECT json_object('a, b(', f(1, 2), 'c', 3)")).toBe(4);
    expect(mostArguments(`SELECT coalesce("x, y", NULL, (SELECT max(a, b, c, d)))`)).toBe(4);
  });

  it("refuses the thousand-and-first query of an invocation, of which a batch is one", async () => {
    const one = DB.prepare("SELECT 1");
    await invocation("a test", async () => {
      for (let i = 0; i < 997; i++) countQuery(1);
      await one.first();
      await ledgerDb(env, 1).prepare("SELECT 1").first(); // of any database
      await DB.batch([one, one]);
      expect(await broken("queries", () => one.all())).toContain("1001 queries, 1000 are the most");
    });
    await DB.batch(Array(1_000).fill(one));
    await broken("queries", () => DB.batch(Array(1_001).fill(one)));
  });
});

describe("an invocation", () => {
  it("is a request, a queue's batch, and the minute's sweep", async () => {
    const { key } = await makeTenant();
    const batch = createMessageBatch<Job>("boxcostpro-jobs", [
      { id: "m", timestamp: new Date(), attempts: 1, body: { kind: "due", id: "none" } },
    ]);
    const bindings = env as unknown as Env;
    const [ctx, now] = [createExecutionContext(), createScheduledController()];
    const asked = {
      "GET https://api.test/api/users": () => call(key, "GET", "/api/users"),
      "messages of boxcostpro-jobs": () => checkedWorker.queue(batch, bindings, ctx),
      "the minute's sweep": () => checkedWorker.scheduled(now, bindings),
    };
    for (const [of, run] of Object.entries(asked)) {
      const { queries, statements } = await mostAsked(of, run);
      expect([of, queries > 0, statements >= queries]).toEqual([of, true, true]);
    }
  });
});

describe("an object's storage", () => {
  it("refuses a row of 2,000,001 bytes with its key", async () => {
    await runInDurableObject(meter, async (_, { storage: { sql } }) => {
      sql.exec("CREATE TABLE limit_rows (k TEXT PRIMARY KEY, v BLOB)");
      const insert = (key: string, bytes: number) =>
        sql.exec("INSERT INTO limit_rows VALUES (?, ?)", key, new Uint8Array(bytes));
      insert("k".repeat(1_000), 1_998_982);
      const said = await broken("objectRow", () => insert("K".repeat(1_000), 1_998_983));
      expect(said).toContain("2000001 bytes, 2000000 are the most: INSERT INTO limit_rows");
      await broken("objectRow", () => sql.exec("SELECT ?", "x".repeat(2_000_001)));
      await broken("statement", () => sql.exec(`SELECT 1 --${"x".repeat(100_000)}`));
      const marks = Array(101).fill("?").join();
      await broken("parameters", () => sql.exec(`SELECT 1 IN (${marks})`, ...Array(101).fill(1)));
      const call = `SELECT max(${Array(33).fill("1").join()})`;
      await broken("arguments", () => sql.exec(call));
      sql.exec("DROP TABLE limit_rows");
    });
  });
});

describe("a statement on an object's storage", () => {
  it("is explained the first time that the object asks it", async () => {
    await (meter as unknown as Finding).find("limits", "s", "x");
    expect(explainedStored).toContain("SELECT max(high) AS high FROM log_0");
    expect(explainedStored).toContain("SELECT window_id FROM frozen");
  });

  it("is named where no index serves it", async () => {
    const said = await runInDurableObject(meter, async (_, { storage: { sql } }) => {
      const check = (statement: string, ...params: unknown[]) => {
        checkStoredPlan((text, ...values) => sql.exec(text, ...values), statement, params);
        return takeBreaches().map(({ message }) => message);
      };
      return [
        check("SELECT seq FROM voids WHERE void_seq = ?", 1),
        check("SELECT seq FROM voids WHERE void_seq = ?", 1),
        check("SELECT high FROM log_1 WHERE n = 7"),
        check("SELECT body FROM frozen_parts WHERE window_id = ? ORDER BY body", "per_1"),
        check("DELETE FROM fired WHERE substr(key, 1, 5) = ?", "per_1"),
        check("DELETE FROM fired WHERE key >= ? AND key < ?", "per_1 ", "per_1!"),
        check("SELECT void_seq FROM voids WHERE seq = ?", 1),
      ];
    });
    expect(said).toEqual([
      ["no index serves it (SCAN voids): SELECT seq FROM voids WHERE void_seq = ?"],
      [],
      ["no index serves it (SCAN log_1): SELECT high FROM log_1 WHERE n = 7"],
      [expect.stringContaining("(window_id=?), USE TEMP B-TREE FOR ORDER BY)")],
      [expect.stringContaining("SCAN fired")],
      [],
      [],
    ]);
  });
});

describe("what is sent", () => {
  const job = (id: string): Job => ({ kind: "nothing", id }) as unknown as Job;

  it("refuses a message above 128 KB, a hundred-and-first, and 256 KB of them", async () => {
    const { JOBS } = env;
    const around = JSON.stringify(job("")).length + 100;
    await JOBS.send(job("x".repeat(128_000 - around)));
    await broken("message", () => JOBS.send(job("x".repeat(128_001 - around))));
    await broken("sendBatch", () => JOBS.sendBatch(Array(101).fill({ body: job("x") })));
    const third = { body: job("x".repeat(85_334 - around)) };
    await broken("sendBytes", () => JOBS.sendBatch([third, third, third]));
  });

  it("refuses a frame above 32 MiB", async () => {
    const { 0: client, 1: server } = new WebSocketPair();
    client.accept();
    server.accept();
    server.send("x".repeat(1_000));
    await broken("frame", () => server.send(new ArrayBuffer(LIMITS.frame.most + 1)));
    server.close();
  });
});

describe("R2", () => {
  it("refuses keys above 1,024 bytes, metadata above 8,192, and 1,001 deletions", async () => {
    const { FILES } = env;
    await FILES.put("é".repeat(512), "x");
    await broken("key", () => FILES.put("é".repeat(513), "x"));
    await broken("key", () => FILES.get("x".repeat(1_025)));
    const metadata = (bytes: number) => ({ customMetadata: { a: "x".repeat(bytes - 1) } });
    await FILES.put("limits", "x", metadata(8_192));
    await broken("metadata", () => FILES.put("limits", "x", metadata(8_193)));
    await FILES.delete(Array(1_000).fill("limits"));
    await broken("deletion", () => FILES.delete(Array(1_001).fill("limits")));
  });
});

describe("what the local runtime refuses by itself", () => {
  it("a LIKE or GLOB pattern above 50 bytes", async () => {
    for (const operator of ["LIKE", "GLOB"]) {
      const like = DB.prepare(`SELECT 'x' ${operator} ?`);
      await like.bind("x".repeat(LIMITS.pattern.most)).all();
      await expect(like.bind("x".repeat(LIMITS.pattern.most + 1)).all()).rejects.toThrow(
        "pattern too complex",
      );
    }
  });

  it("a table above 100 columns", async () => {
    const table = (n: number) =>
      DB.prepare(`CREATE TABLE limit_${n} (${Array.from({ length: n }, (_, i) => `c${i}`)})`);
    await table(LIMITS.columns.most).run();
    await DB.prepare(`DROP TABLE limit_${LIMITS.columns.most}`).run();
    await expect(table(LIMITS.columns.most + 1).run()).rejects.toThrow("too many columns");
  });

  it("arguments and answers of a call above 32 MiB", async () => {
    const find = async (bytes: number): Promise<unknown> => {
      try {
        return await (meter as unknown as Finding).find("limits", "s", "x".repeat(bytes));
      } catch (error) {
        return error;
      }
    };
    expect(await find(LIMITS.rpc.most - 1_000)).toBeNull();
    expect(String(await find(LIMITS.rpc.most))).toContain("limited to 32MiB");
  });
});

describe("sizes", () => {
  it("are those of UTF-8", () => {
    for (const text of ["", "abc", "é€", "😀x", "\ud800", "\udc00\ud800x", "東京都"]) {
      expect(utf8Bytes(text), text).toBe(new TextEncoder().encode(text).length);
    }
    expect(valueBytes(new Uint8Array(7))).toBe(7);
    expect(valueBytes([1, 2, 3])).toBe(3);
    expect(valueBytes(null)).toBe(0);
  });
});
