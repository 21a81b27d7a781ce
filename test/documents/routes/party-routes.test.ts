import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

const PROFILE = {
  legal_name: "Muster GmbH",
  address: { lines: ["Hauptstr. 1"], city: "Berlin", postal_code: "10115", country: "DE" },
  vat_id: "DE 123456789",
  email: "billing@muster.example",
  bank: { iban: "DE89 3704 0044 0532 0130 00", bic: "COBADEFFXXX" },
  time_zone: "Europe/Berlin",
  currency: "EUR",
  language: "de",
  tax: { category: "S", percent: 19 },
  number_formats: { invoice: "R{YY}-{####}" },
  reminder_days: [7, -3, 7],
  pay_url: "https://pay.example/{invoice_id}",
};

const pointers = (answer: Awaited<ReturnType<typeof call>>) =>
  answer.body.errors?.map(({ pointer }: { pointer: string }) => pointer);

describe("/api/issuer", () => {
  it("answers defaults with the tenant's name until it is set", async () => {
    const { key } = await makeTenant({ name: "Plain Ltd" });
    const { status, body } = await call(key, "GET", "/api/issuer");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      legal_name: "Plain Ltd",
      time_zone: "UTC",
      currency: "USD",
      payment_terms_days: 14,
      reminder_days: [],
      pay_url: null,
      number_formats: { invoice: "INV-{YYYY}-{###}", quote: "QUO-{YYYY}-{###}" },
    });
  });

  it("keeps what is put, with identifiers compacted", async () => {
    const { key } = await makeTenant();
    expect((await call(key, "PUT", "/api/issuer", PROFILE)).status).toBe(200);
    const { body } = await call(key, "GET", "/api/issuer");
    expect(body).toMatchObject({
      legal_name: "Muster GmbH",
      vat_id: "DE123456789",
      bank: { iban: "DE89370400440532013000", bic: "COBADEFFXXX", holder: null },
      tax: { category: "S", percent: 19, components: [] },
      number_formats: { invoice: "R{YY}-{####}", quote: "QUO-{YYYY}-{###}" },
      reminder_days: [-3, 7],
      pay_url: "https://pay.example/{invoice_id}",
    });
    const audit = await call(key, "GET", "/api/audit?action=issuer.put");
    expect(audit.body.data).toHaveLength(1);
  });

  it.each([
    ["/vat_id", { vat_id: "DE12345678" }],
    ["/vat_id", { vat_id: "123456789" }],
    ["/bank/iban", { bank: { iban: "DE89370400440532013001" } }],
    ["/bank/bic", { bank: { bic: "COBA" } }],
    ["/time_zone", { time_zone: "Mars/Olympus" }],
    ["/currency", { currency: "EURO" }],
    ["/language", { language: "xx" }],
    ["/page_size", { page_size: "a5" }],
    ["/number_formats/invoice", { number_formats: { invoice: "INV-{###}" } }],
    ["/tax/percent", { tax: { category: "S" } }],
    ["/tax/percent", { tax: { category: "AE", percent: 19 } }],
    ["/tax/percent", { tax: { category: "S", percent: 101 } }],
    [
      "/tax/components",
      { tax: { category: "S", percent: 18, components: [{ name: "CGST", percent: 9 }] } },
    ],
    ["/address/country", { address: { country: "Germany" } }],
    ["/reminder_days/0", { reminder_days: [1.5] }],
    ["/reminder_days/1", { reminder_days: [1, 366] }],
    ["/pay_url", { pay_url: "http://pay.example/{invoice_id}" }],
    ["/legal_name", { legal_name: "a\u0000b" }],
    ["/colour", { colour: "red" }],
  ])("refuses a wrong %s and stores nothing", async (pointer, wrong) => {
    const { key } = await makeTenant({ name: "Before" });
    const answer = await call(key, "PUT", "/api/issuer", { ...PROFILE, ...wrong });
    expect([answer.status, pointers(answer)]).toEqual([422, [pointer]]);
    expect((await call(key, "GET", "/api/issuer")).body.legal_name).toBe("Before");
  });

  it("is changed by owners and admins only", async () => {
    const { key } = await makeTenant({ role: "member" });
    expect((await call(key, "PUT", "/api/issuer", PROFILE)).status).toBe(403);
  });
});

describe("/api/customers", () => {
  it("creates, changes field by field, reads and lists", async () => {
    const { key } = await makeTenant();
    const made = await call(key, "POST", "/api/customers", {
      name: "Café Ünal",
      email: "unal@example.com",
      vat_id: "FR40303265045",
      payment_terms_days: 30,
      reference: "K-17",
    });
    expect(made.status).toBe(201);
    const path = `/api/customers/${made.body.id}`;
    const changed = await call(key, "PATCH", path, { vat_id: null, language: "fr" });
    expect(changed.body).toMatchObject({
      name: "Café Ünal",
      vat_id: null,
      language: "fr",
      payment_terms_days: 30,
    });
    expect((await call(key, "GET", path)).body).toEqual(changed.body);
    const found = await call(key, "GET", "/api/customers?q=%C3%BCnal");
    expect(found.body.data.map(({ id }: { id: string }) => id)).toEqual([made.body.id]);
    expect((await call(key, "GET", "/api/customers?q=nobody")).body.data).toEqual([]);
  });

  it("loses no field of simultaneous changes: one is told to read again", async () => {
    const { key } = await makeTenant();
    const { body } = await call(key, "POST", "/api/customers", { name: "A" });
    const path = `/api/customers/${body.id}`;
    const changes = [{ email: "a@example.com" }, { phone: "1" }, { reference: "R" }];
    const answers = await Promise.all(changes.map((change) => call(key, "PATCH", path, change)));
    const after = (await call(key, "GET", path)).body;
    for (const [i, change] of changes.entries()) {
      if (answers[i]?.status === 200) expect(after).toMatchObject(change);
      else expect(answers[i]?.body.code).toBe("resource.conflict");
    }
  });

  it("pages with a cursor", async () => {
    const { key } = await makeTenant();
    for (const name of ["A", "B", "C"]) await call(key, "POST", "/api/customers", { name });
    const first = await call(key, "GET", "/api/customers?limit=2");
    const next = `/api/customers?limit=2&cursor=${first.body.next_cursor}`;
    const second = await call(key, "GET", next);
    const names = [...first.body.data, ...second.body.data].map(({ name }) => name);
    expect([names.sort(), second.body.next_cursor]).toEqual([["A", "B", "C"], null]);
  });

  it("refuses a reference twice, and another tenant's id", async () => {
    const [one, other] = [await makeTenant(), await makeTenant()];
    const made = await call(one.key, "POST", "/api/customers", { name: "A", reference: "R" });
    const again = await call(one.key, "POST", "/api/customers", { name: "B", reference: "R" });
    expect(again.status).toBe(409);
    expect((await call(other.key, "GET", `/api/customers/${made.body.id}`)).status).toBe(404);
    const patch = await call(other.key, "PATCH", `/api/customers/${made.body.id}`, { name: "X" });
    expect(patch.status).toBe(404);
  });
});
