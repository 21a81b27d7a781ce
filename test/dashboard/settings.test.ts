import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant } from "../support/api.ts";
import { moveTo, record, subscriber } from "../support/billing.ts";
import { fieldsOn, signedIn, tokenOn } from "./browser.ts";

describe("who is told of alerts", () => {
  const PATH = "/dashboard/alerts/routes";

  it("is a list that is filled in and shown again", async () => {
    const { key } = await makeTenant();
    const hook = await call(key, "POST", "/api/webhooks/endpoints", {
      url: "https://h.example.invalid/",
    });
    const browser = await signedIn(key);
    const answer = await browser.submit(PATH, PATH, {
      ...{ "/data/0/name": "Finance", "/data/0/emails": "cfo@a.test\nceo@a.test" },
      ...{ "/data/0/events": "invoice.overdue", "/data/3/name": "On call" },
      ...{ "/data/3/metrics": "api_calls", "/data/3/endpoint_ids": hook.body.id },
    });
    expect([answer.status, answer.text]).toEqual([303, ""]);
    const { body } = await call(key, "GET", "/api/alert-routes");
    const rest = { metrics: [], endpoint_ids: [], events: [], emails: [], all_tenants: false };
    expect(body.data).toEqual([
      {
        ...{ ...rest, name: "Finance", emails: ["cfo@a.test", "ceo@a.test"] },
        events: ["invoice.overdue"],
      },
      { ...rest, name: "On call", metrics: ["api_calls"], endpoint_ids: [hook.body.id] },
    ]);
    const { text } = await browser.get(PATH);
    expect(text).toMatch(/value="invoice.overdue" checked/);
    expect(text).toMatch(/name="\/data\/1\/name"[^>]*value="On call"/);
    expect(text).not.toContain("all_tenants");
  });

  it("says at its row what is wrong, and knows no endpoint of another tenant", async () => {
    const theirs = (await makeTenant()).key;
    const url = "https://h.example.invalid/";
    const hook = await call(theirs, "POST", "/api/webhooks/endpoints", { url });
    const browser = await signedIn((await makeTenant()).key);
    const named = { "/data/0/name": "X" };
    const wrong = await browser.submit(PATH, PATH, { ...named, "/data/0/emails": "nobody" });
    expect([wrong.status, wrong.text]).toEqual([
      422,
      expect.stringMatching(/id="f-data-0-emails-error"/),
    ]);
    const other = await browser.submit(PATH, PATH, {
      ...named,
      "/data/0/endpoint_ids": hook.body.id,
    });
    // The form offers no endpoint, so it asks for none.
    expect(other.status).toBe(303);
    expect((await browser.get(PATH)).text).not.toContain(hook.body.id);
  });

  it("is for those who may change settings", async () => {
    const { tenantId } = await makeTenant();
    const viewer = await signedIn(await keyFor(tenantId, "viewer"));
    expect((await viewer.get(PATH)).status).toBe(403);
    expect((await viewer.get("/dashboard/alerts")).text).not.toContain(PATH);
  });
});

describe("suppressed addresses", () => {
  const PATH = "/dashboard/emails/suppressed";

  it("are added, shown with their reason, and taken off", async () => {
    const { key, tenantId } = await makeTenant();
    const browser = await signedIn(key);
    expect((await browser.get(PATH)).text).toContain("Every address gets its e-mail");
    const wrong = await browser.submit(PATH, PATH, { "/address": "nobody" });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining("f-address-error")]);
    expect((await browser.submit(PATH, PATH, { "/address": "Gone@a.test" })).status).toBe(303);
    expect((await browser.get(PATH)).text).toMatch(/gone@a\.test.*manual/s);
    const viewer = await signedIn(await keyFor(tenantId, "viewer"));
    const seen = await viewer.get(PATH);
    expect(seen.text).toContain("gone@a.test");
    expect(seen.text.match(/<form/g)?.length).toBe(1);
    const remove = (of: typeof browser) =>
      of.submit(PATH, `${PATH}/remove`, { "/address": "gone@a.test" });
    expect((await remove(await signedIn((await makeTenant()).key))).status).toBe(404);
    expect((await remove(browser)).status).toBe(303);
    expect((await call(key, "GET", "/api/suppressions")).body.data).toEqual([]);
  });
});

describe("reminders", () => {
  const PATH = "/dashboard/settings/mail";

  it("are days around the due date, and leave the rest of the profile as it is", async () => {
    const { key } = await makeTenant();
    const profile = {
      legal_name: "X Ltd",
      payment_terms_days: 21,
      tax: { category: "S", percent: "19.5" },
    };
    await call(key, "PUT", "/api/issuer", profile);
    const browser = await signedIn(key);
    const save = (days: string) =>
      browser.submit(PATH, `${PATH}/reminders`, { "/reminder_days": days });
    expect((await save("14, \u22123 1")).status).toBe(303);
    const issuer = async () => (await call(key, "GET", "/api/issuer")).body;
    expect(await issuer()).toMatchObject({
      ...{ reminder_days: [-3, 1, 14], legal_name: "X Ltd", payment_terms_days: 21 },
      tax: { category: "S", percent: 19.5 },
    });
    expect((await browser.get(PATH)).text).toMatch(/name="\/reminder_days"[^>]*value="-3, 1, 14"/);
    const wrong = await save("soon");
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('value="soon"')]);
    expect((await save("")).status).toBe(303);
    expect((await issuer()).reminder_days).toEqual([]);
  });
});

