/** Full-text search over customers and documents: words, accents, hostile text, tenants. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchQuery } from "../../../src/documents/store/search.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant, type TestTenant } from "../../support/api.ts";
import { draft, final, LINE, makePair } from "../api.ts";

const worker = env as unknown as Env;

type Row = { id: string };
async function search(of: TestTenant, q: string, path = "/api/search") {
  const answer = await call(of.key, "GET", `${path}?q=${encodeURIComponent(q)}`);
  expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
  const ids = (rows: Row[] = []) => rows.map(({ id }) => id);
  return { customers: ids(answer.body.customers), documents: ids(answer.body.documents) };
}
const documents = async (of: TestTenant, q: string) => (await search(of, q)).documents;

async function customer(of: TestTenant, name: string, more: object = {}): Promise<string> {
  const answer = await call(of.key, "POST", "/api/customers", { name, ...more });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

const lines = (name: string) => ({ lines: [{ ...LINE, name }] });

describe("search", () => {
  it("finds documents of every kind, and customers, by the beginnings of words", async () => {
    const pair = await makePair();
    const quote = await draft(pair, "quotes", lines("Harbour crane survey"));
    const invoice = await final(pair, "invoices", lines("Crane inspection, harbour"));
    const cus = await customer(pair.issuer, "Harbour Board", { email: "pay@quay.example" });
    const found = await search(pair.issuer, "harb");
    expect(found).toEqual({ customers: [cus], documents: [invoice.id, quote.id] });
    expect(await documents(pair.issuer, "harbour cran insp")).toEqual([invoice.id]);
    expect(await documents(pair.issuer, "arbour")).toEqual([]);
    expect((await search(pair.issuer, "pay@quay")).customers).toEqual([cus]);
  });

  it("does not mind accents or capitals", async () => {
    const pair = await makePair();
    const { id } = await draft(pair, "invoices", lines("Überprüfung der Façade, Żółw"));
    for (const q of ["uberprufung", "ÜBERPRÜFUNG", "facade", "zoł"]) {
      expect(await documents(pair.issuer, q), q).toEqual([id]);
    }
  });

  it("knows a document's number once it has one, and what a draft says now", async () => {
    const pair = await makePair();
    const one = await draft(pair, "invoices", lines("Before"));
    const path = `/api/invoices/${one.id}`;
    await call(pair.issuer.key, "PATCH", path, lines("Afterwards"));
    expect(await documents(pair.issuer, "before")).toEqual([]);
    expect(await documents(pair.issuer, "afterwards")).toEqual([one.id]);
    const { body } = await call(pair.issuer.key, "POST", `${path}/finalize`);
    expect(await documents(pair.issuer, body.number)).toEqual([one.id]);
    expect(await documents(pair.issuer, body.number.slice(0, -1))).toEqual([one.id]);
    expect(await documents(pair.issuer, `${body.number}9`)).toEqual([]);
  });

  it("follows a customer's change", async () => {
    const tenant = await makeTenant();
    const id = await customer(tenant, "Old Name");
    await call(tenant.key, "PATCH", `/api/customers/${id}`, { name: "New Name" });
    expect((await search(tenant, "old")).customers).toEqual([]);
    expect((await search(tenant, "new")).customers).toEqual([id]);
  });

  it("shows a tenant what it issued, and what it received once that is final", async () => {
    const pair = await makePair();
    const unique = `w${crypto.randomUUID().replaceAll("-", "")}`;
    const one = await final(pair, "invoices", lines(unique));
    const hidden = await draft(pair, "invoices", lines(unique));
    expect(await documents(pair.issuer, unique)).toEqual([hidden.id, one.id]);
    expect(await documents(pair.recipient, unique)).toEqual([one.id]);
    const stranger = await makeTenant();
    expect(await documents(stranger, unique)).toEqual([]);
    // Another tenant's id is no way in.
    expect(await documents(stranger, `${unique} ${pair.issuer.tenantId}`)).toEqual([]);
  });

  it("narrows the lists as well", async () => {
    const pair = await makePair();
    const one = await draft(pair, "invoices", lines("Dredging"));
    await draft(pair, "invoices", lines("Piling"));
    const { body } = await call(pair.issuer.key, "GET", "/api/invoices?q=dredg");
    expect(body.data.map(({ id }: Row) => id)).toEqual([one.id]);
  });
});

describe("what was typed", () => {
  const HOSTILE = [
    '"',
    '""',
    'a" OR "b',
    "NEAR(a b)",
    "a NEAR b",
    "a AND",
    "NOT a",
    "-a",
    "a -b",
    "*",
    "a*",
    "^a",
    "issuer : ten",
    "{issuer recipient} : x",
    "a + b",
    "(",
    "a)",
    "'; DROP TABLE documents; --",
    "a\u0000b",
    "🚢",
    "\u0301",
    "   ",
  ];

  it.each(HOSTILE)("is searched as words, never read as an operator: %j", async (q) => {
    const tenant = await makeTenant();
    expect(await search(tenant, q)).toEqual({ customers: [], documents: [] });
  });

  it("is found as it is, operators and all", async () => {
    const pair = await makePair();
    const { id } = await draft(pair, "invoices", lines('Pipe 3/4" NOT galvanised -X*'));
    for (const q of ['3/4"', "NOT galv", "-X*", 'pipe "3']) {
      expect(await documents(pair.issuer, q), q).toEqual([id]);
    }
    expect(await documents(pair.issuer, "NOT pipes")).toEqual([]);
  });

  it("never breaks the query, whatever it is", async () => {
    const place = { text: "search", owner: "tenant" };
    const sql = "SELECT count(*) AS n FROM customer_search WHERE customer_search MATCH ?";
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 40 }), async (typed) => {
        const query = matchQuery(typed, place, "ten_none");
        const row = await worker.DB.prepare(sql).bind(query).first<{ n: number }>();
        expect(row?.n).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
