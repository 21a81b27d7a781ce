import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, makeTenant, type TestTenant } from "../../support/api.ts";
import { listed, moveTo, record, type Subscriber, subscriber } from "../../support/billing.ts";

// Not calls: those of these tests are counted too.
const METRIC = "quotes_generated";

const event = (id: string, quantity: number, timestamp: string) => ({
  id,
  quantity,
  timestamp,
  metric_name: METRIC,
});
const OLD = [
  event("a", 7, "2026-01-10T00:00:00Z"),
  event("b", 8, "2026-01-20T12:34:56Z"),
  event("c", 5, "2025-12-31T23:59:59Z"), // before the subscription
];

async function begun(of: TestTenant, name: string, events: object[] = OLD): Promise<string> {
  const made = await call(of.key, "POST", "/api/usage/imports", { name });
  expect([made.status, made.body.status]).toEqual([201, "open"]);
  const path = `/api/usage/imports/${made.body.id}`;
  const staged = await call(of.key, "POST", `${path}/events`, { events });
  expect([staged.status, staged.body.detail]).toEqual([200, undefined]);
  return path;
}

async function run(of: TestTenant, path: string, verb: "commit" | "revert") {
  for (;;) {
    const { status, body } = await call(of.key, "POST", `${path}/${verb}`);
    expect([status, body.detail]).toEqual([200, undefined]);
    if (body.done) return body;
  }
}

/** What the tenant can see of its usage and bills. */
async function standing(of: Subscriber) {
  const range = "start_date=2025-12-01T00:00:00Z&end_date=2026-07-01T00:00:00Z";
  const metric = `metric_name=${METRIC}`;
  const summary = await call(of.key, "GET", `/api/usage/summary?${range}&${metric}`);
  const proof = await call(of.key, "GET", "/api/usage/proof");
  expect(proof.body.equal).toBe(true);
  return {
    total: summary.body.metrics[0]?.total_quantity ?? 0,
    invoices: (await listed(of, "/api/invoices")).map(({ number, total }) => [number, total]),
    credits: (await listed(of, "/api/credit-notes")).map(({ total }) => total),
  };
}

/** January to April are closed: 15 quotes in January, 5 of them billed at 0.50. */
async function closed() {
  const tenant = await subscriber("2026-01-01T00:00:00Z");
  await record(tenant, 15, { metric_name: METRIC });
  await moveTo(tenant, "2026-05-10T00:00:00Z");
  return tenant;
}

