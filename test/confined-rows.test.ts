/**
 * What a member who is confined to rows reads, compared with a plain model: everything that the
 * owner reads, filtered by who drafted it, whom it is for and whose usage it is.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { call, keyFor, makeTenant } from "./support/api.ts";

type Row = Record<string, unknown> & { id: string };
type Rows = { own_usage?: boolean; own_documents?: boolean; customers?: string[] };
type Made = { id: string; kind: string; customer: string; by: string | null };

const KINDS = ["quotes", "proforma-invoices", "invoices", "credit-notes"] as const;
const SEED = Number(process.env.LIFE_SEED ?? 0) || 7;

/** The same numbers for the same seed: 0 up to `below`. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

let key = "";
let tenantId = "";
const customers: string[] = [];
const people: { id: string; key: string }[] = [];
const made: Made[] = [];
const emails: { id: string; document: string }[] = [];

async function ok(by: string, method: string, path: string, body?: unknown) {
  const answer = await call(by, method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Every entry of a list, in pages of a few. */
async function all(by: string, path: string): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor = "";
  do {
    const more = `${path.includes("?") ? "&" : "?"}limit=7${cursor}`;
    const page = await ok(by, "GET", path + more);
    rows.push(...page.data);
    cursor = page.next_cursor ? `&cursor=${encodeURIComponent(page.next_cursor)}` : "";
  } while (cursor !== "");
  return rows;
}

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

async function exported(by: string, path: string): Promise<string[]> {
  const { status, bytes } = await call(by, "GET", path);
  expect(status, path).toBe(200);
  const lines = new TextDecoder().decode(bytes).trimEnd().split("\r\n").slice(1);
  return lines.map((line) => line.split(",")[0] ?? "");
}

beforeAll(async () => {
  ({ tenantId, key } = await makeTenant({ clock: "2026-01-01T00:00:00Z" }));
  await ok(key, "PUT", "/api/issuer", { legal_name: "Rows Ltd", currency: "USD" });
  const random = randomOf(SEED);
  for (let i = 0; i < 4; i++) {
    customers.push((await ok(key, "POST", "/api/customers", { name: `Buyer ${i}` })).id);
  }
  for (let i = 0; i < 2; i++) {
    const input = { email: `p${i}@a.test`, name: `P${i}`, role: "admin" };
    const { id } = await ok(key, "POST", "/api/users", input);
    people.push({ id, key: await keyFor(tenantId, "admin", { userId: id, mode: "test" }) });
  }
  for (let i = 0; i < 18; i++) {
    const who = [null, ...people][random(3)] ?? null;
    const by = who?.key ?? key;
    const kind = KINDS[random(3)] ?? "invoices";
    const customer = customers[random(4)] ?? "";
    const lines = [{ name: `Thing ${random(3)}`, quantity: 1, unit_price: 10 + random(90) }];
    const { id } = await ok(by, "POST", `/api/${kind}`, { customer_id: customer, lines });
    made.push({ id, kind, customer, by: who?.id ?? null });
    if (random(2) === 0) continue;
    await ok(key, "POST", `/api/${kind}/${id}/finalize`);
    const email = await ok(key, "POST", `/api/${kind}/${id}/send`, { to: ["b@a.test"] });
    emails.push({ id: email.id, document: id });
    if (kind !== "invoices") continue;
    if (random(2) === 0) await ok(key, "POST", `/api/invoices/${id}/payments`, { amount: 1 });
    if (random(2) !== 0) continue;
    // It goes with its invoice, whoever issues it.
    const note = await ok(key, "POST", `/api/invoices/${id}/credit`, { reason: "late" });
    made.push({ id: note.id, kind: "credit-notes", customer, by: who?.id ?? null });
  }
  const events = Array.from({ length: 60 }, (_, i) => ({
    id: `e${i}`,
    metric_name: `m${random(3)}`,
    quantity: 1 + random(5),
    user_id: ["outsider", ...people.map(({ id }) => id)][random(3)],
  }));
  await ok(key, "POST", "/api/usage/events", events);
}, 120_000);

const own = { own_documents: true };
const some = () => ({ customers: [customers[0] ?? "", customers[2] ?? ""] });
const CONFINED: [string, () => Rows][] = [
  ["their own documents", () => own],
  ["some customers", some],
  ["their own documents and some customers", () => ({ ...own, ...some() })],
  ["their own usage", () => ({ own_usage: true })],
  ["their own of everything", () => ({ own_usage: true, ...own })],
];

