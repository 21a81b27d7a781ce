/** An export's statements read a tenant's own rows, in their order, whatever others have. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { childSql, pageSql } from "../../src/retention/export/rows.ts";
import { type Child, LAST_SECTIONS, SECTIONS } from "../../src/retention/export/sections.ts";
import { unservedOf } from "../support/plans.ts";

const sections = [...SECTIONS, ...LAST_SECTIONS];
const below = (children: readonly Child[] = []): Child[] =>
  children.flatMap((child) => [child, ...below(child.children)]);

it("serves each section's first page, a later one and what hangs on them by an index", async () => {
  const asked = sections.flatMap((section) => [
    { statement: pageSql(section, false), params: ["ten_a"] },
    { statement: pageSql(section, true), params: ["ten_a", ...section.key.map(() => 0)] },
    ...below(section.children).map((child) => ({ statement: childSql(child), params: ["[]"] })),
  ]);
  expect(await unservedOf(env.DB, asked)).toEqual([]);
});