const WHOLE_PARTY = {
  ...{ vat_id: "DE123456788", email: "a@a.test", website: "a.test", phone: "1" },
  ...{ address: { lines: ["1 Street", "Floor 2"], city: "Berlin", country: "DE" } },
  ...{ legal_id: { scheme: "0002", value: "77" }, tax_number: "12/345" },
  electronic_address: { scheme: "EM", value: "e@a.test" },
  tax: {
    ...{ category: "S", percent: 18, name: "GST" },
    components: [
      { name: "CGST", percent: 9 },
      { name: "SGST", percent: 9 },
    ],
  },
};

describe("the profile", () => {
  it("has a field for all that the API takes, and keeps it when saved again", async () => {
    const { key } = await makeTenant();
    const given = {
      ...{ ...WHOLE_PARTY, legal_name: "X Ltd", time_zone: "Europe/Berlin", currency: "EUR" },
      bank: {
        ...{ holder: "X", iban: "DE89370400440532013000", bic: "COBADEFFXXX", name: "Bank" },
        ...{ upi: "xltd@bank", account: [{ label: "Sort code", value: "12-34-56" }] },
      },
      ...{ language: "de", page_size: "letter", payment_terms_days: 21, tax_currency: "EUR" },
      number_formats: { invoice: "R-{YYYY}-{####}", quote: "A-{YYYY}-{###}" },
      ...{ reminder_days: [-3, 7], pay_url: "https://pay.example/{invoice_id}" },
    };
    expect((await call(key, "PUT", "/api/issuer", given)).status).toBe(200);
    const before = (await call(key, "GET", "/api/issuer")).body;
    expect(before).toMatchObject(given);
    const browser = await signedIn(key);
    const path = "/dashboard/settings/profile";
    const fields = fieldsOn((await browser.get(path)).text);
    const saved = await browser.post(path, fields);
    expect([saved.status, saved.text]).toEqual([303, ""]);
    expect((await call(key, "GET", "/api/issuer")).body).toEqual(before);
    const none = Object.keys(fields).filter((name) => /bank|legal_id|electronic/.test(name));
    const emptied = Object.fromEntries(none.map((name) => [name, ""]));
    expect((await browser.post(path, { ...fields, ...emptied })).status).toBe(303);
    const after = (await call(key, "GET", "/api/issuer")).body;
    const gone = { bank: null, legal_id: null, electronic_address: null };
    expect(after).toEqual({ ...before, ...gone });
  });
});

describe("a customer", () => {
  it("has a field for all that the API takes, and keeps it when saved again", async () => {
    const { key } = await makeTenant();
    const given = {
      ...{ ...WHOLE_PARTY, name: "Acme", language: "de", currency: "EUR", reference: "r" },
      shipping: { name: "Depot", address: { lines: ["2 Street"], city: "Bonn", country: "DE" } },
      mandate: { reference: "M1", iban: "DE89370400440532013000", creditor_id: "C1" },
      payment_terms_days: 7,
    };
    const made = await call(key, "POST", "/api/customers", given);
    expect(made.body).toMatchObject(given);
    const { updated_at: _, ...before } = made.body;
    const browser = await signedIn(key);
    const path = `/dashboard/customers/${made.body.id}`;
    const fields = fieldsOn((await browser.get(path)).text);
    const saved = await browser.post(path, fields);
    expect([saved.status, saved.text]).toEqual([303, ""]);
    const read = async () => (await call(key, "GET", `/api/customers/${made.body.id}`)).body;
    expect(await read()).toMatchObject(before);
    const none = Object.keys(fields).filter((name) => /^.(tax|shipping|mandate)./.test(name));
    const emptied = Object.fromEntries(none.map((name) => [name, ""]));
    expect((await browser.post(path, { ...fields, ...emptied })).status).toBe(303);
    expect(await read()).toMatchObject({ tax: null, shipping: null, mandate: null });
  });
});

