import { describe, expect, it, vi } from "vitest";
import { call, makeTenant } from "../support/api.ts";
import { type Browser, signedIn, tokenOn } from "./browser.ts";

async function owner(): Promise<{ browser: Browser; key: string }> {
  const { key } = await makeTenant();
  return { browser: await signedIn(key), key };
}

/** The actions of a tenant's audit log, newest first, without those of its sessions. */
async function auditOf(key: string): Promise<{ action: string; request_id: string | null }[]> {
  const { body } = await call(key, "GET", "/api/audit");
  const entries: { action: string; request_id: string | null }[] = body.data;
  return entries.filter(({ action }) => !action.startsWith("session."));
}

describe("a form that runs an operation of the API", () => {
  it("leaves the audit entry that the same call of the API leaves", async () => {
    const [page, api] = [await owner(), await owner()];
    const path = "/dashboard/customers";
    const made = await page.browser.submit(`${path}/new`, path, { "/name": "Acme" });
    expect(made.status).toBe(303);
    await call(api.key, "POST", "/api/customers", { name: "Acme" });
    const [byPage, byApi] = [await auditOf(page.key), await auditOf(api.key)];
    expect(byPage.map(({ action }) => action)).toEqual(byApi.map(({ action }) => action));
    expect(byPage[0]?.request_id).toBe(made.headers.get("x-request-id"));
  });

  it("counts what it makes, and no call of the API", async () => {
    const { browser, key } = await owner();
    await browser.submit("/dashboard/customers/new", "/dashboard/customers", { "/name": "Acme" });
    const { body } = await call(key, "GET", "/api/usage/summary");
    const customers = await browser.get("/dashboard/customers");
    const customerId = /customers\/(cus_\w+)/.exec(customers.text)?.[1] ?? "";
    const draft = await browser.submit("/dashboard/quotes/new", "/dashboard/quotes", {
      "/customer_id": customerId,
      "/lines/0/name": "Consulting",
      "/lines/0/quantity": "1",
      "/lines/0/unit_price": "10",
    });
    expect([draft.status, body.metrics]).toEqual([303, []]);
    await vi.waitFor(async () => {
      const summary = await call(key, "GET", "/api/usage/summary");
      const counted = summary.body.metrics.map((row: { metric_name: string }) => row.metric_name);
      expect(counted).toEqual(["quotes_generated"]);
    });
  });

  it("is not found where no operation has such an address", async () => {
    const { browser } = await owner();
    const path = "/dashboard/usage/metrics";
    const { status } = await browser.submit(path, path, { "/name": "..", "/aggregation": "sum" });
    expect(status).toBe(404);
  });
});

describe("mail that is sent without asking", () => {
  it("is chosen by its form, and shown as chosen", async () => {
    const { browser, key } = await owner();
    const path = "/dashboard/settings/mail";
    const before = await browser.get(path);
    expect(before.text).toMatch(/name="\/send_reminders"[^>]*checked/);
    const saved = await browser.submit(path, path, { "/send_invoices": "yes" });
    expect(saved.status).toBe(303);
    expect((await call(key, "GET", "/api/email-settings")).body).toEqual({
      send_invoices: true,
      send_receipts: false,
      send_credit_notes: false,
      send_reminders: false,
    });
    const { text } = await browser.get(path);
    expect(text).toMatch(/name="\/send_invoices"[^>]*checked/);
    expect(text).not.toMatch(/name="\/send_reminders"[^>]*checked/);
  });
});

describe("branding", () => {
  const PATH = "/dashboard/settings/branding";
  /** One white pixel. */
  const PNG: Uint8Array<ArrayBuffer> = Uint8Array.from(
    atob(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC",
    ),
    (char) => char.charCodeAt(0),
  );

  it("is replaced by its form; its logo is uploaded and taken away", async () => {
    const { browser, key } = await owner();
    const saved = await browser.submit(PATH, PATH, {
      "/accent": "#1f3a5f",
      "/template": "classic",
    });
    expect([saved.status, saved.text]).toEqual([303, ""]);
    const branding = async () => (await call(key, "GET", "/api/branding")).body;
    expect((await branding()).accent).toBe("#1f3a5f");
    const upload = async (bytes: string | Uint8Array<ArrayBuffer>) => {
      const form = new FormData();
      form.set("form_token", tokenOn((await browser.get(PATH)).text));
      form.set("logo", new File([bytes], "logo.png"));
      return browser.upload(`${PATH}/logo`, form);
    };
    expect((await upload("no picture")).status).toBe(422);
    expect((await upload(PNG)).status).toBe(303);
    const logo = await call(key, "GET", "/api/branding/logo");
    expect(logo.bytes).toEqual(PNG);
    expect((await browser.submit(PATH, `${PATH}/logo/remove`)).status).toBe(303);
    expect((await branding()).logo).toBeNull();
  });
});

