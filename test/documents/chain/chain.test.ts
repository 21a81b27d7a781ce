import { env, exports } from "cloudflare:workers";
import { getTableColumns } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { BEGINNING, follow, type Place } from "../../../src/core/chain.ts";
import { DOCUMENT_COLUMNS, LINE_COLUMNS } from "../../../src/documents/chain/content.ts";
import { sealDocuments } from "../../../src/documents/chain/seal.ts";
import { documentLines, documents } from "../../../src/documents/store/table.ts";
import { sha256Hex } from "../../../src/platform/runtime/crypto.ts";
import { call, makeTenant } from "../../support/api.ts";
import { makeSeller, SOLD, xmlOf } from "../einvoice.ts";

type Fault = { kind: string; seq: number; id: string | null; number: string | null };

/**
 * Columns of a final document that are not hashed: those that go on changing, as the schema's own
 * test says, and who drafted it, which says who may read it and nothing of the document.
 */
const NOT_HASHED = [
  "created_by",
  "status",
  "revision",
  "paid_minor",
  "credited_minor",
  "search",
  "search_folded",
  "updated_ms",
  "issued_key",
];

async function issuerOf(count: number) {
  const { tenantId, key } = await makeTenant();
  const customer = await call(key, "POST", "/api/customers", { name: "Buyer" });
  await call(key, "PUT", "/api/issuer", { legal_name: "Seller Ltd", currency: "USD" });
  const issue = async (n: number) => {
    const lines = [{ name: `Work ${n}`, quantity: n, unit_price: 5 }];
    const draft = { customer_id: customer.body.id, lines };
    const { body } = await call(key, "POST", "/api/invoices", draft);
    const final = await call(key, "POST", `/api/invoices/${body.id}/finalize`);
    return final.body as { id: string; number: string };
  };
  const ids = await Promise.all(Array.from({ length: count }, (_, n) => issue(n + 1)));
  const byNumber = ids.sort((a, b) => (a.number < b.number ? -1 : 1));
  const verify = async () => {
    const found: Fault[] = [];
    let checked = 0;
    for (let cursor: string | undefined; ; ) {
      const { body } = await call(key, "POST", "/api/documents/chain/verify", { cursor });
      found.push(...body.faults);
      checked += body.checked;
      if (body.next_cursor === null) return { faults: found, checked };
      cursor = body.next_cursor;
    }
  };
  return { tenantId, key, invoices: byNumber, issue, verify };
}

const TRIGGERS = ["documents_frozen", "document_lines_changed"];

/** Changes what the database's triggers keep anybody from changing. */
async function tamper(sql: string, ...values: unknown[]): Promise<void> {
  const { results } = await env.DB.prepare(
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name IN (?, ?)",
  )
    .bind(...TRIGGERS)
    .all<{ name: string; sql: string }>();
  await env.DB.batch([
    ...results.map(({ name }) => env.DB.prepare(`DROP TRIGGER ${name}`)),
    env.DB.prepare(sql).bind(...values),
    ...results.map((trigger) => env.DB.prepare(trigger.sql)),
  ]);
}

