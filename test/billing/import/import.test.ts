import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";
import {
  act,
  listed,
  moveTo,
  quote,
  quotePlan,
  record,
  type Subscriber,
  subscriber,
} from "../../support/billing.ts";

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

async function begun(tenant: TestTenant, name: string, events: object[] = OLD): Promise<string> {
  const made = await call(tenant.key, "POST", "/api/usage/imports", { name });
  expect([made.status, made.body.status]).toEqual([201, "open"]);
  const path = `/api/usage/imports/${made.body.id}`;
  const staged = await call(await operatorKey(), "POST", `${path}/events${of(tenant)}`, { events });
  expect([staged.status, staged.body.detail]).toEqual([200, undefined]);
  return path;
}

/** What is priced is imported by the operator. */
const of = ({ tenantId }: TestTenant) => `?tenant_id=${tenantId}`;

async function run(tenant: TestTenant, path: string, verb: "commit" | "revert") {
  const operator = await operatorKey();
  for (;;) {
    const { status, body } = await call(operator, "POST", `${path}/${verb}${of(tenant)}`);
    expect([status, body.detail]).toEqual([200, undefined]);
    if (body.done) return body;
  }
}

/** What the tenant can see of its usage and bills. */
async function readBilled(tenant: Subscriber) {
  const range = "start_date=2025-12-01T00:00:00Z&end_date=2026-07-01T00:00:00Z";
  const metric = `metric_name=${METRIC}`;
  const summary = await call(tenant.key, "GET", `/api/usage/summary?${range}&${metric}`);
  const proof = await call(tenant.key, "GET", "/api/usage/proof");
  expect(proof.body.equal).toBe(true);
  return {
    total: summary.body.metrics[0]?.total_quantity ?? 0,
    invoices: (await listed(tenant, "/api/invoices")).map(({ number, total }) => [number, total]),
    credits: (await listed(tenant, "/api/credit-notes")).map(({ total }) => total),
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
  it("changes no count until it is committed, and previews what it would settle", async () => {
    const tenant = await closed();
    const before = await readBilled(tenant);
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
          detail: "Quotes generated 15 → 30",
        },
      ],
    });
    expect(await readBilled(tenant)).toEqual(before);
  });

  it("leaves everything as it was when it is reverted before its commit", async () => {
    const tenant = await closed();
    const before = await readBilled(tenant);
    const path = await begun(tenant, "mistaken");
    const reverted = await run(tenant, path, "revert");
    expect(reverted).toMatchObject({ status: "reverted", recorded: 0, voided: 0 });
    await moveTo(tenant, "2026-06-01T01:00:00Z");
    expect(await readBilled(tenant)).toEqual(before);
    const again = await call(tenant.operator, "POST", `${path}/commit${of(tenant)}`);
    expect([again.status, again.body.code]).toEqual([409, "resource.conflict"]);
  });

  it("settles once, at the next closing, what its preview said", async () => {
    const tenant = await closed();
    const before = await readBilled(tenant);
    const path = await begun(tenant, "backlog");
    const done = await run(tenant, path, "commit");
    expect(done).toMatchObject({ status: "committed", staged: 0, recorded: 3, refused: 0 });
    expect(await run(tenant, path, "commit")).toEqual(done);
    expect((await readBilled(tenant)).total).toBe(before.total + 20);
    await moveTo(tenant, "2026-06-01T01:00:00Z");
    const after = await readBilled(tenant);
    expect(after.invoices.map(([, total]) => total)).toEqual([2.5, 7.5]);
    await moveTo(tenant, "2026-07-01T01:00:00Z");
    expect((await readBilled(tenant)).invoices).toEqual(after.invoices);
    const [, invoice] = await listed(tenant, "/api/invoices");
    const { body } = await call(tenant.key, "GET", `/api/invoices/${invoice.id}/explain`);
    expect(body.lines[0].arithmetic).toBe("10.00 − 2.50 = 7.50");
  });

  it("is credited in full when it is reverted after it was billed", async () => {
    const tenant = await closed();
    const before = await readBilled(tenant);
    const path = await begun(tenant, "backlog");
    await run(tenant, path, "commit");
    await moveTo(tenant, "2026-06-01T01:00:00Z");
    const reverted = await run(tenant, path, "revert");
    expect(reverted).toMatchObject({ status: "reverted", recorded: 0, voided: 3 });
    expect((await readBilled(tenant)).total).toBe(before.total);
    await moveTo(tenant, "2026-07-01T01:00:00Z");
    expect(await readBilled(tenant)).toMatchObject({
      total: before.total,
      invoices: [before.invoices[0], [expect.any(String), 7.5]],
      credits: [7.5],
    });
  });

  it("is billed by a document of its own where the subscription has ended", async () => {
    const tenant = await closed();
    await call(tenant.operator, "POST", `/api/subscriptions/${tenant.id}/cancel`, { when: "now" });
    await moveTo(tenant, "2026-08-01T00:00:00Z");
    const path = await begun(tenant, "very late");
    await run(tenant, path, "commit");
    await moveTo(tenant, "2026-08-01T00:00:01Z");
    expect((await readBilled(tenant)).invoices.map(([, total]) => total)).toEqual([2.5, 7.5]);
  });

  it("continues after a crash without recording again what the meter has", async () => {
    const tenant = await closed();
    const path = await begun(tenant, "broken off");
    await run(tenant, path, "commit");
    const total = (await readBilled(tenant)).total;
    const id = path.split("/").at(-1) ?? "";
    await env.DB.batch([
      env.DB.prepare("UPDATE usage_import_events SET seq = NULL WHERE import_id = ?").bind(id),
      env.DB.prepare("UPDATE usage_imports SET status = 'committing' WHERE id = ?").bind(id),
    ]);
    expect(await run(tenant, path, "commit")).toMatchObject({ recorded: 3 });
    expect((await readBilled(tenant)).total).toBe(total);
  });

  it("refuses a name that is taken, takes an id once, and refuses wrong events", async () => {
    const tenant = await makeTenant({ clock: "2026-05-01T00:00:00Z" });
    const { key } = tenant;
    const path = await begun(tenant, "one");
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
    await run(tenant, path, "commit");
    expect((await add([event("y", 1, "2026-01-01T00:00:00Z")])).status).toBe(409);
  });
});

describe("an import into an ended subscription", () => {
  it.each(["commit", "revert"] as const)("(%s) leaves the end's own settlement", async (verb) => {
    const tenant = await subscriber("2026-01-01T00:00:00Z", { plan: await quotePlan() });
    await act(tenant, "cancel", { when: "period_end" });
    await moveTo(tenant, "2026-02-02T00:00:00Z");
    const path = await begun(tenant, "old");
    await run(tenant, path, "commit");
    await moveTo(tenant, "2026-02-03T00:00:00Z");
    if (verb === "revert") await run(tenant, path, "revert");
    await moveTo(tenant, "2026-02-04T00:00:00Z");
    await quote(tenant, 7, { timestamp: "2026-01-31T12:00:00Z" });
    const ran = await moveTo(tenant, "2026-03-20T00:00:00Z");
    expect(ran.map(({ kind, at }) => `${kind} ${at}`)).toContain(
      "subscription.settle 2026-03-09T00:00:00Z",
    );
    const invoices = (await listed(tenant, "/api/invoices")).map(({ total }) => total);
    expect(invoices).toEqual([15, 7]);
    const credits = (await listed(tenant, "/api/credit-notes")).map(({ total }) => total);
    expect(credits).toEqual(verb === "revert" ? [15] : []);
  });
});
