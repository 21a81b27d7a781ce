/** Migrations that make tables anew, or open them, keep everything that they find. */
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions } from "miniflare";
import { describe, expect, it, onTestFinished } from "vitest";
import { unstable_splitSqlQuery as splitSql } from "wrangler";
import { applyMigrations } from "../../scripts/lib/migrate.ts";
import { launchRuntime } from "../../scripts/lib/runtime.ts";
import { hostOf } from "../../src/delivery/webhook/challenge.ts";

const OPENING = "0015_open_variants.sql";
const ALL = readdirSync("migrations").sort();
const BEFORE = ALL.slice(0, ALL.indexOf(OPENING));

/** A runtime with nothing but an empty database. */
async function openDatabase(): Promise<D1Database> {
  const script = "export default {}";
  const modules = [{ type: "ESModule" as const, path: "empty.js", contents: script }];
  const worker = { name: "empty", modules, d1Databases: { DB: "empty" } };
  const { miniflare, close } = await launchRuntime(
    convertV4MiniflareOptions({ workers: [worker], cf: false }),
  );
  onTestFinished(close);
  return (await miniflare.getD1Database("DB")) as unknown as D1Database;
}

/** A directory with some of the migrations, and with what `changed` says in place of their text. */
function migrationsDir(names: readonly string[], changed: Record<string, string> = {}): string {
  const dir = mkdtempSync(join(tmpdir(), "boxcostpro-migrations-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const name of names) copyFileSync(join("migrations", name), join(dir, name));
  for (const [name, text] of Object.entries(changed)) writeFileSync(join(dir, name), text);
  return dir;
}

type Row = Record<string, unknown>;

async function insert(db: D1Database, table: string, row: Row): Promise<void> {
  const names = Object.keys(row);
  await db
    .prepare(`INSERT INTO ${table} (${names}) VALUES (${names.map(() => "?")})`)
    .bind(...Object.values(row))
    .run();
}

const DRAFT = {
  issuer: "ten_1",
  scope: "",
  customer_id: "cus_1",
  status: "draft",
  revision: 1,
  time_zone: "Europe/Vienna",
  currency: "EUR",
  language: "de",
  tax_inclusive: 0,
  fields: "[]",
  adjustments: "[]",
  totals: "{}",
  usage: "[]",
  net_minor: 1000,
  tax_minor: 200,
  total_minor: 1200,
  search: "harbour works",
  created_ms: 1,
  updated_ms: 2,
};

const LINE = {
  position: 0,
  kind: "item",
  name: "Crane",
  quantity: "1",
  unit_code: "C62",
  unit_price: "10",
  adjustments: "[]",
  tax: "{}",
  amount_minor: 1000,
  net_minor: 1000,
};

/** What makes a draft final. */
function stamp(kind: string, sequence: number, more: Row): Row {
  const numbered = { number: `${kind}-${sequence}`, series_year: "2026", sequence };
  const stamped = { issue_date: "2026-05-01", seller: "{}", buyer: "{}", branding: "{}" };
  return { status: "open", ...numbered, ...stamped, finalized_ms: 3, ...more };
}

/** A draft with one line, and then what `change` says of it. */
async function insertDocument(
  db: D1Database,
  id: string,
  kind: string,
  change: Row,
): Promise<void> {
  await insert(db, "documents", { ...DRAFT, id, kind });
  await insert(db, "document_lines", { ...LINE, document_id: id });
  const sets = Object.keys(change).map((name) => `${name} = ?`);
  await db
    .prepare(`UPDATE documents SET ${sets} WHERE id = ?`)
    .bind(...Object.values(change), id)
    .run();
}

const EMAIL = {
  tenant: "ten_1",
  scope: "",
  from_name: "Harbour",
  recipients: '["a@example.com"]',
  cc: "[]",
  subject: "Your invoice",
  html: "<p>…</p>",
  plain: "…",
  attachments: "[]",
  status: "sent",
  created_ms: 5,
  search: "your invoice",
  private: 0,
};

/** Rows in every table that the migration writes, and in those that refer to them. */
async function fill(db: D1Database): Promise<void> {
  await insert(db, "tenants", { id: "ten_1", name: "One", mode: "live", created_ms: 0 });
  await insert(db, "metrics", {
    tenant: "ten_1",
    name: "seats",
    aggregation: "unique",
    property: "user",
    created_ms: 1,
  });
  await insert(db, "metrics", { tenant: "ten_1", name: "pages", unit: "pages", created_ms: 2 });
  await insert(db, "plan_prices", {
    version_id: "plv_free_1",
    metric: "seats",
    position: 9,
    included_micro: 0,
    model: "graduated",
    rates: "[]",
    hard: 1,
    thresholds: "[50]",
  });
  const hook = { tenant: "ten_1", sealed: "s", updated_ms: 4 };
  await insert(db, "payment_hooks", { id: "hook_gone", provider: "stripe", ...hook });
  await insert(db, "payment_hooks", { id: "hook_1", provider: "razorpay", ...hook });
  await db.prepare("DELETE FROM payment_hooks WHERE id = 'hook_gone'").run();
  await insert(db, "payment_hooks", { id: "hook_2", provider: "stripe", ...hook });
  await insert(db, "customers", {
    id: "cus_1",
    tenant: "ten_1",
    name: "Harbour",
    party: "{}",
    search: "harbour",
    revision: 1,
    created_ms: 0,
    updated_ms: 0,
  });
  await insert(db, "documents", { ...DRAFT, id: "quo_gone", kind: "quote" });
  await insertDocument(db, "quo_1", "quote", stamp("quote", 1, { status: "accepted" }));
  await db.prepare("DELETE FROM documents WHERE id = 'quo_gone'").run();
  const paid = { status: "paid", paid_minor: 1200, credited_minor: 400, recipient: "ten_1" };
  await insertDocument(
    db,
    "inv_1",
    "invoice",
    stamp("invoice", 1, { ...paid, origin_id: "quo_1" }),
  );
  const credited = { status: "issued", origin_id: "inv_1" };
  await insertDocument(db, "crn_1", "credit_note", stamp("credit_note", 1, credited));
  await insertDocument(db, "inv_2", "invoice", { close_key: "k" });
  await insert(db, "payments", {
    id: "pay_1",
    issuer: "ten_1",
    document_id: "inv_1",
    amount_minor: 1200,
    currency: "EUR",
    paid_on: "2026-05-02",
    method: "transfer",
    created_ms: 6,
  });
  await insert(db, "document_links", {
    id: "lnk_1",
    document_id: "inv_1",
    issuer: "ten_1",
    expires_ms: 9,
    created_ms: 7,
  });
  const brings = { document_kind: "invoice", document_id: "inv_1", document_number: "invoice-1" };
  await insert(db, "emails", { ...EMAIL, ...brings, id: "eml_1", letter: "document" });
  await insert(db, "emails", { ...EMAIL, id: "eml_2", letter: "notice" });
  await insert(db, "email_reports", {
    email: "eml_1",
    address: "a@example.com",
    kind: "delivered",
    at_ms: 8,
  });
}

function statementsOf(name: string, pattern: RegExp): string[] {
  return splitSql(readFileSync(join("migrations", name), "utf8")).filter((sql) =>
    pattern.test(sql),
  );
}

/** A database as it was before the migration, with rows. */
async function oldDatabase(): Promise<D1Database> {
  const db = await openDatabase();
  await applyMigrations(db, migrationsDir(BEFORE));
  await fill(db);
  return db;
}

const WITHOUT_ROWID = ["metrics", "plan_prices", "document_lines", "email_reports"];
const TABLES = [
  ...WITHOUT_ROWID,
  "payment_hooks",
  "customers",
  "documents",
  "payments",
  "document_links",
  "emails",
];

/** Every row with its rowid; columns by name, since their order may change. */
async function rowsOf(db: D1Database): Promise<Record<string, Row[]>> {
  const found: Record<string, Row[]> = {};
  for (const table of TABLES) {
    const columns = WITHOUT_ROWID.includes(table) ? "*" : "rowid AS row_id, *";
    const { results } = await db.prepare(`SELECT ${columns} FROM ${table}`).all<Row>();
    found[table] = results;
  }
  return found;
}

/** Indexes, triggers and tables by name, as SQL. */
async function schemaOf(db: D1Database): Promise<Record<string, string>> {
  const { results } = await db
    .prepare(
      "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
    )
    .all<{ name: string; sql: string }>();
  return Object.fromEntries(results.map(({ name, sql }) => [name, sql.replaceAll(/\s+/g, " ")]));
}

/** Where words are found, by rowid; the index is compared with the documents that it covers. */
async function searchOf(db: D1Database): Promise<unknown[]> {
  await db
    .prepare("INSERT INTO document_search (document_search, rank) VALUES ('integrity-check', 1)")
    .run();
  const ask = (table: string, words: string) =>
    db
      .prepare(`SELECT rowid FROM ${table} WHERE ${table} MATCH ? ORDER BY rowid`)
      .bind(words)
      .all();
  const answers = [
    await ask("document_search", "search: harb*"),
    await ask("document_search", 'number: "invoice-1"'),
    await ask("customer_search", "search: harbour"),
  ];
  return answers.map(({ results }) => results);
}

/** Each write that the database refuses, by the words of the refusal. */
const REFUSED: [sql: string, error: RegExp][] = [
  ["UPDATE documents SET revision = revision WHERE id = 'inv_2'", /document is stale/],
  ["UPDATE documents SET kind = 'quote' WHERE id = 'inv_1'", /document is finalised/],
  ["UPDATE documents SET total_minor = 1 WHERE id = 'inv_1'", /document is finalised/],
  ["DELETE FROM documents WHERE id = 'inv_1'", /document is finalised/],
  ["UPDATE document_lines SET name = 'x' WHERE document_id = 'inv_2'", /never changed/],
  ["DELETE FROM document_lines WHERE document_id = 'inv_1'", /document is finalised/],
  [
    `INSERT INTO document_lines SELECT document_id, 1, kind, name, description, detail, group_name,
       group_detail, classification, quantity, unit_code, unit, unit_price, adjustments,
       period_start, period_end, tax, explanation, amount_minor, net_minor
     FROM document_lines WHERE document_id = 'inv_1'`,
    /document is finalised/,
  ],
  ["UPDATE documents SET status = 'shipped' WHERE id = 'inv_1'", /CHECK constraint failed/],
  ["UPDATE documents SET customer_id = 'nobody' WHERE id = 'inv_2'", /FOREIGN KEY/],
  [
    `INSERT INTO payments
     SELECT 'p', issuer, 'none', 1, currency, paid_on, method, NULL, NULL, NULL, 1 FROM payments`,
    /FOREIGN KEY/,
  ],
  ["DELETE FROM documents WHERE id = 'inv_2'", /FOREIGN KEY/],
  ["UPDATE payment_hooks SET provider = 'stripe'", /UNIQUE constraint failed/],
  ["UPDATE payment_hooks SET tenant = 'none'", /FOREIGN KEY/],
  ["UPDATE plan_prices SET version_id = 'none' WHERE hard = 1", /FOREIGN KEY/],
  ["UPDATE plan_prices SET rates = 'x'", /CHECK constraint failed/],
];

async function expectRefusals(db: D1Database): Promise<void> {
  for (const [sql, error] of REFUSED) {
    await expect(db.prepare(sql).run(), sql).rejects.toThrow(error);
  }
  const again = { ...DRAFT, ...stamp("invoice", 1, {}), id: "inv_3", kind: "invoice" };
  await expect(insert(db, "documents", again)).rejects.toThrow(/UNIQUE constraint failed/);
  const converted = { ...again, ...stamp("invoice", 3, { origin_id: "quo_1" }) };
  await expect(insert(db, "documents", converted)).rejects.toThrow(/UNIQUE constraint failed/);
}

/** Stores a row of a variant that nobody has heard of in each table that has variants. */
async function insertUnheardOf(db: D1Database): Promise<string[]> {
  const price = { version_id: "plv_free_1", metric: "x", position: 10, included_micro: 0 };
  const hook = { id: "hook_9", tenant: "ten_1", sealed: "s", updated_ms: 1 };
  const issued = stamp("delivery_note", 1, { status: "issued" });
  const brings = { letter: "document", document_kind: "delivery_note" };
  const rows: [table: string, row: Row][] = [
    ["metrics", { tenant: "ten_1", name: "x", aggregation: "median", created_ms: 1 }],
    ["plan_prices", { ...price, model: "stairs", rates: "{}" }],
    ["payment_hooks", { ...hook, provider: "paddle" }],
    ["documents", { ...DRAFT, ...issued, id: "dln_1", kind: "delivery_note" }],
    ["emails", { ...EMAIL, ...brings, id: "eml_9" }],
  ];
  const outcomes = rows.map(([table, row]) =>
    insert(db, table, row).then(
      () => `${table} takes it`,
      (error) => `${table}: ${/CHECK constraint failed/.exec(String(error)) ?? error}`,
    ),
  );
  return Promise.all(outcomes);
}

describe("opening the lists of variants", () => {
  it("keeps every row, rowid, index, trigger, reference and finding", async () => {
    const db = await oldDatabase();
    const [rows, schema, found] = [await rowsOf(db), await schemaOf(db), await searchOf(db)];
    await expectRefusals(db);
    expect(await applyMigrations(db, migrationsDir([...BEFORE, OPENING]))).toEqual([OPENING]);
    expect(await rowsOf(db)).toEqual(rows);
    expect(await searchOf(db)).toEqual(found);
    expect(found).toEqual([
      [{ rowid: 2 }, { rowid: 3 }, { rowid: 4 }, { rowid: 5 }],
      [{ rowid: 3 }],
      [{ rowid: 1 }],
    ]);
    await expectRefusals(db);
    const after = await schemaOf(db);
    const { documents_without_kind: added, ...kept } = after;
    expect(added).toContain("document has no kind");
    expect(Object.keys(kept).sort()).toEqual(Object.keys(schema).sort());
    const changed = Object.keys(kept).filter((name) => kept[name] !== schema[name]);
    expect(changed.sort()).toEqual([
      "documents",
      "emails",
      "metrics",
      "payment_hooks",
      "plan_prices",
    ]);
    const checks = (sql = "") => sql.split("CHECK (").length - 1;
    expect(changed.map((name) => checks(schema[name]) - checks(kept[name]))).toEqual(
      changed.map(() => 1),
    );
    expect((await db.prepare("PRAGMA foreign_key_check").all()).results).toEqual([]);
    expect((await db.prepare("PRAGMA quick_check").all()).results).toEqual([{ quick_check: "ok" }]);
  });

  it("lets a variant be stored that no list knew, and no document without a kind", async () => {
    const db = await oldDatabase();
    const tables = ["metrics", "plan_prices", "payment_hooks", "documents", "emails"];
    const failed = tables.map((table) => `${table}: CHECK constraint failed`);
    expect(await insertUnheardOf(db)).toEqual(failed);
    await applyMigrations(db, migrationsDir([...BEFORE, OPENING]));
    expect(await insertUnheardOf(db)).toEqual(tables.map((table) => `${table} takes it`));
    expect((await searchOf(db))[0]).toHaveLength(5);
    const nameless = insert(db, "documents", { ...DRAFT, id: "doc_1" });
    await expect(nameless).rejects.toThrow("document has no kind");
  });

  it("is done once, and not at all where a statement of it fails", async () => {
    const db = await oldDatabase();
    const [rows, schema] = [await rowsOf(db), await schemaOf(db)];
    const text = readFileSync(join("migrations", OPENING), "utf8");
    const broken = `${text}\nINSERT INTO no_such_table VALUES (1);\n`;
    const apply = (dir: string) => applyMigrations(db, dir);
    await expect(apply(migrationsDir(BEFORE, { [OPENING]: broken }))).rejects.toThrow(
      /no such table/,
    );
    expect(await rowsOf(db)).toEqual(rows);
    expect(await schemaOf(db)).toEqual(schema);
    expect(await apply(migrationsDir([...BEFORE, OPENING]))).toEqual([OPENING]);
    const opened = await schemaOf(db);
    expect(await apply(migrationsDir([...BEFORE, OPENING]))).toEqual([]);
    expect(await schemaOf(db)).toEqual(opened);
  });

  it("needs no search, which is made of what is stored afterwards", async () => {
    const db = await oldDatabase();
    const found = await searchOf(db);
    const made = statementsOf("0012_search.sql", /CREATE/);
    const names = made.map((sql) => /CREATE (?:VIRTUAL )?(TABLE|TRIGGER) (\w+)/.exec(sql));
    const drops = names.map((match) => `DROP ${match?.[1]} ${match?.[2]}`).reverse();
    await db.batch(drops.map((sql) => db.prepare(sql)));
    await applyMigrations(db, migrationsDir([...BEFORE, OPENING]));
    await db.batch(statementsOf("0012_search.sql", /./).map((sql) => db.prepare(sql)));
    expect(await searchOf(db)).toEqual(found);
  });
});

describe("the migration that has webhook endpoints proven", () => {
  const FAIR = "0024_fair_queues.sql";
  const URLS = [
    "https://Hooks.Example.com/in",
    "https://hooks.example.com:8443?x=1/2",
    "https://hooks.example.com.#x",
    "https://hooks.example.com",
    "http://127.0.0.1:8999/1",
    "http://localhost:8999/1",
    "https://[2606:4700::1111]/x:1",
  ];

  it("believes those that are there, reads their hosts, and gives due rows lanes", async () => {
    const db = await openDatabase();
    await applyMigrations(db, migrationsDir(ALL.slice(0, ALL.indexOf(FAIR))));
    await insert(db, "tenants", {
      id: "ten_1",
      name: "A",
      mode: "live",
      operator: 0,
      created_ms: 1,
    });
    for (const [n, url] of URLS.entries()) {
      const row = { id: `whe_${n}`, tenant: "ten_1", url, events: "[]", created_ms: n + 1 };
      await insert(db, "webhook_endpoints", row);
    }
    const due = { id: "email.send:e", tenant: "ten_1", at_ms: 1, clock: "real", ref: "e" };
    await insert(db, "due", { ...due, kind: "email.send" });
    await applyMigrations(db, "migrations");
    const made = "SELECT host, proven_ms - created_ms AS late FROM webhook_endpoints ORDER BY id";
    const { results } = await db.prepare(made).all<{ host: string; late: number | null }>();
    expect(results).toEqual(URLS.map((url) => ({ host: hostOf(url), late: 0 })));
    expect(await db.prepare("SELECT lane FROM due").first("lane")).toBe("ten_1 email.send");
  });
});

describe("the migration that opens the list of billing cycles", () => {
  const CYCLES = "0031_cycles.sql";
  const EARLIER = ALL.slice(0, ALL.indexOf(CYCLES));
  const SUBSCRIPTION = {
    tenant: "ten_1",
    cycle: "month",
    usage_interval: "month",
    base_timing: "arrears",
    anchor: "anniversary",
    time_zone: "UTC",
    currency: "USD",
    start_ms: 1,
    created_ms: 1,
  };

  /** Subscriptions, and rows that refer to them and to versions of plans. */
  async function subscribed(): Promise<D1Database> {
    const db = await openDatabase();
    await applyMigrations(db, migrationsDir(EARLIER));
    await insert(db, "tenants", { id: "ten_1", name: "One", mode: "live", created_ms: 0 });
    const yearly = { id: "sub_1", cycle: "year", status: "ended", trial_end_ms: 5, end_ms: 9 };
    await insert(db, "subscriptions", { ...SUBSCRIPTION, ...yearly, tax_inclusive: 1 });
    await insert(db, "subscriptions", { ...SUBSCRIPTION, id: "sub_2", status: "active" });
    const version = { version_id: "plv_free_1", base_price_minor: 7, seats: 1, created_ms: 1 };
    for (const subscription_id of ["sub_1", "sub_2", "sub_2"]) {
      const seq = (await count(db, "subscription_changes")) + 1;
      const entry = { subscription_id, seq, kind: "start", at_ms: 1 };
      await insert(db, "subscription_changes", { ...entry, ...version });
    }
    const more = { plan_id: "pln_free", currency: "USD", base_month_minor: 29, created_ms: 1 };
    const interval = { usage_interval: "year", tenant_may: '["void"]' };
    await insert(db, "plan_versions", { id: "plv_2", version: 2, ...more, ...interval });
    return db;
  }

  async function count(db: D1Database, table: string): Promise<number> {
    const row = await db.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>();
    return row?.n ?? 0;
  }

  async function all(db: D1Database, table: string): Promise<Row[]> {
    const { results } = await db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all<Row>();
    return results;
  }

  it("keeps every row and reference, and takes cycles that no list knew", async () => {
    const db = await subscribed();
    const weekly = { ...SUBSCRIPTION, cycle: "week", usage_interval: "week", status: "ended" };
    await expect(insert(db, "subscriptions", { ...weekly, id: "sub_3" })).rejects.toThrow(/CHECK/);
    const [rows, versions, log] = await Promise.all(
      ["subscriptions", "plan_versions", "subscription_changes"].map((table) => all(db, table)),
    );
    const schema = await schemaOf(db);
    await applyMigrations(db, migrationsDir([...EARLIER, CYCLES]));
    expect(await all(db, "subscriptions")).toEqual(rows);
    expect(await all(db, "subscription_changes")).toEqual(log);
    const added = { base_week_minor: null, base_quarter_minor: null, base_half_year_minor: null };
    expect(await all(db, "plan_versions")).toEqual(versions?.map((row) => ({ ...row, ...added })));
    const after = await schemaOf(db);
    const changed = Object.keys({ ...schema, ...after }).filter(
      (name) => after[name] !== schema[name],
    );
    expect(changed.sort()).toEqual(["plan_versions", "subscriptions"]);
    expect((await db.prepare("PRAGMA foreign_key_check").all()).results).toEqual([]);
    await insert(db, "subscriptions", { ...weekly, id: "sub_3" });
    const second = { ...weekly, id: "sub_4", status: "active" };
    await expect(insert(db, "subscriptions", second)).rejects.toThrow(/UNIQUE/);
    await expect(db.prepare("DELETE FROM subscriptions WHERE id = 'sub_2'").run()).rejects.toThrow(
      /FOREIGN KEY/,
    );
  });

  it("is not done at all where a statement of it fails", async () => {
    const db = await subscribed();
    const [rows, schema] = [await all(db, "subscriptions"), await schemaOf(db)];
    const text = readFileSync(join("migrations", CYCLES), "utf8");
    const broken = { [CYCLES]: `${text}\nINSERT INTO no_such_table VALUES (1);\n` };
    await expect(applyMigrations(db, migrationsDir(EARLIER, broken))).rejects.toThrow(
      /no such table/,
    );
    expect(await all(db, "subscriptions")).toEqual(rows);
    expect(await schemaOf(db)).toEqual(schema);
  });
});