describe("members and keys", () => {
  it("are added, changed and removed by their forms", async () => {
    const { browser, key } = await owner();
    const path = "/dashboard/settings/members";
    const person = { "/name": "Ada", "/email": "ada@people.test", "/role": "member" };
    expect((await browser.submit(path, path, person)).status).toBe(303);
    const again = await browser.submit(path, path, person);
    expect([again.status, again.text]).toEqual([422, expect.stringContaining('value="Ada"')]);
    const users = async () => (await call(key, "GET", "/api/users")).body.data;
    const [{ id }] = await users();
    const role = { "/role": "admin" };
    expect((await browser.submit(path, `${path}/${id}/role`, role)).status).toBe(303);
    expect(await users()).toMatchObject([{ id, role: "admin" }]);
    expect((await browser.submit(path, `${path}/${id}/remove`)).status).toBe(303);
    expect(await users()).toEqual([]);
  });

  it("show a new key once, which works until it is revoked", async () => {
    const { browser } = await owner();
    const path = "/dashboard/settings/keys";
    const made = await browser.submit(path, path, { "/name": "Reads", "/role": "viewer" });
    const key = /data-copy="(bcp_live_[^"]+)"/.exec(made.text)?.[1] ?? "";
    const { status, body } = await call(key, "GET", "/api/tenant");
    expect([status, body.key.role]).toEqual([200, "viewer"]);
    expect((await browser.get(path)).text).not.toContain(key);
    expect((await browser.submit(path, `${path}/${body.key.id}/revoke`)).status).toBe(303);
    expect((await browser.get(path)).text).toContain(">revoked<");
  });
});

describe("a webhook endpoint", () => {
  it("is added, changed, tested, replayed, given another secret and removed", async () => {
    const { browser, key } = await owner();
    const path = "/dashboard/webhooks";
    const made = await browser.submit(path, path, { "/url": "https://h.example.invalid/" });
    const secret = /data-copy="(whsec_[^"]+)"/.exec(made.text)?.[1];
    expect([made.status, secret]).toEqual([200, expect.any(String)]);
    const { data } = (await call(key, "GET", "/api/webhooks/endpoints")).body;
    const page = `${path}/${data[0].id}`;
    const change = { "/url": data[0].url, "/description": "Books", "/enabled": "yes" };
    expect((await browser.submit(page, page, change)).status).toBe(303);
    const read = await call(key, "GET", `/api/webhooks/endpoints/${data[0].id}`);
    expect(read.body).toMatchObject({ description: "Books", events: [] });
    expect((await browser.submit(page, `${page}/test`)).status).toBe(303);
    for (const after of ["0", "", "none"]) {
      const replayed = await browser.submit(page, `${page}/replay`, { "/after": after });
      expect([after, replayed.status]).toEqual([after, 303]);
    }
    const rotated = await browser.submit(page, `${page}/rotate`);
    const next = /data-copy="(whsec_[^"]+)"/.exec(rotated.text)?.[1];
    expect([rotated.status, next]).toEqual([200, expect.not.stringContaining(secret ?? "")]);
    const delivery = (await call(key, "GET", "/api/webhooks/deliveries")).body.data[0].id;
    const log = `${path}/deliveries/${delivery}`;
    expect((await browser.submit(log, `${log}/retry`)).location).toBe(`${log}?done=queued`);
    expect((await browser.submit(page, `${page}/remove`)).status).toBe(303);
    expect((await browser.get(page)).status).toBe(404);
  });
});
