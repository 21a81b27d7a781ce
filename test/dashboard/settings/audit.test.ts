import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { changedFields } from "../../../src/dashboard/settings/changed-fields.ts";
import { call, makeTenant } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

const writing = { time: (ms: number) => `at ${ms}` };

describe("what an entry changed", () => {
  it("is said field by field, those inside of others by themselves", () => {
    const before = { party: { name: "A", vat_id: null }, active: true, ends_ms: null };
    const after = { party: { name: "B", vat_id: "DE1" }, active: false, ends_ms: 5 };
    expect(changedFields(before, after, writing)).toEqual([
      { name: "Party, name", before: "A", after: "B" },
      { name: "Party, vat ID", before: null, after: "DE1" },
      { name: "Active", before: "yes", after: "no" },
      { name: "Ends", before: null, after: "at 5" },
    ]);
    expect(changedFields(null, { total_minor: 500, note: "" }, writing)).toEqual([
      { name: "Total (smallest unit)", before: null, after: "500" },
    ]);
    expect(changedFields({ a: "x".repeat(500) }, null, writing)[0]?.before).toHaveLength(161);
    expect(changedFields({}, {}, writing)).toEqual([]);
  });
});

describe("the page of the audit log", () => {
  it("shows what was changed, and verifies the log", async () => {
    const { tenantId, key } = await makeTenant();
    const item = await call(key, "POST", "/api/items", { name: "Work", unit_price: "5" });
    await call(key, "PATCH", `/api/items/${item.body.id}`, { unit_price: "6" });
    const browser = await signedIn(key);
    const path = "/dashboard/settings/audit";
    const page = await browser.get(path);
    expect(page.text).toContain("<del>5</del> → <ins>6</ins>");
    expect(page.text).toContain("Verify now");
    const verified = await browser.submit(path, `${path}/verify`);
    expect(verified.text).toContain("every entry is what was written, and none is missing");
    await env.DB.prepare("UPDATE audit SET target = 'itm_other' WHERE tenant = ? AND seq = 2")
      .bind(tenantId)
      .run();
    const changed = await browser.submit(path, `${path}/verify`);
    expect(changed.text).toContain("Entry 2 is changed: it is not what its hash was made of");
  });
});
