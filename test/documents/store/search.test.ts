/** Full-text search over customers and documents: words, accents, hostile text, tenants. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indexed, matchQuery, searchText } from "../../../src/documents/store/search.ts";
import { foldOldText } from "../../../src/documents/store/search-store.ts";
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

/** What is stored, what is asked for it, and what is asked in vain. */
const FOUND: [name: string, asked: string[], vain: string[]][] = [
  [
    "株式会社キマイ東京支店",
    ["キマイ", "東京支店", "株", "店", "支", "社キ", "ｷﾏｲ"],
    ["東支", "京東", "店株"],
  ],
  ["대한민국주식회사", ["민국", "대", "사", "주식회사"], ["국대"]],
  ["北京百度网讯科技有限公司", ["百度", "科技有限", "司"], ["度百"]],
  [
    "ABC東京2026年11月分",
    ["abc東京", "東京2026年", "11月", "月分", "京2026"],
    ["bc東京", "東京11"],
  ],
  ["บริษัทไทยพาณิชย์", ["ไทย", "พาณิชย์", "ท"], ["พาไทย"]],
  ["𠮷野家", ["𠮷野", "野家", "𠮷"], ["家𠮷"]],
  ["Łódź Spółka", ["lodz", "łódź", "LODZ spolka"], ["odz"]],
  ["Lodz Plain", ["łódź", "Łodz"], []],
  ["Møller & Sønner", ["moller", "sønner", "MØLLER"], []],
  ["Straßenbau Weiß", ["strassenbau", "straß", "WEISS"], []],
  ["Strassen Weiss", ["straßen", "weiß"], []],
  ["Işık A.Ş.", ["ışık", "isik", "IŞIK", "a.s"], []],
  ["Đặng Nguyễn", ["dang", "đặng nguyen"], []],
  ["Αθήνα Ενέργεια", ["αθηνα", "ΑΘΗΝΑ", "ενεργειας".slice(0, -1)], []],
  ["Ёлкин ООО", ["елкин", "ёлк"], []],
  ["Œuvre Æther", ["oeuvre", "aether", "æth"], []],
];

describe("text without blanks, and what people leave out", () => {
  it.each(FOUND)("%s is found by what is in it", async (name, asked, vain) => {
    const pair = await makePair();
    const id = await customer(pair.issuer, name);
    const { id: document } = await draft(pair, "invoices", lines(name));
    for (const q of asked) {
      expect(await search(pair.issuer, q), q).toEqual({ customers: [id], documents: [document] });
    }
    for (const q of vain) {
      expect(await search(pair.issuer, q), q).toEqual({ customers: [], documents: [] });
    }
  });

  it("finds every part of any such text", async () => {
    const letters = fc.constantFrom(..."東京都市京東キマイ가나다国");
    const { DB } = worker;
    const pairs = fc.tuple(
      fc.array(letters, { minLength: 1, maxLength: 12 }),
      fc.array(letters, { minLength: 1, maxLength: 3 }),
    );
    const tokenize = "tokenize = 'unicode61 remove_diacritics 2'";
    await DB.exec(`CREATE VIRTUAL TABLE part USING fts5 (owner, search, ${tokenize})`);
    await fc.assert(
      fc.asyncProperty(pairs, async ([text, part]) => {
        const [whole, asked] = [text.join(""), part.join("")];
        const [, , found] = await DB.batch<{ n: number }>([
          DB.prepare("DELETE FROM part"),
          DB.prepare("INSERT INTO part VALUES ('me', ?)").bind(searchText([whole])),
          DB.prepare("SELECT count(*) AS n FROM part WHERE part MATCH ?").bind(
            matchQuery(asked, { text: "search", owner: "owner" }, "me"),
          ),
        ]);
        expect(found?.results).toEqual([{ n: whole.includes(asked) ? 1 : 0 }]);
      }),
      { numRuns: 200 },
    );
    await DB.exec("DROP TABLE part");
  });

  it("is kept in a bounded number of bytes, whatever it is", () => {
    const bytes = (text: string) => new TextEncoder().encode(indexed(text)).length;
    for (const unit of ["東", "東a", "\u{20bb7}", "\ufdfa", "㍿", "각", "a", "\u0300"]) {
      expect(bytes(unit.repeat(400_000)), unit).toBeLessThanOrEqual(140_002);
    }
  });
});

