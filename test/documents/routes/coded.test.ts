/** Coded fields over HTTP: what is answered of them, and values that an earlier version stored. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { draft, LINE, makePair } from "../api.ts";

type Fault = { pointer: string; detail: string };

describe("a coded field", () => {
  it("is answered as it is kept", async () => {
    const { key } = await makeTenant();
    const made = await call(key, "POST", "/api/customers", {
      name: "A",
      address: { country: "uk" },
      legal_id: { scheme: "0192", value: "974 760 673" },
      electronic_address: { scheme: "em", value: "a@b.example" },
    });
    expect(made.body).toMatchObject({
      address: { country: "GB" },
      legal_id: { scheme: "0192", value: "974760673" },
      electronic_address: { scheme: "EM", value: "a@b.example" },
    });
  });

  it("is refused with what to write instead", async () => {
    const pair = await makePair();
    const lines = [{ ...LINE, unit_code: "PCS" }];
    const body = { customer_id: pair.customerId, lines };
    const unit = await call(pair.issuer.key, "POST", "/api/invoices", body);
    const detail = "is a UN/ECE unit code; use H87 (piece)";
    expect(unit.body.errors).toEqual([{ pointer: "/lines/0/unit_code", detail }]);
    const tax = { category: "AE", exemption: { reason: "x", code: "VATEX-EU-IC" } };
    const wrong = {
      legal_name: "A",
      address: { country: "ZZ" },
      electronic_address: { scheme: "0088", value: "7300010000002" },
      legal_id: { scheme: "9999", value: "1" },
      tax,
    };
    const issuer = await call(pair.issuer.key, "PUT", "/api/issuer", wrong);
    const pointers = issuer.body.errors.map(({ pointer }: Fault) => pointer).sort();
    expect([issuer.status, pointers]).toEqual([
      422,
      ["/address/country", "/electronic_address/value", "/legal_id/scheme", "/tax/exemption/code"],
    ]);
  });
});

describe("where goods are sent to", () => {
  const made = async (shipping: object, address?: object) => {
    const { key } = await makeTenant();
    const body = { name: "A", shipping: { name: "Depot", address: shipping }, address };
    return (await call(key, "POST", "/api/customers", body)).body.shipping.address.country;
  };

  it("is in the customer's country where no other is named", async () => {
    expect(await made({ city: "Paris" }, { country: "FR" })).toBe("FR");
    expect(await made({ city: "Paris", country: null }, { country: "FR" })).toBe("FR");
    expect(await made({ city: "Bonn", country: "DE" }, { country: "FR" })).toBe("DE");
    expect(await made({ city: "Paris" })).toBeNull();
  });
});

/** Gives the draft's lines a unit as an earlier version would have stored it. */
async function storeUnit(id: string, unit: string): Promise<void> {
  const of = "FROM document_lines WHERE document_id = ?";
  const { results } = await env.DB.prepare(`SELECT * ${of}`).bind(id).all();
  const insert = results.map((row) => {
    const values = Object.values({ ...row, unit_code: unit });
    const places = values.map(() => "?").join(", ");
    const columns = Object.keys(row).join(", ");
    const text = `INSERT INTO document_lines (${columns}) VALUES (${places})`;
    return env.DB.prepare(text).bind(...values);
  });
  await env.DB.batch([env.DB.prepare(`DELETE ${of}`).bind(id), ...insert]);
}

describe("a code that an earlier version took", () => {
  it("of a customer stays until it is written anew, and hinders no other change", async () => {
    const { key, tenantId } = await makeTenant();
    const { body } = await call(key, "POST", "/api/customers", { name: "A" });
    const path = `/api/customers/${body.id}`;
    const party = {
      "$.address.country": "UK",
      "$.electronicAddress": { scheme: "9999", value: "1" },
      "$.legalId": { scheme: "9998", value: "HRB 1" },
    };
    for (const [at, value] of Object.entries(party)) {
      await env.DB.prepare(
        `UPDATE customers SET party = json_set(party, ?, json(?)) WHERE tenant = ? AND id = ?`,
      )
        .bind(at, JSON.stringify(value), tenantId, body.id)
        .run();
    }
    const changed = await call(key, "PATCH", path, { phone: "1" });
    const kept = {
      phone: "1",
      address: { country: "UK" },
      electronic_address: party["$.electronicAddress"],
      legal_id: party["$.legalId"],
    };
    expect([changed.status, changed.body]).toMatchObject([200, kept]);
    const again = { address: { country: "UK" } };
    const written = await call(key, "PATCH", path, again);
    expect(written.body.address.country).toBe("GB");
  });

  it("of a line stays in its draft, which changes elsewhere and becomes final", async () => {
    const pair = await makePair();
    const { id } = await draft(pair);
    await storeUnit(id, "PCS");
    const path = `/api/invoices/${id}`;
    const changed = await call(pair.issuer.key, "PATCH", path, { memo: "Thanks" });
    expect([changed.status, changed.body]).toMatchObject([
      200,
      { memo: "Thanks", lines: [{ unit_code: "PCS" }] },
    ]);
    expect((await call(pair.issuer.key, "POST", `${path}/finalize`)).status).toBe(200);
    expect((await call(pair.issuer.key, "GET", `/api/pdf/invoice/${id}`)).status).toBe(200);
  });
});
