import { describe, expect, it } from "vitest";
import { mailNews } from "../../../src/delivery/email/automatic.ts";
import { makeId } from "../../../src/platform/crypto.ts";
import { announce, readAnnounced } from "../../../src/platform/outbox.ts";
import { call, makeTenant, type TestTenant } from "../../support/api.ts";
import { quietEnv } from "../receiver.ts";

const { env } = quietEnv();
const OPS = ["ops@example.com"];

async function settled(settings: Record<string, unknown>): Promise<TestTenant> {
  const tenant = await makeTenant({ name: "Acme" });
  const { status } = await call(tenant.key, "PUT", "/api/email-settings", settings);
  expect(status).toBe(200);
  return tenant;
}

const emails = async ({ key }: TestTenant) => (await call(key, "GET", "/api/emails")).body.data;

/** Makes of the tenant's last announcement what the queue's consumer would, twice. */
async function consumeLast({ tenantId }: TestTenant): Promise<void> {
  const last = env.DB.prepare(
    "SELECT id FROM outbox WHERE tenant = ? ORDER BY news_seq DESC LIMIT 1",
  );
  const row = await last.bind(tenantId).first<{ id: string }>();
  const news = await readAnnounced(env.DB, tenantId, row?.id ?? "");
  if (!news) throw new Error("nothing was announced");
  await mailNews(env, news, Date.now());
  await mailNews(env, news, Date.now());
}

async function finalInvoice({ key }: TestTenant): Promise<string> {
  const buyer = await call(key, "POST", "/api/customers", { name: "B", email: "b@example.com" });
  const { body } = await call(key, "POST", "/api/invoices", {
    customer_id: buyer.body.id,
    lines: [{ name: "Work", quantity: 1, unit_price: 5 }],
  });
  expect((await call(key, "POST", `/api/invoices/${body.id}/finalize`)).status).toBe(200);
  return body.id;
}

async function alert(tenant: TestTenant): Promise<void> {
  const body = {
    ...{ window_id: "w", subscription_id: null, metric_name: "api_calls", event_id: null },
    ...{ threshold_percent: 90, usage_percent: 92, used_quantity: 920, included_quantity: 1_000 },
    ...{ alert_level: "warning" as const, cause: "usage" as const },
    message: "api_calls usage at 92% of limit",
  };
  const news = { id: makeId("news", 1), tenant: tenant.tenantId, atMs: 1 };
  await announce(env.DB, { ...news, type: "usage.threshold_reached", body }).run();
}

describe("a final invoice", () => {
  it("is sent to its customer where the tenant wants it, once", async () => {
    const tenant = await settled({ send_invoices: true });
    const id = await finalInvoice(tenant);
    await consumeLast(tenant);
    expect(await emails(tenant)).toMatchObject([
      { document_id: id, to: ["b@example.com"], attachments: [{ type: "application/pdf" }] },
    ]);
  });

  it("is not sent where nobody said so", async () => {
    const tenant = await makeTenant();
    await finalInvoice(tenant);
    await consumeLast(tenant);
    expect(await emails(tenant)).toEqual([]);
  });
});

describe("an alert", () => {
  it("reaches the addresses that the tenant chose, once", async () => {
    const tenant = await settled({ alerts_to: OPS });
    await alert(tenant);
    await consumeLast(tenant);
    const [email, ...others] = await emails(tenant);
    expect([email.to, email.subject, others]).toEqual([OPS, "Acme: api_calls: over 90%", []]);
    const { body } = await call(tenant.key, "GET", `/api/emails/${email.id}`);
    expect(body.text).toContain("api_calls usage at 92% of limit");
  });

  it("reaches nobody where none was chosen", async () => {
    const tenant = await makeTenant();
    await alert(tenant);
    await consumeLast(tenant);
    expect(await emails(tenant)).toEqual([]);
  });
});

describe("an endpoint that was disabled", () => {
  it("is told to the same addresses", async () => {
    const tenant = await settled({ alerts_to: OPS });
    const body = { endpoint_id: "whe_1", url: "https://a.example/", reason: "failing" as const };
    const news = { id: makeId("news", 1), tenant: tenant.tenantId, atMs: 1 };
    await announce(env.DB, { ...news, type: "webhook.disabled", body }).run();
    await consumeLast(tenant);
    expect(await emails(tenant)).toMatchObject([{ to: OPS, document_id: null }]);
  });
});
