/** Lists of documents in every order, both ways; their counts, their exports and their PDFs. */
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { placesOf, type SortName } from "../../../src/documents/store/list-store.ts";
import { call, type TestTenant } from "../../support/api.ts";
import { draft, final, makePair, type Pair } from "../api.ts";

type Entry = Record<string, string | number | null> & { id: string };

let pair: Pair;
let all: Entry[] = [];

async function list(tenant: TestTenant, query: string) {
  const { status, body } = await call(tenant.key, "GET", `/api/invoices?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body as { data: Entry[]; next_cursor: string | null; previous_cursor: string | null };
}

beforeAll(async () => {
  pair = await makePair();
  const { issuer } = pair;
  const linesAt = (unit_price: string) => [{ name: "Work", quantity: 1, unit_price }];
  for (const [i, price] of ["5.10", "70", "5.10", "900.05", "33"].entries()) {
    await final(pair, "invoices", {
      lines: linesAt(price),
      due_date: `2026-12-0${5 - (i % 3)}`,
      currency: i === 3 ? "EUR" : "USD",
    });
  }
  await draft(pair, "invoices", { lines: linesAt("12") });
  const discarded = await draft(pair, "invoices", { lines: linesAt("13") });
  await call(issuer.key, "POST", `/api/invoices/${discarded.id}/void`, { reason: "mistaken" });
  const [first, second, third] = (await list(issuer, "sort=created&status=open")).data;
  await call(issuer.key, "POST", `/api/invoices/${first?.id}/payments`, { amount: "2.10" });
  await call(issuer.key, "POST", `/api/invoices/${second?.id}/payments`, { amount: "70" });
  await call(issuer.key, "POST", `/api/invoices/${third?.id}/void`, { reason: "mistaken" });
  await call(issuer.key, "POST", "/api/test-clock", { now: "2026-12-06T12:00:00Z" });
  await final(pair, "invoices", { lines: linesAt("1000"), due_date: "2027-01-01" });
  all = (await list(issuer, "limit=200&sort=created")).data;
  expect(all.length).toBe(8);
});

/** The lines of an export in NDJSON. */
async function lines(key: string, path: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await exports.default.fetch(`https://app.test${path}&format=ndjson`, { headers });
  expect(answer.status).toBe(200);
  return new TextDecoder()
    .decode(await answer.arrayBuffer())
    .split("\n")
    .slice(0, -1);
}

/** What an entry is sorted by, as text that sorts so; the id comes last. */
const PLACES: Record<SortName, (entry: Entry) => string> = {
  created: ({ id }) => id,
  issued: ({ id, issue_date }) => `${issue_date ?? ""} ${id}`,
  due: ({ id, due_date }) => `${due_date ?? ""} ${id}`,
  total: ({ id, currency, total }) => `${currency} ${Number(total).toFixed(2).padStart(12)} ${id}`,
};

describe("a list of documents", () => {
  it.each(Object.entries(PLACES))("goes by %s, on and back, both ways", async (name, placeOf) => {
    const sorted = all.map((entry) => ({ id: entry.id, at: placeOf(entry) }));
    sorted.sort((a, b) => (a.at < b.at ? -1 : 1));
    const ids = sorted.map(({ id }) => id);
    for (const [sort, wanted] of [
      [name, ids],
      [`-${name}`, ids.toReversed()],
    ] as const) {
      const pages: string[][] = [];
      const before: (string | null)[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const page = await list(
          pair.issuer,
          `sort=${sort}&limit=3&cursor=${cursor}`.replace(/&cursor=$/, ""),
        );
        pages.push(page.data.map(({ id }) => id));
        before.push(page.previous_cursor);
        cursor = page.next_cursor;
      }
      expect(pages.flat(), sort).toEqual(wanted);
      expect(before[0]).toBeNull();
      for (const [i, cursor] of before.entries()) {
        if (cursor === null) continue;
        const page = await list(pair.issuer, `sort=${sort}&limit=3&cursor=${cursor}`);
        expect(
          page.data.map(({ id }) => id),
          `${sort} back`,
        ).toEqual(pages[i - 1]);
        expect(page.previous_cursor === null).toBe(i === 1);
        expect(page.next_cursor).not.toBeNull();
      }
    }
  });

  it("refuses a cursor of another order", async () => {
    const { next_cursor } = await list(pair.issuer, "sort=issued&limit=1");
    for (const sort of ["due", "-issued", "total", "created"]) {
      const path = `/api/invoices?sort=${sort}&cursor=${next_cursor}`;
      const { status, body } = await call(pair.issuer.key, "GET", path);
      expect([status, body.code]).toEqual([422, "request.cursor_invalid"]);
    }
  });

  it("reads each order from an index, with nothing to sort", async () => {
    const statements: string[] = [];
    const noting: Partial<D1Database> = {
      prepare: (text) => {
        statements.push(text);
        return env.DB.prepare(text);
      },
      batch: (given) => env.DB.batch(given),
    };
    const db = noting as D1Database;
    const { tenantId: viewer } = pair.issuer;
    const keys = { created: ["a"], issued: ["", "a"], due: ["", "a"], total: ["", 1, "a"] };
    for (const [sort, behind] of Object.entries(keys) as [SortName, string[]][]) {
      for (const descending of [true, false]) {
        const branches = (["issuer", "recipient"] as const).flatMap((role) => [
          { role, status: "open" as const },
          ...(sort === "created" ? [{ role, status: null }] : []),
        ]);
        const page = { kind: "invoice" as const, where: undefined, days: null, limit: 51, viewer };
        await placesOf(db, { ...page, branches, sort, descending, behind });
      }
    }
    expect(statements.length).toBe(28);
    for (const text of statements) {
      const nothing = Array.from({ length: text.split("?").length - 1 }, () => "");
      const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${text}`)
        .bind(...nothing)
        .all<{ detail: string }>();
      const plan = results.map(({ detail }) => detail).join("; ");
      expect(plan, text).toMatch(/^SEARCH documents USING (COVERING )?INDEX documents_\w+ \(/);
      expect(plan, text).not.toMatch(/TEMP B-TREE|SCAN/);
      // By the place, too: a later page reads no more than the first one.
      expect(plan, text).toMatch(/[<>]/);
    }
  });
});

describe("a list of documents of some days", () => {
  it("is in each order what it is without the days, less the others", async () => {
    const days = [...new Set(all.map(({ issue_date }) => issue_date).filter(Boolean))].sort();
    expect(days.length).toBe(2);
    const [first, last] = days as [string, string];
    const isOf: [string, (day: string) => boolean][] = [
      [`issued_from=${last}`, (day) => day >= last],
      [`issued_to=${first}`, (day) => day !== "" && day <= first],
      [`issued_from=${first}&issued_to=${first}`, (day) => day === first],
    ];
    for (const name of Object.keys(PLACES)) {
      for (const status of ["", "&status=overdue", "&status=void"]) {
        const whole = (await list(pair.issuer, `sort=-${name}&limit=200${status}`)).data;
        for (const [query, isIn] of isOf) {
          const wanted = whole.filter((one) => isIn(String(one.issue_date ?? "")));
          const asked = `sort=-${name}${status}&${query}`;
          const ids: string[] = [];
          for (let cursor: string | null = ""; cursor !== null; ) {
            const page = await list(
              pair.issuer,
              `${asked}&limit=2${cursor && `&cursor=${cursor}`}`,
            );
            ids.push(...page.data.map(({ id }) => id));
            cursor = page.next_cursor;
          }
          expect(ids, asked).toEqual(wanted.map(({ id }) => id));
        }
      }
    }
  });
});

describe("the counts of a list", () => {
  it.each([
    ["the issuer's", () => pair.issuer, "issuer", (status: unknown) => status],
    // Whoever received them has another clock, by whose day nothing is overdue yet.
    ["the recipient's", () => pair.recipient, "recipient", () => "due"],
  ])("are those of %s list, with its sums", async (_name, tenant, role, named) => {
    const entries = (await list(tenant(), "limit=200")).data;
    const sums = new Map<string, { documents: number; total: number; amount_due: number }>();
    for (const { status, currency, total, amount_due } of entries) {
      const isOpen = status === "open" || status === "overdue";
      const at = `${isOpen ? named(status) : status} ${currency}`;
      const sum = sums.get(at) ?? { documents: 0, total: 0, amount_due: 0 };
      sums.set(at, {
        documents: sum.documents + 1,
        total: Number((sum.total + Number(total)).toFixed(2)),
        amount_due: Number((sum.amount_due + (isOpen ? Number(amount_due) : 0)).toFixed(2)),
      });
    }
    const path = "/api/document-counts?kind=invoice";
    const { body } = await call(tenant().key, "GET", path);
    const shown = body.data.map((one: Record<string, unknown>) => {
      const { status, currency, role: as, test, ...sum } = one;
      expect([as, test]).toEqual([role, true]);
      const isOpen = status === "open" || status === "overdue";
      return [`${isOpen ? named(status) : status} ${currency}`, sum];
    });
    expect(body.complete).toBe(true);
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(sums));
    expect(sums.size).toBeGreaterThan(3);
    // Counted one by one, as for a filter, they are the same.
    const { body: counted } = await call(tenant().key, "GET", `${path}&q=work`);
    const plain = (rows: Record<string, unknown>[]) =>
      rows.map(({ amount_due: _due, ...one }) => JSON.stringify(one)).sort();
    expect(plain(counted.data)).toEqual(plain(body.data));
  });

  it("hold sums that no integer does", async () => {
    const { issuer } = await makePair();
    const most = 999_999_999_999_999;
    await env.DB.prepare(
      `INSERT INTO document_tallies SELECT ?1, 'invoice', 'issuer', 0, 'paid', 'JPY', '', 20000,
       20000 * (${most} / 1000000000), 20000 * (${most} % 1000000000), 0, 0`,
    )
      .bind(issuer.tenantId)
      .run();
    const { body } = await call(issuer.key, "GET", "/api/document-counts?kind=invoice");
    expect(body.data[0].total).toBe(20_000 * most);
  });
});

describe("an export", () => {
  it("has what the filtered list has, in its order, with exact amounts", async () => {
    const query = "sort=-total&status=overdue";
    const { data } = await list(pair.issuer, `${query}&limit=200`);
    const path = `/api/exports/invoices?${query}`;
    const csv = await call(pair.issuer.key, "GET", `${path}&format=csv`);
    expect(csv.headers.get("content-disposition")).toBe("attachment; filename=invoices.csv");
    const [head = "", ...rows] = new TextDecoder().decode(csv.bytes).trimEnd().split("\r\n");
    const columns = head.split(",");
    expect(columns).toEqual(Object.keys(data[0] ?? {}));
    const at = (line: string, name: string) => line.split(",")[columns.indexOf(name)];
    expect(rows.map((line) => at(line, "id"))).toEqual(data.map(({ id }) => id));
    expect(rows.map((line) => at(line, "total"))).toEqual(["33.00", "5.10", "900.05"]);
    const texts = await lines(pair.issuer.key, path);
    expect(texts.map((text) => JSON.parse(text))).toEqual(data);
    expect(texts[0]).toContain('"total":33.00');
  });

  it("is of what the caller may see, and empty where nothing fits", async () => {
    const { key } = pair.recipient;
    expect((await lines(key, "/api/exports/invoices?sort=issued")).length).toBe(6);
    expect(await lines(key, "/api/exports/quotes?sort=issued")).toEqual([]);
    const ids = all.map(({ id }) => id).join(",");
    const stranger = (await makePair()).issuer;
    expect(await lines(stranger.key, `/api/exports/invoices?ids=${ids}`)).toEqual([]);
  });
});

/** Names and contents of a ZIP file whose entries are stored as they are. */
function unzipped(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  const files = new Map<string, Uint8Array>();
  let at = view.getUint32(end + 16, true);
  for (let n = view.getUint16(end + 10, true); n > 0; n--) {
    const [size, nameLength] = [view.getUint32(at + 24, true), view.getUint16(at + 28, true)];
    const local = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const from = local + 30 + view.getUint16(local + 26, true);
    files.set(name, bytes.subarray(from, from + size));
    at += 46 + nameLength;
  }
  return files;
}

describe("an archive of PDFs", () => {
  it("holds each document as it was issued, and says where the next one goes on", async () => {
    const { key } = pair.issuer;
    const chosen = all.filter(({ status }) => status === "overdue").slice(0, 2);
    const ids = chosen.map(({ id }) => id).join(",");
    const archive = await call(key, "GET", `/api/pdf-archives/invoices?ids=${ids}`);
    expect(archive.headers.get("content-type")).toBe("application/zip");
    expect(archive.headers.get("next-after")).toBeNull();
    const files = unzipped(archive.bytes);
    expect(files.size).toBe(2);
    for (const { id, number } of chosen) {
      const { bytes } = await call(key, "GET", `/api/pdf/invoice/${id}?as=issued`);
      expect(files.get(`Invoice-${number}.pdf`)).toEqual(bytes);
    }
    const { status } = await call(key, "GET", "/api/pdf-archives/invoices?ids=inv_none");
    expect(status).toBe(404);
  });
});
