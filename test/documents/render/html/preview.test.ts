import { PDFDocument } from "pdf-lib";
import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../../support/api.ts";
import { final, LINE, makePair } from "../../api.ts";
import { RED_BLUE } from "../../pictures.ts";
import { saidIn } from "../../sheets/text.ts";

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("GET /api/invoices/{id}/preview", () => {
  it("says what the PDF says, in the customer's language, with the logo in itself", async () => {
    const pair = await makePair();
    const { key } = pair.issuer;
    await call(key, "PUT", "/api/issuer", {
      legal_name: "Muster GmbH",
      address: { city: "Berlin", country: "DE" },
      bank: { iban: "DE89370400440532013000" },
      currency: "EUR",
    });
    await call(key, "PATCH", `/api/customers/${pair.customerId}`, {
      language: "de",
      address: { city: "Wien", country: "AT" },
    });
    await call(key, "PUT", "/api/branding/logo", RED_BLUE, { "content-type": "image/png" });
    const { id, number } = await final(pair, "invoices", {
      lines: [{ ...LINE, group: "Projekt", tax: { category: "S", percent: 19 } }],
      memo: "<script>alert(1)</script>",
    });
    const { status, headers, bytes } = await call(key, "GET", `/api/invoices/${id}/preview`);
    const html = textOf(bytes);
    expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"]);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    for (const text of ["Rechnung", number, "Muster GmbH", "Buyer Ltd", "Projekt", "358,19"]) {
      expect(saidIn(html)).toContain(text);
    }
    expect(saidIn(html)).toContain("DE89 3704 0044 0532 0130 00");
    expect(html).toContain(`data:image/png;base64,${Buffer.from(RED_BLUE).toString("base64")}`);
    expect(html).toContain('<svg viewBox="0 0 595.28 841.89"');
    expect(html).toContain("&lt;script&gt;");
    expect(html).not.toContain("<script");
  });

  it("leads to the issuer's pay page with what is open, as does the PDF", async () => {
    const pair = await makePair();
    const { key } = pair.issuer;
    await call(key, "PUT", "/api/issuer", {
      legal_name: "Muster GmbH",
      pay_url: "https://pay.example/{invoice_id}?amount={amount}",
    });
    const { id } = await final(pair);
    const preview = async () =>
      textOf((await call(key, "GET", `/api/invoices/${id}/preview`)).bytes);
    const page = await preview();
    expect(page).toContain(`<a href="https://pay.example/${id}?amount=301.00"`);
    expect(page.match(/role="img"/g)).toHaveLength(1); // the same address as a code
    const pdf = await PDFDocument.load((await call(key, "GET", `/api/pdf/invoice/${id}`)).bytes);
    const objects = pdf.context.enumerateIndirectObjects().map(([, object]) => `${object}`);
    const uri = `/URI (https://pay.example/${id}?amount=301.00)`;
    expect(objects.filter((object) => object.includes(uri))).toHaveLength(1);
    await call(key, "POST", `/api/invoices/${id}/payments`, { amount: 1 });
    expect(await preview()).toContain("?amount=300.00");
    await call(key, "POST", `/api/invoices/${id}/payments`, { amount: 300 });
    expect(await preview()).not.toContain("pay.example");
  });

  it("shows quotes and credit notes too, to those who may read them", async () => {
    const pair = await makePair();
    const quote = await final(pair, "quotes");
    const path = `/api/quotes/${quote.number}/preview`;
    expect((await call(pair.issuer.key, "GET", path)).status).toBe(200);
    const stranger = await makeTenant();
    expect((await call(stranger.key, "GET", path)).status).toBe(404);
  });
});

describe("what previews are shown with", () => {
  it("are a style and the faces that it names, for whoever asks", async () => {
    const style = await call(null, "GET", "/sheets/style.css");
    expect(style.headers.get("content-type")).toContain("text/css");
    const faces = [...textOf(style.bytes).matchAll(/url\("([^"]*)"\)/g)].map(([, url = ""]) => url);
    expect(faces).toHaveLength(5);
    for (const face of faces) {
      const { status, headers, bytes } = await call(null, "GET", face);
      expect([status, headers.get("content-type")]).toEqual([200, "font/ttf"]);
      expect(headers.get("cache-control")).toContain("immutable");
      expect(bytes.length).toBeGreaterThan(100_000);
    }
    const other = (faces[0] ?? "").replace("Inter-Regular", "Inter-Bold");
    expect((await call(null, "GET", other)).status).toBe(404);
  });
});
