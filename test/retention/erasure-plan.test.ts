/** An erasure's statements read a tenant's own rows, whatever others have. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { explain, readSchema } from "../../scripts/platform/check-plan.ts";
import { planFault } from "../../scripts/platform/plan.ts";
import * as tables from "../../src/retention/tenant/tables.ts";
import { deleteSql } from "../../src/retention/tenant/tenant-store.ts";

const isGone = (one: unknown): one is tables.Gone =>
  typeof one === "object" && one !== null && "scope" in one && "key" in one;

const all = Object.values(tables)
  .flatMap((value: unknown) => (Array.isArray(value) ? value : [value]))
  .filter(isGone);

it("serves each table that a tenant's rows are deleted of by an index", async () => {
  expect(all.length).toBeGreaterThan(50);
  const schema = await readSchema(env.DB);
  const faults: string[] = [];
  for (const gone of all) {
    const sql = deleteSql(gone);
    const steps = await explain(env.DB, { statement: sql, params: ["ten_a"] });
    expect([sql, steps.length > 0]).toEqual([sql, true]);
    const fault = planFault(sql, steps, schema);
    if (fault !== null) faults.push(`${fault}: ${sql}`);
  }
  expect(faults).toEqual([]);
});