describe("an import of older usage", () => {
  it("counts for nothing until it is committed, and says what it would settle", async () => {
    const tenant = await closed();
    const before = await standing(tenant);
    const path = await begun(tenant, "January's backlog");
    const { body } = await call(tenant.key, "GET", `${path}/preview`);
    expect(body).toMatchObject({
      import: { name: "January's backlog", status: "open", staged: 3, recorded: 0 },
      outside: 1,
      settlements: [
        {
          start: "2026-01-01T00:00:00Z",
          amount: 7.5,
          arithmetic: "10.00 − 2.50 = 7.50",
          detail: "quotes_generated 15 → 30",
        },
      ],
    });
    expect(await standing(tenant)).toEqual(before);
  });

  it("that is taken back before it counts leaves everything as it was", async () => {
    const tenant = await closed();
    const before = await standing(tenant);
    const path = await begun(tenant, "mistaken");
    const reverted = await run(tenant, path, "revert");
    expect(reverted).toMatchObject({ status: "reverted", recorded: 0, voided: 0 });
    await moveTo(tenant, "2026-06-01T01:00:00Z");
    expect(await standing(tenant)).toEqual(before);
    const again = await call(tenant.key, "POST", `${path}/commit`);
    expect([again.status, again.body.code]).toEqual([409, "resource.conflict"]);
  });

  it("settles what its preview said, by the next closing, once", async () => {
    const tenant = await closed();
    const before = await standing(tenant);
    const path = await begun(tenant, "backlog");
    const done = await run(tenant, path, "commit");
    expect(done).toMatchObject({ status: "committed", staged: 0, recorded: 3, refused: 0 });
    expect(await run(tenant, path, "commit")).toEqual(done);
    expect((await standing(tenant)).total).toBe(before.total + 20);
    await moveTo(tenant, "2026-06-01T01:00:00Z");
    const after = await standing(tenant);
    expect(after.invoices.map(([, total]) => total)).toEqual([2.5, 7.5]);
    await moveTo(tenant, "2026-07-01T01:00:00Z");
    expect((await standing(tenant)).invoices).toEqual(after.invoices);
    const [, invoice] = await listed(tenant, "/api/invoices");
    const { body } = await call(tenant.key, "GET", `/api/invoices/${invoice.id}/explain`);
    expect(body.lines[0].arithmetic).toBe("10.00 − 2.50 = 7.50");
  });

  it("that is taken back after it was billed is credited to nothing", async () => {
    const tenant = await closed();
    const before = await standing(tenant);
    const path = await begun(tenant, "backlog");
    await run(tenant, path, "commit");
    await moveTo(tenant, "2026-06-01T01:00:00Z");
    const reverted = await run(tenant, path, "revert");
    expect(reverted).toMatchObject({ status: "reverted", recorded: 0, voided: 3 });
    expect((await standing(tenant)).total).toBe(before.total);
    await moveTo(tenant, "2026-07-01T01:00:00Z");
    expect(await standing(tenant)).toMatchObject({
      total: before.total,
      invoices: [before.invoices[0], [expect.any(String), 7.5]],
      credits: [7.5],
    });
  });

  it("into a subscription that has ended is billed by a document of its own", async () => {
    const tenant = await closed();
    await call(tenant.operator, "POST", `/api/subscriptions/${tenant.id}/cancel`, { when: "now" });
    await moveTo(tenant, "2026-08-01T00:00:00Z");
    const path = await begun(tenant, "very late");
    await run(tenant, path, "commit");
    await moveTo(tenant, "2026-08-01T00:00:01Z");
    expect((await standing(tenant)).invoices.map(([, total]) => total)).toEqual([2.5, 7.5]);
  });

  it("goes on where a crash left it: what the meter has is not recorded again", async () => {
    const tenant = await closed();
    const path = await begun(tenant, "broken off");
    await run(tenant, path, "commit");
    const total = (await standing(tenant)).total;
    const id = path.split("/").at(-1) ?? "";
    await env.DB.batch([
      env.DB.prepare("UPDATE usage_import_events SET seq = NULL WHERE import_id = ?").bind(id),
      env.DB.prepare("UPDATE usage_imports SET status = 'committing' WHERE id = ?").bind(id),
    ]);
    expect(await run(tenant, path, "commit")).toMatchObject({ recorded: 3 });
    expect((await standing(tenant)).total).toBe(total);
  });

  it("has one name, takes an id once, and nothing that is not past", async () => {
    const { key } = await makeTenant({ clock: "2026-05-01T00:00:00Z" });
    const path = await begun({ key, tenantId: "" }, "one");
    const twice = await call(key, "POST", "/api/usage/imports", { name: "one" });
    expect([twice.status, twice.body.code]).toEqual([409, "resource.conflict"]);
    const add = (events: unknown[]) => call(key, "POST", `${path}/events`, { events });
    expect((await add([event("a", 9, "2026-01-01T00:00:00Z")])).body.staged).toBe(3);
    const wrong: [unknown, string][] = [
      [event("x", 1, "2026-05-01T00:00:01Z"), "/events/0/timestamp"],
      [event("x", -1, "2026-01-01T00:00:00Z"), "/events/0/quantity"],
      [{ ...event("x", 1, "2026-01-01T00:00:00Z"), source: "api" }, "/events/0/source"],
      [{ metric_name: METRIC, quantity: 1, id: "x" }, "/events/0/timestamp"],
    ];
    for (const [item, pointer] of wrong) {
      const { status, body } = await add([item]);
      expect([status, body.errors]).toMatchObject([422, [{ pointer }]]);
    }
    expect((await call(key, "GET", path)).body.staged).toBe(3);
    await run({ key, tenantId: "" }, path, "commit");
    expect((await add([event("y", 1, "2026-01-01T00:00:00Z")])).status).toBe(409);
  });
});
