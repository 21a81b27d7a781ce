import { env as bindings } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, keyFor, makeTenant } from "../../support/api.ts";
import { moveTo, record, subscriber } from "../../support/billing.ts";

const env = bindings as unknown as Env;

async function begun(key: string, name: string, text: string | Uint8Array) {
  const { id } = (await call(key, "POST", "/api/usage/imports", { name })).body;
  const path = `/api/usage/imports/${id}`;
  const put = await call(key, "PUT", `${path}/file?name=usage.csv`, text);
  return { path, put };
}

const total = async (key: string, metric: string) => {
  const range = "start_date=2020-01-01T00:00:00Z&end_date=2027-12-31T00:00:00Z";
  const { body } = await call(key, "GET", `/api/usage/summary?${range}`);
  const row = body.metrics.find((each: { metric_name: string }) => each.metric_name === metric);
  return row ? [row.total_quantity, row.event_count] : null;
};

const EXPORT = [
  "Datum;Kunde;Menge",
  "28.02.2026 10:00;ada;1.000,50",
  "28.02.2026 10:00;ada;1.000,50",
  "01.03.2026 00:30;bob;2",
  "31.02.2026 10:00;bob;3",
  "01.03.2026;bob;-1",
].join("\r\n");
const OPTIONS = {
  map: "timestamp=#1,user_id=#2,quantity=#3",
  set: "metric_name=tokens",
  decimal: "comma",
  dates: "dmy",
  zone: "Europe/Berlin",
};