describe("rows of an earlier version", () => {
  /** As they were written: in lower case, their first 20,000 characters. */
  async function unfold(of: TestTenant, name: string): Promise<void> {
    for (const [table, owner] of [
      ["customers", "tenant"],
      ["documents", "issuer"],
    ]) {
      await worker.DB.prepare(
        `UPDATE ${table} SET search = ?, search_folded = 0 WHERE ${owner} = ?`,
      )
        .bind(name.toLowerCase(), of.tenantId)
        .run();
    }
  }

  it("are found as they were, and then by every part, final ones too", async () => {
    const pair = await makePair();
    const name = "Łódź 株式会社キマイ Straße";
    const id = await customer(pair.issuer, name);
    const one = await final(pair, "invoices", lines(name));
    await worker.DB.prepare("DELETE FROM customers WHERE tenant = ? AND id NOT IN (?, ?)")
      .bind(pair.issuer.tenantId, id, pair.customerId)
      .run();
    await unfold(pair.issuer, name);
    const of = async (q: string) => (await search(pair.issuer, q)).documents;
    for (const q of ["łódź", "株式会社", "straße", one.number])
      expect(await of(q), q).toEqual([one.id]);
    expect(await of("キマイ")).toEqual([]);
    expect(await foldOldText(worker.DB)).toBeGreaterThan(0);
    for (const q of ["lodz", "キマイ", "strasse", "łódź", "株式会社", one.number]) {
      expect(await of(q), q).toEqual([one.id]);
    }
    expect((await search(pair.issuer, "キマイ lodz")).customers).toContain(id);
    expect(await foldOldText(worker.DB)).toBe(0);
  });

  it("are folded some at a time, while they are searched", async () => {
    const tenant = await makeTenant();
    const model = await customer(tenant, "Model");
    await worker.DB.prepare(
      `INSERT INTO customers (id, tenant, name, party, search, revision, created_ms, updated_ms)
       SELECT 'cus_old_' || value, tenant, name, party, 'żółw łódź' || value, 1, 0, 0
       FROM customers, json_each(?) WHERE customers.id = ?`,
    )
      .bind(JSON.stringify(Array.from({ length: 1_200 }, (_, i) => 1_000 + i)), model)
      .run();
    const found = async (q: string) => (await search(tenant, q)).customers;
    expect(await foldOldText(worker.DB)).toBe(1_000);
    expect(await found("zolw lodz2199")).toEqual(["cus_old_2199"]);
    expect(await found("zolw lodz1007")).toEqual([]);
    expect(await found("żółw łódź1007")).toEqual(["cus_old_1007"]);
    expect(await foldOldText(worker.DB)).toBe(200);
    expect(await found("zolw lodz1007")).toEqual(["cus_old_1007"]);
    expect(await foldOldText(worker.DB)).toBe(0);
  });

  it("are written in steps of bounded length", async () => {
    const tenant = await makeTenant();
    const ids = await Promise.all(Array.from({ length: 12 }, (_, i) => customer(tenant, `C ${i}`)));
    await worker.DB.prepare("UPDATE customers SET search = ?, search_folded = 0 WHERE tenant = ?")
      .bind("東".repeat(20_000), tenant.tenantId)
      .run();
    const sizes: number[] = [];
    const batch = (statements: D1PreparedStatement[]) => {
      sizes.push(statements.length);
      return worker.DB.batch(statements);
    };
    const prepare = (sql: string) => worker.DB.prepare(sql);
    expect(await foldOldText({ prepare, batch } as D1Database)).toBe(12);
    expect(sizes).toEqual([4, 4, 4]);
    const path = "/api/search?limit=50";
    const answer = await call(tenant.key, "GET", `${path}&q=${encodeURIComponent("東東東")}`);
    expect(answer.body.customers).toHaveLength(ids.length);
  });

  it("keep what is written to them meanwhile", async () => {
    const tenant = await makeTenant();
    const id = await customer(tenant, "Old");
    await unfold(tenant, "old");
    const batch = async (statements: D1PreparedStatement[]) => {
      await call(tenant.key, "PATCH", `/api/customers/${id}`, { name: "New 東京" });
      return worker.DB.batch(statements);
    };
    await foldOldText({ prepare: (sql: string) => worker.DB.prepare(sql), batch } as D1Database);
    expect((await search(tenant, "old")).customers).toEqual([]);
    expect((await search(tenant, "new 京")).customers).toEqual([id]);
  });

  it("are found by an index, not by reading every row", async () => {
    for (const table of ["customers", "documents"]) {
      const plan = await worker.DB.prepare(
        `EXPLAIN QUERY PLAN SELECT id, search FROM ${table} WHERE search_folded = 0
         ORDER BY rowid DESC LIMIT 50`,
      ).all<{ detail: string }>();
      expect(plan.results.map(({ detail }) => detail)).toEqual([
        `SEARCH ${table} USING INDEX ${table}_unfolded (search_folded=?)`,
      ]);
    }
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