describe("the chain of final documents", () => {
  let issuer: Awaited<ReturnType<typeof issuerOf>>;
  beforeAll(async () => {
    issuer = await issuerOf(5);
  });

  it("hashes all of a document that never changes", () => {
    const names = (table: typeof documents | typeof documentLines) =>
      Object.values(getTableColumns(table)).map(({ name }) => name);
    expect([...DOCUMENT_COLUMNS[1], ...NOT_HASHED].sort()).toEqual(names(documents).sort());
    expect([...LINE_COLUMNS[1], "document_id"].sort()).toEqual(names(documentLines).sort());
  });

  it("is whole, whoever sealed it, when they were issued at once", async () => {
    await Promise.all([sealDocuments(env.DB, Date.now()), issuer.verify()]);
    expect(await issuer.verify()).toEqual({ faults: [], checked: 5 });
    const { data } = (await call(issuer.key, "GET", "/api/documents/chain")).body;
    expect(data).toMatchObject([{ kind: "invoice", test_tenant_id: null, length: 5, seq: 5 }]);
    const place = (n: number) =>
      call(issuer.key, "GET", `/api/documents/${issuer.invoices[n]?.id}/chain`);
    const [second, third] = await Promise.all([place(1), place(2)]);
    expect(third.body).toMatchObject({ seq: 3, length: 5, fault: null });
    expect(third.body.previous_hash).toBe(second.body.hash);
    const stranger = await makeTenant();
    const path = `/api/documents/${issuer.invoices[0]?.id}/chain`;
    expect((await call(stranger.key, "GET", path)).status).toBe(404);
  });

  it("goes on when a document is paid, and its PDF is printed", async () => {
    const [first] = issuer.invoices;
    await call(issuer.key, "POST", `/api/invoices/${first?.id}/payments`, { amount: 1 });
    await call(issuer.key, "GET", `/api/pdf/invoice/${first?.id}`);
    expect((await issuer.verify()).faults).toEqual([]);
  });

  it("names the document of which a byte was changed", async () => {
    const [, , third] = issuer.invoices;
    const fault = { kind: "changed", seq: 3, id: third?.id, number: third?.number };
    const changes: [string, string][] = [
      ["UPDATE documents SET total_minor = total_minor + 1 WHERE id = ?", "- 1"],
      ["UPDATE documents SET total_minor = total_minor - 1 WHERE id = ?", ""],
    ];
    for (const [sql, back] of changes) {
      await tamper(sql, third?.id);
      expect((await issuer.verify()).faults).toMatchObject(back === "" ? [] : [fault]);
    }
    await tamper(
      "UPDATE document_lines SET name = replace(name, 'Work', 'work') WHERE document_id = ?",
      third?.id,
    );
    expect((await issuer.verify()).faults).toMatchObject([fault]);
    const { body } = await call(issuer.key, "GET", `/api/documents/${third?.id}/chain`);
    expect(body.fault).toMatchObject({ kind: "changed" });
    await tamper(
      "UPDATE document_lines SET name = replace(name, 'work', 'Work') WHERE document_id = ?",
      third?.id,
    );
    expect((await issuer.verify()).faults).toEqual([]);
  });

  it("is whole in an export, and names what is missing", async () => {
    const answer = await exports.default.fetch(
      "https://app.test/api/exports/document-chain?format=ndjson",
      { headers: { authorization: `Bearer ${issuer.key}` } },
    );
    const [first = "", ...lines] = (await answer.text()).trimEnd().split("\n");
    const { series } = JSON.parse(first).document_chain;
    let place: Place = BEGINNING;
    for (const line of lines) {
      const { seq, id, hash, content } = JSON.parse(line);
      expect(JSON.parse(content).document.id).toBe(id);
      const next = await follow(place, { seq, id, hash, text: content }, sha256Hex);
      expect(next.fault).toBeNull();
      place = next.place;
    }
    expect(series).toMatchObject([{ kind: "invoice", ...place }]);

    const gone = await issuerOf(2);
    await gone.verify();
    const [, last] = gone.invoices;
    const hide = "UPDATE documents SET series_year = '1999' WHERE id = ?";
    await tamper(hide, last?.id);
    expect((await gone.verify()).faults).toMatchObject([{ kind: "missing", seq: 2, id: null }]);
  });
});