describe("an import that is read from a file", () => {
  it("tells what the file is, and shows its first lines as they would be recorded", async () => {
    const { key } = await makeTenant({ clock: "2026-06-01T00:00:00Z" });
    const { path, put } = await begun(key, "Sheet", EXPORT);
    expect([put.status, put.body]).toMatchObject([
      200,
      {
        file: { name: "usage.csv", lines: 0, read_percent: 0 },
        format: "csv",
        separator: ";",
        decimal: "comma",
        dates: "dmy",
        columns: [
          { name: "Datum", field: "timestamp" },
          { name: "Kunde", field: "user_id", values: ["ada", "bob"] },
          { name: "Menge", field: "quantity" },
        ],
        fault: expect.stringContaining("which column is metric_name and quantity"),
        counted_before: null,
      },
    ]);
    const look = await call(key, "GET", `${path}/file?${new URLSearchParams(OPTIONS)}`);
    expect(look.body.fault).toBeNull();
    expect(look.body.shown).toMatchObject([
      { events: [{ timestamp: "2026-02-28T09:00:00Z", quantity: "1000.50", user_id: "ada" }] },
      {},
      { events: [{ timestamp: "2026-02-28T23:30:00Z" }] },
      { line: 5, fault: expect.stringContaining("is no day") },
      { line: 6, refused: [expect.stringContaining("quantity")] },
    ]);
    expect(await total(key, "tokens")).toBeNull();
  });

  it("shows its lines, which name others, to nobody who reads only its own usage", async () => {
    const { key, tenantId } = await makeTenant({ clock: "2026-06-01T00:00:00Z" });
    const { path } = await begun(key, "Sheet", EXPORT);
    const keyOf = async (role: "member" | "admin") => {
      const input = { email: `${role}@a.test`, name: "Eve", role };
      const { id: userId } = (await call(key, "POST", "/api/users", input)).body;
      return keyFor(tenantId, role, { mode: "test", userId });
    };
    const eve = await keyOf("member");
    const refused = await call(eve, "GET", `${path}/file`);
    expect([refused.status, refused.body.code]).toEqual([403, "auth.forbidden"]);
    expect(refused.body.detail).toContain("/api/usage/events");
    expect((await call(eve, "GET", path)).status).toBe(200);
    for (const other of [
      await keyFor(tenantId, "member", { mode: "test" }),
      await keyOf("admin"),
    ]) {
      expect((await call(other, "GET", `${path}/file`)).status).toBe(200);
    }
  });

  it("is staged with its errors, counts once committed, and is undone exactly", async () => {
    const { key, tenantId } = await makeTenant({ clock: "2026-06-01T00:00:00Z" });
    await call(key, "POST", "/api/usage/record", { metric_name: "tokens", quantity: 7 });
    const { path } = await begun(key, "Sheet", EXPORT);
    const read = await call(key, "POST", `${path}/file/read`, OPTIONS);
    expect([read.status, read.body]).toMatchObject([
      200,
      {
        done: true,
        events: 3,
        wrong: 2,
        read_percent: 100,
        errors: [
          { line: 5, reason: expect.stringContaining("is no day") },
          { line: 6, reason: expect.stringContaining("quantity") },
        ],
      },
    ]);
    expect(await total(key, "tokens")).toEqual([7, 1]);
    const again = await call(key, "POST", `${path}/file/read`, OPTIONS);
    expect(again.body).toMatchObject({ done: true, events: 3 });
    expect((await call(key, "GET", path)).body).toMatchObject({ staged: 3, recorded: 0 });
    const stored = `import/${tenantId}/${path.split("/").at(-1)}`;
    expect(await env.FILES.head(stored)).not.toBeNull();
    await call(key, "POST", `${path}/commit`);
    expect(await env.FILES.head(stored)).toBeNull();
    expect(await total(key, "tokens")).toEqual([2_010, 4]);
    await call(key, "POST", `${path}/revert`);
    expect(await total(key, "tokens")).toEqual([7, 1]);
  });

  it("is read anew in another way, and warns of a file that counts already", async () => {
    const { key } = await makeTenant({ clock: "2026-06-01T00:00:00Z" });
    const { path } = await begun(key, "First", EXPORT);
    const asUtc = { ...OPTIONS, zone: "UTC" };
    await call(key, "POST", `${path}/file/read`, asUtc);
    const other = await call(key, "POST", `${path}/file/read`, { ...asUtc, set: "metric_name=x" });
    expect(other.body).toMatchObject({ done: true, events: 3 });
    expect((await call(key, "GET", path)).body).toMatchObject({ staged: 3 });
    await call(key, "POST", `${path}/commit`);
    expect([await total(key, "tokens"), await total(key, "x")]).toEqual([null, [2_003, 3]]);
    const closed = await call(key, "POST", `${path}/file/read`, OPTIONS);
    expect(closed.status).toBe(409);
    const second = await begun(key, "Second", EXPORT);
    expect(second.put.body.counted_before).toBe("First");
  });

  it("says before it counts what the running period would bill more", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    await record(tenant, 8, { metric_name: "quotes_generated" });
    await moveTo(tenant, "2026-01-20T00:00:00Z");
    const { id } = (await call(tenant.key, "POST", "/api/usage/imports", { name: "Sheet" })).body;
    const path = `/api/usage/imports/${id}`;
    const text = "id,metric_name,quantity,timestamp\n1,quotes_generated,6,2026-01-10T00:00:00Z\n";
    const of = `tenant_id=${tenant.tenantId}`;
    await call(tenant.operator, "PUT", `${path}/file?${of}`, text);
    await call(tenant.operator, "POST", `${path}/file/read?${of}`, {});
    const { body } = await call(tenant.key, "GET", `${path}/preview`);
    // Of 14 quotes 10 are included: 4 at 0.50.
    expect(body).toMatchObject({
      outside: 0,
      settlements: [],
      running: { start: "2026-01-01T00:00:00Z", events: 1, currency: "USD", amount: 2 },
    });
    const own = await call(tenant.key, "POST", `${path}/file/read`, { zone: "UTC" });
    expect([own.status, own.body.code]).toEqual([403, "usage.billed"]);
  });

  it("goes on by thousands, with an id for each of equal lines", async () => {
    const { key } = await makeTenant({ clock: "2026-06-01T00:00:00Z" });
    const line = "api_calls,1,2026-05-01T00:00:00Z\n";
    const text = `metric_name,quantity,timestamp\n${line.repeat(12_000)}`;
    const { path } = await begun(key, "Many", text);
    const first = (await call(key, "POST", `${path}/file/read`, {})).body;
    expect(first).toMatchObject({ done: false, events: 10_000, wrong: 0 });
    expect(first.read_percent).toBeGreaterThan(50);
    const last = (await call(key, "POST", `${path}/file/read`, {})).body;
    expect(last).toMatchObject({ done: true, events: 12_000, read_percent: 100 });
    expect((await call(key, "GET", path)).body).toMatchObject({ staged: 12_000 });
  });

  it.each([
    ["a workbook", new Uint8Array([0x50, 0x4b, 3, 4, 1]), "workbook"],
    ["nothing", "", "empty"],
    ["no format", "hello\n", "cannot be told"],
  ])("is refused where the file is %s", async (_, text, why) => {
    const { key } = await makeTenant();
    const { put, path } = await begun(key, "Wrong", text);
    expect([put.status, put.body.errors?.[0]]).toMatchObject([
      422,
      { pointer: "/file", detail: expect.stringContaining(why) },
    ]);
    expect((await call(key, "GET", `${path}/file`)).status).toBe(404);
  });

  it("is one tenant's alone", async () => {
    const { key } = await makeTenant();
    const { path } = await begun(key, "Mine", EXPORT);
    const other = (await makeTenant()).key;
    for (const [method, at, body] of [
      ["GET", "/file", undefined],
      ["PUT", "/file", EXPORT],
      ["POST", "/file/read", OPTIONS],
    ] as const) {
      expect((await call(other, method, path + at, body)).status).toBe(404);
    }
    const event = { metric_name: "a", quantity: 1, timestamp: "2020-01-01T00:00:00Z" };
    const named = JSON.stringify({ id: "1", tenant: "x", ...event });
    const ndjson = await begun(key, "Named", `${named}\n`);
    const read = await call(key, "POST", `${ndjson.path}/file/read`, {});
    expect(read.body).toMatchObject({ events: 0, wrong: 1 });
  });
});
