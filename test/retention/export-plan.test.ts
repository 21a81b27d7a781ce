/** An export's statements read a tenant's own rows, in their order, whatever others have. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { explain, readSchema } from "../../scripts/platform/check-plan.ts";
import { planFault } from "../../scripts/platform/plan.ts";
import { childSql, pageSql } from "../../src/retention/export/rows.ts";
import { type Child, LAST_SECTIONS, SECTIONS } from "../../src/retention/export/sections.ts";

const sections = [...SECTIONS, ...LAST_SECTIONS];
const below = (children: readonly Child[] = []): Child[] =>
  children.flatMap((child) => [child, ...below(child.children)]);

it("serves each section's first page, a later one and what hangs on them by an index", async () => {
  const asked = sections.flatMap((section) => [
    { sql: pageSql(section, false), params: ["ten_a"] },
    { sql: pageSql(section, true), params: ["ten_a", ...section.key.map(() => 0)] },
    ...below(section.children).map((child) => ({ sql: childSql(child), params: ["[]"] })),
  ]);
  const schema = await readSchema(env.DB);
  const faults: string[] = [];
  for (const { sql, params } of asked) {
    const steps = await explain(env.DB, { statement: sql, params });
    expect([sql, steps.length > 0]).toEqual([sql, true]);
    const fault = planFault(sql, steps, schema);
    if (fault !== null) faults.push(`${fault}: ${sql}`);
  }
  expect(faults).toEqual([]);
});