describe("metrics", () => {
  const PATH = "/dashboard/usage/metrics";

  it("are declared and changed, and say at the field what is wrong", async () => {
    const { key } = await makeTenant();
    const browser = await signedIn(key);
    const fields = {
      ...{ "/name": "render minutes/3d", "/unit": "min", "/description": "Rendering" },
      ...{ "/aggregation": "max", "/dimensions": "region\nsize" },
    };
    expect((await browser.submit(PATH, PATH, fields)).status).toBe(303);
    const path = `/api/metrics/${encodeURIComponent("render minutes/3d")}`;
    expect((await call(key, "GET", path)).body).toMatchObject({
      ...{ unit: "min", aggregation: "max", dimensions: ["region", "size"] },
    });
    const asked = await browser.get(`${PATH}?metric=${encodeURIComponent("render minutes/3d")}`);
    expect(asked.text).toMatch(/name="\/unit"[^>]*value="min"/);
    const changed = await browser.submit(PATH, PATH, { ...fields, "/unit": "hours" });
    expect(changed.status).toBe(303);
    expect((await call(key, "GET", path)).body.unit).toBe("hours");
    const wrong = await browser.submit(PATH, PATH, { ...fields, "/name": "" });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining("f-name-error")]);
    const standard = await browser.submit(PATH, PATH, { ...fields, "/name": "api_calls" });
    expect(standard.status).toBe(422);
  });
});

describe("payment providers", () => {
  const PATH = "/dashboard/settings/payments";

  it("are connected, show where they send their events, and are let go", async () => {
    const browser = await signedIn((await makeTenant()).key);
    const act = (action: string, secret = "") =>
      browser.submit(PATH, `${PATH}/stripe/${action}`, { "/secret": secret });
    const short = await act("connect", "short");
    expect([short.status, short.text]).toEqual([422, expect.stringContaining("f-secret-error")]);
    expect((await act("connect", "whsec_1234567890")).status).toBe(303);
    const { text } = await browser.get(PATH);
    expect(text).toMatch(/https:\/\/app\.test\/hooks\/stripe\/hook_\w+/);
    expect(text).not.toContain("whsec_");
    const other = await signedIn((await makeTenant()).key);
    expect((await other.get(PATH)).text).not.toContain("/hooks/stripe/hook_");
    expect((await other.submit(PATH, `${PATH}/stripe/disconnect`)).status).toBe(404);
    expect((await act("disconnect")).status).toBe(303);
    expect((await browser.get(PATH)).text).not.toContain("/hooks/stripe/hook_");
  });
});

describe("an import of older usage", () => {
  const PATH = "/dashboard/usage/imports";
  const line = (id: string, quantity: number) =>
    JSON.stringify({ id, metric_name: "api_calls", quantity, timestamp: "2020-05-01T00:00:00Z" });

  it("is begun, filled from a file, committed and taken back", async () => {
    const { key } = await makeTenant();
    const browser = await signedIn(key);
    const made = await browser.submit(PATH, PATH, { "/name": "Old system" });
    const path = (made.location ?? "").split("?")[0] ?? "";
    const upload = async (text: string) => {
      const form = new FormData();
      form.set("form_token", tokenOn((await browser.get(path)).text));
      form.set("file", new File([text], "old.ndjson"));
      return browser.upload(`${path}/events`, form);
    };
    const wrong = await upload(`${line("1", 5)}\nno json\n`);
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining("is no JSON")]);
    expect((await upload(`${line("1", 5)}\n${line("2", 7)}\n`)).status).toBe(303);
    expect((await browser.get(path)).text).toMatch(/2 of the events lie in no closed period/);
    const range = "start_date=2020-01-01T00:00:00Z&end_date=2021-01-01T00:00:00Z";
    const used = async () =>
      (await call(key, "GET", `/api/usage/summary?${range}`)).body.metrics[0]?.total_quantity ?? 0;
    expect(await used()).toBe(0);
    expect((await browser.submit(path, `${path}/commit`)).status).toBe(303);
    expect(await used()).toBe(12);
    const { text } = await browser.get(path);
    expect(text).toContain('badge good">committed');
    expect(text).not.toContain("/commit");
    expect((await browser.submit(path, `${path}/revert`)).status).toBe(303);
    expect(await used()).toBe(0);
  });

  it("says what each closed period would settle before it counts", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    const metric = { metric_name: "quotes_generated" };
    await record(tenant, 15, metric);
    await moveTo(tenant, "2026-03-10T00:00:00Z");
    const { body } = await call(tenant.key, "POST", "/api/usage/imports", { name: "January" });
    await call(tenant.key, "POST", `/api/usage/imports/${body.id}/events`, {
      events: [{ ...metric, id: "a", quantity: 15, timestamp: "2026-01-10T00:00:00Z" }],
    });
    const browser = await signedIn(tenant.key);
    const { text } = await browser.get(`${PATH}/${body.id}`);
    // Of 30 quotes 10 are included and 5 were billed: 15 more at 0.50.
    expect(text).toMatch(/What it would settle.*1 Jan 2026.*US\$7\.50/s);
    expect(text).toContain("0 of the events lie in no closed period");
  });

  it("is read by a viewer, who is offered nothing", async () => {
    const { key, tenantId } = await makeTenant();
    const { body } = await call(key, "POST", "/api/usage/imports", { name: "2020" });
    const viewer = await signedIn(await keyFor(tenantId, "viewer"));
    for (const path of [PATH, `${PATH}/${body.id}`]) {
      const { status, text } = await viewer.get(path);
      expect([status, text]).toEqual([200, expect.stringContaining("2020")]);
      expect(text.match(/<form/g)?.length).toBe(1);
    }
  });
});