describe("verifying a document that somebody holds", () => {
  const verify = (query: Record<string, string>, accept = "application/json") =>
    call(null, "GET", `/verify?${new URLSearchParams(query)}`, undefined, { accept });

  it("says what it is by its link, or by its number and hash", async () => {
    const { key, invoices } = await issuerOf(1);
    const [{ id, number } = { id: "", number: "" }] = invoices;
    const { hash } = (await call(key, "GET", `/api/documents/${id}/chain`)).body;
    const link = (await call(key, "POST", `/api/invoices/${id}/link`, {})).body;
    const known = { result: "valid", kind: "invoice", number, issuer: "Seller Ltd", seq: 1, hash };
    for (const query of [{ link: link.url }, { number, hash }]) {
      const { status, body } = await verify(query);
      expect([status, body]).toMatchObject([200, known]);
    }
    const page = await verify({ number, hash }, "text/html");
    const html = new TextDecoder().decode(page.bytes);
    for (const text of ["exactly as it was issued", number, "Seller Ltd", hash]) {
      expect(html).toContain(text);
    }
    expect(html).not.toContain("Buyer");
    await tamper("UPDATE documents SET memo = 'another' WHERE id = ?", id);
    expect((await verify({ number, hash })).body).toMatchObject({ result: "changed" });
    await tamper("UPDATE documents SET memo = NULL WHERE id = ?", id);
    await call(key, "DELETE", `/api/invoices/${id}/links/${link.id}`);
    await call(key, "POST", `/api/invoices/${id}/void`, { reason: "mistaken" });
    expect((await verify({ number, hash })).body).toMatchObject({ result: "voided" });
  });

  it("says nothing to whoever holds neither", async () => {
    const { key, invoices } = await issuerOf(1);
    const [{ id, number } = { id: "", number: "" }] = invoices;
    const { hash } = (await call(key, "GET", `/api/documents/${id}/chain`)).body;
    const other = hash.replace(/^./, hash.startsWith("0") ? "1" : "0");
    expect((await verify({ number, hash: other })).status).toBe(404);
    expect((await verify({ number: "INV-1999-001", hash })).status).toBe(404);
    expect((await verify({ link: `${id}.9999999999.${"A".repeat(43)}` })).status).toBe(404);
    expect((await verify({ number })).status).toBe(422);
    expect((await verify({})).status).toBe(422);
    expect((await verify({}, "text/html")).status).toBe(200);
    const page = await verify({ number: "<b>", hash: "x" }, "text/html");
    const html = new TextDecoder().decode(page.bytes);
    expect([page.status, html.includes("&lt;b&gt;"), html.includes("<b>")]).toEqual([
      422,
      true,
      false,
    ]);
  });

  it("says what it is by its PDF or XML, byte for byte, and keeps nothing of it", async () => {
    const { key, invoices } = await issuerOf(1);
    const [{ id, number } = { id: "", number: "" }] = invoices;
    const { hash } = (await call(key, "GET", `/api/documents/${id}/chain`)).body;
    const pdf = (await call(key, "GET", `/api/pdf/invoice/${id}`)).bytes;
    const send = (body: Uint8Array | string, headers: Record<string, string> = {}) =>
      call(null, "POST", "/verify", body, headers);
    const known = { result: "valid", kind: "invoice", number, issuer: "Seller Ltd", seq: 1, hash };
    const found = await send(pdf, { "content-type": "application/pdf" });
    expect([found.status, found.body]).toMatchObject([200, known]);
    expect(JSON.stringify(found.body)).not.toContain("Buyer");

    const files = async () => (await env.FILES.list({ limit: 1_000 })).objects.length;
    const before = await files();
    const changed = pdf.slice();
    changed[changed.length - 20] = (changed[changed.length - 20] ?? 0) ^ 1;
    for (const other of [changed, pdf.slice(0, -1), "another", new Uint8Array([0])]) {
      expect((await send(other)).status).toBe(404);
    }
    expect((await send("")).status).toBe(422);
    expect((await send(new Uint8Array(16_000_001))).status).toBe(413);
    expect(await files()).toBe(before);

    // As a browser's form sends it.
    const form = new FormData();
    form.set("file", new File([pdf], "invoice.pdf", { type: "application/pdf" }));
    const whole = new Response(form);
    const headers = { "content-type": whole.headers.get("content-type") ?? "" };
    const body = new Uint8Array(await whole.arrayBuffer());
    const page = await send(body, { ...headers, accept: "text/html" });
    expect([page.status, page.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(new TextDecoder().decode(page.bytes)).toContain("exactly as it was issued");
    form.set("file", new File(["x"], "x.pdf"));
    const otherForm = new Response(form);
    const other = await send(new Uint8Array(await otherForm.arrayBuffer()), {
      "content-type": otherForm.headers.get("content-type") ?? "",
      accept: "text/html",
    });
    expect(other.status).toBe(404);
    expect(new TextDecoder().decode(other.bytes)).toContain("This file was not made here");

    await tamper("UPDATE documents SET memo = 'another' WHERE id = ?", id);
    expect((await send(pdf)).body).toMatchObject({ result: "changed" });
    await tamper("UPDATE documents SET memo = NULL WHERE id = ?", id);
    await call(key, "POST", `/api/invoices/${id}/void`, { reason: "mistaken" });
    expect((await send(pdf)).body).toMatchObject({ result: "voided" });
  });

  it("knows no file of a draft, and an e-invoice by its XML", async () => {
    const pair = await makeSeller();
    const { key } = pair.issuer;
    const sold = { ...SOLD, customer_id: pair.customerId };
    const draft = await call(key, "POST", "/api/invoices", sold);
    const path = `/api/pdf/invoice/${draft.body.id}`;
    const file = (await call(key, "GET", path)).bytes;
    expect((await call(null, "POST", "/verify", file)).status).toBe(404);
    const final = await call(key, "POST", `/api/invoices/${draft.body.id}/finalize`);
    const xml = await xmlOf(pair, "invoices", draft.body.id, "cii");
    const found = await call(null, "POST", "/verify", xml);
    expect([found.status, found.body]).toMatchObject([200, { number: final.body.number }]);
    expect((await call(null, "POST", "/verify", `${xml}\n`)).status).toBe(404);
  });
});