/** The model: what of the documents somebody sees. */
function sees(rows: Rows, userId: string, { customer, by }: Made): boolean {
  if (!rows.own_documents && !rows.customers) return true;
  return (rows.own_documents && by === userId) || (rows.customers?.includes(customer) ?? false);
}

describe.each(CONFINED)("a member who sees %s", (_, rowsOf) => {
  let me = { id: "", key: "" };
  let rows: Rows = {};
  let seen: Made[] = [];
  let hidden: Made[] = [];
  beforeAll(async () => {
    me = people[0] ?? me;
    rows = rowsOf();
    const free = { own_usage: false, own_documents: false, customers: null };
    await ok(key, "PATCH", `/api/users/${me.id}`, { ...free, ...rows });
    seen = made.filter((one) => sees(rows, me.id, one));
    hidden = made.filter((one) => !sees(rows, me.id, one));
  });

  it.each(KINDS)("lists, counts, finds and exports their %s alone", async (kind) => {
    const wanted = new Set(seen.filter((one) => one.kind === kind).map(({ id }) => id));
    for (const query of ["", "?sort=-total", "?q=thing"]) {
      const [whole, theirs] = await Promise.all(
        [key, me.key].map((by) => all(by, `/api/${kind}${query}`)),
      );
      const model = (whole ?? []).filter(({ id }) => wanted.has(id));
      expect(theirs, query).toEqual(model);
    }
    const ids = await exported(me.key, `/api/exports/${kind}`);
    expect(new Set(ids)).toEqual(wanted);
    const name = kind.replace(/s$/, "").replace("-", "_").replace("proforma_invoice", "proforma");
    const { data, complete } = await ok(me.key, "GET", `/api/document-counts?kind=${name}`);
    const total = data.reduce((n: number, one: { documents: number }) => n + one.documents, 0);
    expect([total, complete]).toEqual([wanted.size, true]);
    const found = await ok(me.key, "GET", "/api/search?q=thing&limit=50");
    expect(idsOf(found.documents).filter((id) => hidden.some((one) => one.id === id))).toEqual([]);
  });

  it("reads each of them as the owner does, and none of the others", async () => {
    for (const { kind, id } of seen) {
      const path = `/api/${kind}/${id}`;
      expect((await call(me.key, "GET", path)).body).toEqual(await ok(key, "GET", path));
      const [theirs, whole] = await Promise.all(
        [me.key, key].map((by) => call(by, "GET", `/api/documents/${id}/chain`)),
      );
      expect([theirs?.status, theirs?.body.hash]).toEqual([whole?.status, whole?.body.hash]);
    }
    for (const { id } of hidden) {
      expect((await call(me.key, "GET", `/api/documents/${id}/chain`)).status).toBe(404);
    }
    const parts = ["", "/timeline", "/links", "/preview", "/xml", "/warnings", "/payments"];
    for (const { kind, id } of hidden) {
      for (const part of kind === "quotes" ? parts.slice(0, 4) : parts) {
        const path = `/api/${kind}/${id}${part}`;
        expect([(await call(me.key, "GET", path)).status, path]).toEqual([404, path]);
      }
    }
  }, 120_000);

  it("changes none of the others", async () => {
    const lines = [{ name: "X", quantity: 1, unit_price: 1 }];
    for (const { kind, id } of hidden) {
      const single = { quotes: "quote", invoices: "invoice", "credit-notes": "credit-note" };
      const pdf = (single as Record<string, string>)[kind] ?? "proforma-invoice";
      const acts: [string, string, unknown?][] = [
        ["GET", `/api/pdf/${pdf}/${id}`],
        ["POST", `/api/${kind}/${id}/send`, { to: ["x@a.test"] }],
        ["POST", `/api/${kind}/${id}/link`, {}],
      ];
      if (kind !== "credit-notes") {
        acts.push(["PATCH", `/api/${kind}/${id}`, { lines }]);
        acts.push(
          ["POST", `/api/${kind}/${id}/finalize`],
          ["POST", `/api/${kind}/${id}/duplicate`],
        );
      }
      if (kind === "invoices") {
        acts.push(["POST", `/api/invoices/${id}/payments`, { amount: 1 }]);
        acts.push(["POST", `/api/invoices/${id}/void`, { reason: "x" }]);
        acts.push(["POST", `/api/invoices/${id}/credit`, { reason: "x" }]);
        acts.push(["POST", `/api/invoices/${id}/apply-balance`, {}]);
      }
      for (const [method, path, body] of acts) {
        const { status } = await call(me.key, method, path, body);
        expect([status, method, path]).toEqual([404, method, path]);
      }
      const step = { act: "send", filter: { ids: id } };
      const bulk = await ok(me.key, "POST", `/api/bulk/${kind}`, step);
      expect(bulk.done).toBe(0);
    }
  }, 60_000);

  it("reads their customers alone, and sums of a customer only where all is theirs", async () => {
    const whole = await all(key, "/api/customers");
    const model = whole.filter(({ id }) => rows.customers?.includes(id) ?? true);
    expect(await all(me.key, "/api/customers")).toEqual(model);
    expect((await all(me.key, "/api/customers?sort=name")).length).toBe(model.length);
    expect(new Set(await exported(me.key, "/api/exports/customers"))).toEqual(
      new Set(idsOf(model)),
    );
    const found = await ok(me.key, "GET", "/api/search?q=buyer");
    expect(new Set(idsOf(found.customers))).toEqual(new Set(idsOf(model)));
    for (const id of customers) {
      const isSeen = model.some((one) => one.id === id);
      const isWhole = isSeen && (rows.customers !== undefined || !rows.own_documents);
      const { status } = await call(me.key, "GET", `/api/customers/${id}`);
      expect(status).toBe(isSeen ? 200 : 404);
      for (const part of ["account", "statement", "balance-transactions"]) {
        const sums = await call(me.key, "GET", `/api/customers/${id}/${part}`);
        expect(sums.status, part).toBe(isWhole ? 200 : isSeen ? 403 : 404);
      }
      const draft = { customer_id: id, lines: [{ name: "N", quantity: 1, unit_price: 1 }] };
      const drafted = await call(me.key, "POST", "/api/quotes", draft);
      expect(drafted.status).toBe(isSeen ? 201 : 422);
      if (isSeen) {
        expect((await call(me.key, "GET", `/api/quotes/${drafted.body.id}`)).status).toBe(200);
        made.push({ id: drafted.body.id, kind: "quotes", customer: id, by: me.id });
      }
    }
    const adding = await call(me.key, "POST", "/api/customers", { name: "Buyer added" });
    expect(adding.status).toBe(rows.customers ? 403 : 201);
    if (adding.status === 201) customers.push(adding.body.id);
  });

  it("reads e-mails that brought their documents", async () => {
    const model = emails.filter(({ document }) => seen.some(({ id }) => id === document));
    const listed = await all(me.key, "/api/emails");
    expect(new Set(idsOf(listed))).toEqual(new Set(idsOf(model)));
    expect(new Set(await exported(me.key, "/api/exports/emails"))).toEqual(new Set(idsOf(model)));
    const { data } = await ok(me.key, "GET", "/api/email-counts");
    const total = data.reduce((n: number, { count }: { count: number }) => n + count, 0);
    expect(total).toBe(model.length);
    for (const { id } of emails) {
      const isSeen = model.some((one) => one.id === id);
      expect((await call(me.key, "GET", `/api/emails/${id}`)).status).toBe(isSeen ? 200 : 404);
    }
  });

  it("reads and records usage of their own, where it is confined", async () => {
    const whole = await all(key, "/api/usage/events?source=api");
    // A key of a user reads its usage unless it asks for another's, which is not for all.
    const model = whole.filter(({ user_id }) => user_id === me.id);
    expect(await all(me.key, "/api/usage/events?source=api")).toEqual(model);
    expect(new Set(await exported(me.key, "/api/exports/usage-events?source=api"))).toEqual(
      new Set(idsOf(model)),
    );
    const [theirs, asked] = [
      await ok(me.key, "GET", "/api/usage/summary?metric_name=m1"),
      await ok(key, "GET", `/api/usage/summary?metric_name=m1&user_id=${me.id}`),
    ];
    expect(theirs.metrics).toEqual(asked.metrics);
    for (const { id, user_id } of whole) {
      const isSeen = user_id === me.id;
      expect((await call(me.key, "GET", `/api/usage/events/${id}`)).status).toBe(
        isSeen ? 200 : 404,
      );
    }
    const other = await call(me.key, "GET", "/api/usage/summary?user_id=outsider");
    expect(other.status).toBe(rows.own_usage ? 403 : 200);
    const event = { metric_name: "m0", quantity: 1 };
    const named = { ...event, user_id: "outsider", id: `x-${Object.keys(rows).join("-")}` };
    const recorded = await call(me.key, "POST", "/api/usage/record", named);
    expect(recorded.status).toBe(rows.own_usage ? 403 : 201);
    const mine = await ok(me.key, "POST", "/api/usage/record", {
      ...event,
      id: `y-${Object.keys(rows).join("-")}`,
    });
    const read = await ok(key, "GET", `/api/usage/events/${mine.id}`);
    expect(read.user_id).toBe(me.id);
  });
});
