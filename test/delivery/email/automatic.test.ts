import { describe, expect, it } from "vitest";
import type { EventBodies } from "../../../src/core/event.ts";
import { sendEmail } from "../../../src/delivery/email/send.ts";
import { announce, listAnnounced } from "../../../src/platform/queue/outbox.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import { handleEvent } from "../../../src/subscribers.ts";
import { call, keyFor, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";
import { quietEnv } from "../receiver.ts";

const { env } = quietEnv();
const OPS = ["ops@example.com"];

async function settled(settings: Record<string, unknown>): Promise<TestTenant> {
  const tenant = await makeTenant({ name: "Acme" });
  const { status } = await call(tenant.key, "PUT", "/api/email-settings", settings);
  expect(status).toBe(200);
  return tenant;
}

async function route(key: string, ...data: Record<string, unknown>[]): Promise<void> {
  const { status } = await call(key, "PUT", "/api/alert-routes", { data });
  expect(status).toBe(200);
}

async function routed(...data: Record<string, unknown>[]): Promise<TestTenant> {
  const tenant = await makeTenant({ name: "Acme" });
  await route(tenant.key, ...data);
  return tenant;
}

const emails = async ({ key }: TestTenant) => (await call(key, "GET", "/api/emails")).body.data;

/** Handles all of the tenant's events, as the queue's consumer does, twice. */
async function consume({ tenantId }: TestTenant): Promise<void> {
  const events = await listAnnounced(env.DB, tenantId, 0, 100);
  expect(events.length).toBeGreaterThan(0);
  for (const event of [...events, ...events]) await handleEvent(env, event, Date.now());
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

async function alert(
  tenant: TestTenant,
  more: Partial<EventBodies["usage.threshold_reached"]> = {},
  type: "usage.threshold_reached" | "usage.limit_reached" = "usage.threshold_reached",
): Promise<void> {
  const body = {
    window_id: "w",
    subscription_id: null,
    metric_name: "api_calls",
    event_id: null,
    threshold_percent: 90,
    usage_percent: 92,
    used_quantity: 920,
    included_quantity: 1_000,
    alert_level: "warning" as const,
    cause: "usage" as const,
    message: "api_calls usage at 92% of limit",
    ...more,
  };
  const event = { id: makeId("news", 1), tenant: tenant.tenantId, atMs: 1 };
  await announce(env.DB, { ...event, type, body }).run();
}

describe("a final invoice", () => {
  it("is sent to its customer where the tenant wants it, once", async () => {
    const tenant = await settled({ send_invoices: true });
    const id = await finalInvoice(tenant);
    await consume(tenant);
    expect(await emails(tenant)).toMatchObject([
      { document_id: id, to: ["b@example.com"], attachments: [{ type: "application/pdf" }] },
    ]);
  });

  it("is not sent where nobody said so", async () => {
    const tenant = await makeTenant();
    await finalInvoice(tenant);
    await consume(tenant);
    expect(await emails(tenant)).toEqual([]);
  });
});

describe("an invoice's buyer", () => {
  it("is sent a receipt once it is paid", async () => {
    const tenant = await settled({ send_receipts: true });
    const id = await finalInvoice(tenant);
    await call(tenant.key, "POST", `/api/invoices/${id}/payments`, { amount: 5 });
    await consume(tenant);
    const [email, ...others] = await emails(tenant);
    expect(email).toMatchObject({ letter: "receipt", document_id: id, to: ["b@example.com"] });
    expect([email.subject.startsWith("Receipt for invoice"), others]).toEqual([true, []]);
    const { body } = await call(tenant.key, "GET", `/api/emails/${email.id}`);
    expect(body.text).toContain("$5.00 paid");
  });

  it("is sent a credit note once it is issued", async () => {
    const tenant = await settled({ send_credit_notes: true });
    const id = await finalInvoice(tenant);
    const reason = { reason: "late" };
    const { body: note } = await call(tenant.key, "POST", `/api/invoices/${id}/credit`, reason);
    await consume(tenant);
    expect(await emails(tenant)).toMatchObject([
      { letter: "document", document_kind: "credit_note", document_id: note.id },
    ]);
  });

  it.each([
    [-3, "soon be due"],
    [0, "due today"],
    [7, "past its due date"],
  ])("is sent a reminder %s days from the due date", async (days, words) => {
    const tenant = await makeTenant();
    const id = await finalInvoice(tenant);
    await remind(tenant, id, days);
    const [email] = await emails(tenant);
    expect(email).toMatchObject({ letter: "reminder", document_id: id });
    const { body } = await call(tenant.key, "GET", `/api/emails/${email.id}`);
    expect(body.text).toContain(words);
  });

  it("is sent no reminder once it is paid, nor where the tenant wants none", async () => {
    const [paying, silent] = [await makeTenant(), await settled({ send_reminders: false })];
    for (const tenant of [paying, silent]) {
      const id = await finalInvoice(tenant);
      const paid = { amount: tenant === paying ? 5 : 1 };
      await call(tenant.key, "POST", `/api/invoices/${id}/payments`, paid);
      await remind(tenant, id, 7);
      expect(await emails(tenant)).toEqual([]);
    }
  });
});

async function remind(tenant: TestTenant, id: string, days: number): Promise<void> {
  const body = {
    invoice_id: id,
    number: "INV-1",
    total: 5,
    currency: "USD",
    days,
    amount_due: 5,
    due_date: "2026-01-31",
  };
  const event = { id: makeId("news", 1), tenant: tenant.tenantId, atMs: 1 };
  await announce(env.DB, { ...event, type: "invoice.reminder_due", body }).run();
  await consume(tenant);
}

describe("an alert", () => {
  it("reaches the addresses that the tenant chose, once, with the figures", async () => {
    const tenant = await routed({ name: "All", emails: OPS });
    await alert(tenant);
    await consume(tenant);
    const [email, ...others] = await emails(tenant);
    const subject = "Acme: API calls: over 90% of what is included";
    expect([email.to, email.subject, others]).toEqual([OPS, subject, []]);
    const { body } = await call(tenant.key, "GET", `/api/emails/${email.id}`);
    expect([body.text, body.letter]).toEqual([expect.stringContaining("Used: 920"), "notice"]);
  });

  it("reaches nobody where none was chosen", async () => {
    const tenant = await makeTenant();
    await alert(tenant);
    await consume(tenant);
    expect(await emails(tenant)).toEqual([]);
  });

  it("goes by kind and metric, and to nobody twice", async () => {
    const storage = { name: "Storage", metrics: ["storage_gb"], emails: ["s@example.com"] };
    const failed = { name: "Mail", events: ["email.failed"], emails: ["m@example.com"] };
    const all = { name: "All", emails: ["S@example.com", "a@example.com"] };
    const tenant = await routed(storage, failed, all);
    await alert(tenant, { metric_name: "storage_gb" });
    await consume(tenant);
    const to = (await emails(tenant)).flatMap((email: { to: string[] }) => email.to);
    expect(to.sort()).toEqual(["a@example.com", "s@example.com"]);
  });

  it("says once that the limit has been reached, though 100 % is a threshold too", async () => {
    const tenant = await routed({ name: "All", emails: OPS });
    await alert(tenant, { threshold_percent: 100 });
    await consume(tenant);
    await alert(tenant, { threshold_percent: 100 }, "usage.limit_reached");
    await consume(tenant);
    const subjects = (await emails(tenant)).map((email: { subject: string }) => email.subject);
    expect(subjects).toEqual(["Acme: API calls: the limit has been reached"]);
  });

  it("is in the language of who reads it", async () => {
    const tenant = await routed({ name: "All", emails: OPS });
    await call(tenant.key, "PUT", "/api/issuer", { legal_name: "Acme GmbH", language: "de" });
    await alert(tenant);
    await consume(tenant);
    const [email] = await emails(tenant);
    expect(email.subject).toContain("des enthaltenen Umfangs");
  });

  it("has the operator's copy where it wants every tenant's", async () => {
    const operator = await operatorKey();
    const copy = { name: "Copies", metrics: ["copied"], emails: OPS, all_tenants: true };
    await route(operator, copy);
    const tenant = await makeTenant({ name: "Acme" });
    await alert(tenant, { metric_name: "copied" });
    await consume(tenant);
    await route(operator);
    const { body } = await call(operator, "GET", "/api/emails?q=copied");
    expect(body.data).toMatchObject([{ to: OPS, subject: expect.stringContaining("Acme: ") }]);
    expect(await emails(tenant)).toEqual([]);
  });

  it.each([
    ["another's endpoint", { endpoint_ids: ["whe_none"] }, "/data/0/endpoint_ids/0"],
    ["another's alerts", { all_tenants: true }, "/data/0/all_tenants"],
  ])("cannot be routed to %s", async (_, more, pointer) => {
    const { key } = await makeTenant();
    const data = [{ name: "X", ...more }];
    const { status, body } = await call(key, "PUT", "/api/alert-routes", { data });
    expect([status, body.errors[0].pointer]).toEqual([422, pointer]);
  });

  it("can be routed by whoever may change settings, and read by nobody else", async () => {
    const { key, tenantId } = await routed({ name: "All", emails: OPS });
    const { body } = await call(key, "GET", "/api/alert-routes");
    const empty = { events: [], metrics: [], endpoint_ids: [], all_tenants: false };
    expect(body.data).toEqual([{ name: "All", emails: OPS, ...empty }]);
    const viewer = await keyFor(tenantId, "viewer");
    expect((await call(viewer, "GET", "/api/alert-routes")).status).toBe(403);
  });
});

describe("an endpoint that was disabled", () => {
  it("is announced to the addresses of alerts", async () => {
    const tenant = await routed({ name: "All", emails: OPS });
    const body = { endpoint_id: "whe_1", url: "https://a.example/", reason: "failing" as const };
    const event = { id: makeId("news", 1), tenant: tenant.tenantId, atMs: 1 };
    await announce(env.DB, { ...event, type: "webhook.disabled", body }).run();
    await consume(tenant);
    expect(await emails(tenant)).toMatchObject([{ to: OPS, document_id: null }]);
  });
});

describe("a notice that cannot be sent", () => {
  it("causes no further notice", async () => {
    const tenant = await routed({ name: "All", emails: OPS });
    await call(tenant.key, "POST", "/api/suppressions", { address: OPS[0] });
    await alert(tenant);
    await consume(tenant);
    const [email] = await emails(tenant);
    await sendEmail(env, email.id, Date.now());
    expect((await emails(tenant))[0].status).toBe("suppressed");
    await consume(tenant);
    expect((await emails(tenant)).length).toBe(1);
  });
});
