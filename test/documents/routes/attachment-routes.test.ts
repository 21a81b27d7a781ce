/** Files beside drafts: bounded, of the type they say, and part of what is issued. */
import { env } from "cloudflare:workers";
import { PDFDocument } from "pdf-lib";
import { describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";
import { draft, makePair, type Pair } from "../api.ts";
import { saidIn } from "../sheets/text.ts";

const CSV = "day,calls\n2026-11-01,7\n";
const PDF = "%PDF-1.7\n% a report\n";
const TYPES = { csv: "text/csv", pdf: "application/pdf", png: "image/png" } as const;

function put(pair: Pair, path: string, name: string, bytes: string | Uint8Array) {
  const type = TYPES[name.split(".")[1] as keyof typeof TYPES];
  const at = `${path}/attachments/${name}?description=Usage`;
  return call(pair.issuer.key, "PUT", at, bytes, { "content-type": type });
}

async function stored({ issuer }: Pair): Promise<number> {
  const { body } = await call(issuer.key, "GET", "/api/tenant/budgets");
  const budgets: { name: string; used: number }[] = body.data;
  return budgets.find(({ name }) => name === "stored_bytes")?.used ?? 0;
}

async function filesOf({ issuer }: Pair): Promise<number> {
  return (await env.FILES.list({ prefix: `attachment/${issuer.tenantId}/` })).objects.length;
}

const ISSUER = {
  legal_name: "Seller GmbH",
  vat_id: "DE123456788",
  electronic_address: { scheme: "9930", value: "DE123456788" },
  address: { city: "Köln", country: "DE" },
  bank: { iban: "DE89370400440532013000" },
  currency: "EUR",
  language: "en",
  tax: { category: "S", percent: 19 },
};

describe("files beside an invoice", () => {
  it("are listed, read by both sides, and stand in page, PDF, CII and UBL", async () => {
    const pair = await makePair();
    const { key } = pair.issuer;
    await call(key, "PUT", "/api/issuer", ISSUER);
    await call(key, "PATCH", `/api/customers/${pair.customerId}`, {
      address: { country: "FR" },
      electronic_address: { scheme: "9957", value: "FR83404833048" },
      buyer_reference: "B-1",
    });
    const links = [{ name: "Terms", url: "https://seller.example/terms.pdf" }];
    const { id } = await draft(pair, "invoices", { attachment_links: links });
    const path = `/api/invoices/${id}`;
    expect((await put(pair, path, "usage.csv", CSV)).status).toBe(200);
    const second = await put(pair, path, "report.pdf", PDF);
    const names = second.body.attachments.map((one: { name: string }) => one.name);
    expect(names).toEqual(["Terms", "usage.csv", "report.pdf"]);
    expect(second.body.attachments[1]).toMatchObject({
      description: "Usage",
      media_type: "text/csv",
      size: CSV.length,
      url: null,
    });
    expect((await call(key, "POST", `${path}/finalize`)).status).toBe(200);
    const read = await call(pair.recipient.key, "GET", `${path}/attachments/usage.csv`);
    expect(new TextDecoder().decode(read.bytes)).toBe(CSV);
    expect(read.headers.get("content-type")).toBe("text/csv");
    const text = async (query: string) =>
      new TextDecoder().decode((await call(key, "GET", `${path}/${query}`)).bytes);
    for (const format of ["cii", "ubl"]) {
      const xml = await text(`xml?format=${format}`);
      expect(xml).toContain(`mimeCode="text/csv" filename="usage.csv">${btoa(CSV)}<`);
      expect(xml).toContain("https://seller.example/terms.pdf");
    }
    expect(saidIn(await text("preview"))).toContain("Terms, usage.csv, report.pdf");
    const pdf = await PDFDocument.load(
      (await call(key, "GET", `/api/pdf/invoice/${id}?as=issued`)).bytes,
    );
    const attached = pdf.catalog.toString();
    expect(attached.match(/AF \[ [^\]]*\]/)?.[0].match(/ R/g)).toHaveLength(3);
  });

  it("belong to the issuer's own draft alone, and stay once it is final", async () => {
    const [pair, other] = await Promise.all([makePair(), makePair()]);
    const { id } = await draft(pair);
    const path = `/api/invoices/${id}`;
    await put(pair, path, "usage.csv", CSV);
    expect((await put({ ...pair, issuer: other.issuer }, path, "x.csv", CSV)).status).toBe(404);
    const at = `${path}/attachments/usage.csv`;
    expect((await call(other.issuer.key, "GET", at)).status).toBe(404);
    expect((await call(pair.issuer.key, "GET", `${path}/attachments/none.csv`)).status).toBe(404);
    await call(pair.issuer.key, "POST", `${path}/finalize`);
    expect((await call(pair.issuer.key, "DELETE", at)).status).toBe(409);
    expect((await put(pair, path, "late.csv", CSV)).status).toBe(409);
    expect(await filesOf(pair)).toBe(1);
  });

  it("are what their type says, bounded in number and size", async () => {
    const pair = await makePair();
    const links = [1, 2, 3, 4].map((n) => ({ name: `${n}`, url: `https://a.example/${n}` }));
    const { id } = await draft(pair, "invoices", { attachment_links: links });
    const path = `/api/invoices/${id}`;
    const before = await stored(pair);
    expect((await put(pair, path, "report.pdf", "<html>")).status).toBe(422);
    expect((await put(pair, path, "chart.png", CSV)).status).toBe(422);
    const { key } = pair.issuer;
    const html = { "content-type": "text/html" };
    const wrong = await call(key, "PUT", `${path}/attachments/a.html`, "<html>", html);
    expect([wrong.status, wrong.body.code]).toEqual([415, "request.unsupported_media_type"]);
    const large = new Uint8Array(2_000_001).fill(65);
    expect((await put(pair, path, "large.csv", large)).status).toBe(413);
    expect((await put(pair, path, "factur-x.xml", CSV)).status).toBe(422);
    expect([await filesOf(pair), await stored(pair)]).toEqual([0, before]);
    expect((await put(pair, path, "5.csv", CSV)).status).toBe(200);
    expect((await put(pair, path, "6.csv", CSV)).status).toBe(422);
    expect((await put(pair, path, "5.csv", CSV)).status).toBe(200); // in the place of the first
    expect(await filesOf(pair)).toBe(1);
  });

  it("go with the draft, and give back their room", async () => {
    const pair = await makePair();
    const { id } = await draft(pair);
    const path = `/api/invoices/${id}`;
    const before = await stored(pair);
    await put(pair, path, "usage.csv", CSV);
    await put(pair, path, "report.pdf", PDF);
    expect(await stored(pair)).toBeGreaterThan(before + CSV.length + PDF.length);
    const gone = await call(pair.issuer.key, "DELETE", `${path}/attachments/usage.csv`);
    expect([gone.status, await filesOf(pair)]).toEqual([204, 1]);
    await call(pair.issuer.key, "POST", `${path}/void`, { reason: "mistaken" });
    expect(await filesOf(pair)).toBe(0);
    const { body } = await call(pair.issuer.key, "GET", path);
    expect(body.attachments).toEqual([]);
  });

  it("of a quote stand on its invoice, and stay when that is discarded", async () => {
    const pair = await makePair();
    const { id } = await draft(pair, "quotes");
    await put(pair, `/api/quotes/${id}`, "usage.csv", CSV);
    await call(pair.issuer.key, "POST", `/api/quotes/${id}/finalize`);
    const { body } = await call(pair.issuer.key, "POST", `/api/quotes/${id}/convert`);
    expect(body.attachments).toHaveLength(1);
    await call(pair.issuer.key, "POST", `/api/invoices/${body.id}/void`, { reason: "mistaken" });
    const read = await call(pair.issuer.key, "GET", `/api/quotes/${id}/attachments/usage.csv`);
    expect(read.status).toBe(200);
  });
});
