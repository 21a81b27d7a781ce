/** What an export holds, and what it leaves out. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  type Child,
  LAST_SECTIONS,
  NOT_EXPORTED,
  SECTIONS,
} from "../../src/retention/export/sections.ts";
import { call, keyFor, makeTenant, operatorKey } from "../support/api.ts";

const tablesOf = ({ table, children = [] }: Pick<Child, "table" | "children">): string[] => [
  table,
  ...children.flatMap(tablesOf),
];

/** The text of a stored file of an archive. */
function textOf(zip: Uint8Array, name: string): string {
  const bytes = Buffer.from(zip);
  const at = bytes.indexOf(name);
  const length = bytes.readUInt32LE(at - 12);
  return bytes.toString("utf8", at + name.length, at + name.length + length);
}

describe("an export", () => {
  it("holds every table, or says why not", async () => {
    await applyD1Migrations(env.EMPTY_DB, env.TEST_MIGRATIONS);
    const { results } = await env.EMPTY_DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table'",
    ).all<{ name: string }>();
    const own = results
      .map(({ name }) => name)
      .filter((name) => !/^(?:sqlite_|_cf_|d1_|(?:customer|document)_search)/.test(name));
    const exported = [...SECTIONS, ...LAST_SECTIONS].flatMap(tablesOf);
    const known = [...new Set([...exported, ...Object.keys(NOT_EXPORTED)])];
    expect(known.sort()).toEqual(own.sort());
    expect(exported.filter((table) => table in NOT_EXPORTED)).toEqual([]);
  });

  it("is its owner's, without a secret, with a manifest of what is in it", async () => {
    const { tenantId, key } = await makeTenant({ name: "Exported Ltd" });
    await call(key, "POST", "/api/customers", { name: "Buyer", email: "buyer@a.test" });
    await call(key, "POST", "/api/usage/record", { metric_name: "m", quantity: 1.5, id: "one" });
    const { status, bytes, headers } = await call(key, "GET", "/api/export");
    expect([status, headers.get("content-type")]).toEqual([200, "application/zip"]);
    const manifest = JSON.parse(textOf(bytes, "manifest.json"));
    expect(manifest).toMatchObject({ tenant_id: tenantId, version: 1, next_cursor: null });
    const names = manifest.files.map(({ name }: { name: string }) => name.split("/")[0]);
    expect(names).toEqual(expect.arrayContaining(["tenants", "api_keys", "customers", "events"]));
    expect(textOf(bytes, "customers/first.ndjson")).toContain("buyer@a.test");
    const [kept] = textOf(bytes, "api_keys/first.ndjson").split("\n");
    expect(JSON.parse(kept ?? "").row).toMatchObject({ tenant: tenantId, hash: null });
    const log = await call(key, "GET", "/api/audit");
    expect(log.body.data[0]).toMatchObject({ action: "data.exported", target: tenantId });

    for (const role of ["admin", "member", "viewer"] as const) {
      const other = await keyFor(tenantId, role);
      expect((await call(other, "GET", "/api/export")).status).toBe(403);
    }
    const acting = { "boxcost-tenant": tenantId };
    const taken = await call(await operatorKey(), "GET", "/api/export", undefined, acting);
    expect(JSON.parse(textOf(taken.bytes, "manifest.json")).tenant_id).toBe(tenantId);
  });
});

describe("a tenant that is read back", () => {
  it("is none that is there, and brings no row of another's", async () => {
    const { tenantId } = await makeTenant();
    const operator = await operatorKey();
    const load = (tenant: string, part: string, body = "") =>
      call(operator, "PUT", `/api/tenant-load?of=${tenant}&part=${part}`, body);
    expect((await load(tenantId, "rows")).status).toBe(409);
    const fresh = `ten_fresh${Date.now()}`;
    const rowOf = (table: string, row: object) => JSON.stringify({ table, row });
    const named = { created_ms: 1, mode: "live", operator: 1, name: "Fresh" };
    const own = rowOf("tenants", { id: fresh, ...named });
    expect((await load(fresh, "rows", own)).body).toEqual({ tenant_id: fresh, events_up_to: 0 });
    for (const wrong of [
      rowOf("tenants", { id: "ten_other", ...named }),
      rowOf("customers", { id: "cus_x", tenant: tenantId, name: "X" }),
      rowOf("items", { id: "itm_x", tenant: "ten_operator", name: "X" }),
      rowOf("sessions", { id: "ses_x", tenant: fresh }),
      rowOf("tenants", { id: fresh, "name) VALUES (1": 1 }),
    ]) {
      expect([wrong, (await load(fresh, "rows", wrong)).status]).toEqual([wrong, 422]);
    }
    expect((await load(fresh, "file&key=segments/x", "x")).status).toBe(422);
    expect((await load(fresh, "events&from_seq=5", "")).status).toBe(409);
    expect((await load(fresh, "end")).status).toBe(200);
    const { body } = await call(operator, "GET", `/api/tenants/${fresh}`);
    expect(body).toMatchObject({ id: fresh, name: "Fresh" });
    expect((await load(fresh, "rows", own)).status).toBe(409);
  });
});
