import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { insist } from "../../../src/platform/db/db.ts";
import { databaseRefusal, isUniqueViolation } from "../../../src/platform/db/refusal.ts";
import { schedule } from "../../../src/platform/queue/due.ts";
import { call, makeTenant } from "../../support/api.ts";

/** What the database itself says of a batch that it refuses. */
async function refused(...statements: D1PreparedStatement[]): Promise<unknown> {
  return env.DB.batch(statements).then(
    () => expect.unreachable("the batch was not refused"),
    (error) => error,
  );
}

/** A new invoice's id: a draft, or a final one. */
async function invoiceId({ isFinal }: { isFinal: boolean }): Promise<string> {
  const { key } = await makeTenant();
  const buyer = await call(key, "POST", "/api/customers", { name: "B" });
  const { body } = await call(key, "POST", "/api/invoices", {
    customer_id: buyer.body.id,
    lines: [{ name: "Work", quantity: 1, unit_price: 5 }],
  });
  if (isFinal) await call(key, "POST", `/api/invoices/${body.id}/finalize`);
  return body.id;
}

describe("what the database refuses", () => {
  it("is a table's unique key where a row is there already", async () => {
    const again = env.DB.prepare(
      `INSERT INTO due (id, tenant, at_ms, clock, kind, ref)
       VALUES ('test:twice', 'ten_x', 1, 'real', 'test', 'twice')`,
    );
    const row = { tenant: "ten_x", atMs: 1, clock: "real", kind: "test", ref: "twice" } as const;
    await schedule(env.DB, row).run();
    const error = await refused(again);
    expect(databaseRefusal(error)).toEqual({ kind: "duplicate", table: "due" });
    expect([isUniqueViolation(error, "due"), isUniqueViolation(error, "outbox")]).toEqual([
      true,
      false,
    ]);
  });

  it("is a stale document where its revision does not go on from the last", async () => {
    const update = env.DB.prepare("UPDATE documents SET revision = revision + 2 WHERE id = ?");
    const error = await refused(update.bind(await invoiceId({ isFinal: false })));
    expect(databaseRefusal(error)).toEqual({ kind: "stale" });
  });

  it("is a finalised document where what it says would change", async () => {
    const update = env.DB.prepare("UPDATE documents SET memo = 'other' WHERE id = ?");
    const error = await refused(update.bind(await invoiceId({ isFinal: true })));
    expect(databaseRefusal(error)).toEqual({ kind: "finalised" });
  });

  it("is the key of the condition that did not hold", async () => {
    const error = await refused(insist(env.DB, sql`0`, { code: "period.open", detail: "open" }));
    expect(databaseRefusal(error)).toMatchObject({
      kind: "insisted",
      key: expect.stringMatching(/^insisted-\d+$/),
    });
  });

  it("is nothing that is known for any other error", async () => {
    expect(databaseRefusal(await refused(env.DB.prepare("SELECT json('{')")))).toBeNull();
    expect(databaseRefusal("anything")).toBeNull();
  });
});
