/** An erasure's statements read a tenant's own rows, whatever others have. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import * as tables from "../../src/retention/tenant/tables.ts";
import { deleteSql } from "../../src/retention/tenant/tenant-store.ts";
import { unservedOf } from "../support/plans.ts";

const isGone = (one: unknown): one is tables.Gone =>
  typeof one === "object" && one !== null && "scope" in one && "key" in one;

const all = Object.values(tables)
  .flatMap((value: unknown) => (Array.isArray(value) ? value : [value]))
  .filter(isGone);

it("serves each table that a tenant's rows are deleted of by an index", async () => {
  expect(all.length).toBeGreaterThan(50);
  const asked = all.map((gone) => ({ statement: deleteSql(gone), params: ["ten_a"] }));
  expect(await unservedOf(env.DB, asked)).toEqual([]);
});
