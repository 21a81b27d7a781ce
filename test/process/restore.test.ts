/** The commands of docs/operations.md that keep an installation elsewhere, and read it back. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import { DROP_PIECES, importable, MAKE_PIECES } from "../../scripts/lib/backup/dump.ts";
import { crash } from "./client.ts";
import { newState, runScript, type Served, serve, temporaryDir } from "./command.ts";
import { databaseFiles } from "./estate.ts";

const WRANGLER = resolve("node_modules/wrangler/bin/wrangler.js");

/** A folder in which wrangler's local databases are those of a state directory. */
function beside(stateDir: string): string {
  const dir = temporaryDir();
  mkdirSync(join(dir, ".wrangler/state"), { recursive: true });
  symlinkSync(resolve(stateDir), join(dir, ".wrangler/state/v3"));
  const config = readFileSync("wrangler.toml", "utf8");
  // The databases alone, under the numbers that they have on this machine.
  const databases = config.match(/^\[\[d1_databases\]\](?:\n(?!\[|#).+)+/gm) ?? [];
  const head = 'name = "restored"\ncompatibility_date = "2026-11-01"\n';
  writeFileSync(join(dir, "wrangler.toml"), `${head}${databases.join("\n")}\n`);
  return dir;
}

function wrangler(cwd: string, ...args: string[]): void {
  const env = { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" };
  const all = [WRANGLER, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { cwd, env });
  expect(status, `${stdout}${stderr}`).toBe(0);
}

/** The rows of every table and what the databases are made of, without what the checks add. */
function contents(stateDir: string): Record<string, unknown> {
  const { control, ledgers } = databaseFiles(stateDir);
  return Object.fromEntries([control, ...ledgers].map((file, i) => [i, contentOf(file)]));
}

function contentOf(file: string): Record<string, unknown> {
  const db = new DatabaseSync(file, { readOnly: true });
  const made = db
    .prepare(
      `SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*'
       AND name NOT GLOB '_cf_*' AND name NOT GLOB 'row_guard_*' ORDER BY name`,
    )
    .all() as { type: string; name: string; sql: string }[];
  const rowsOf = (name: string) => {
    const rows = db.prepare(`SELECT * FROM "${name}"`).all();
    return rows.map((row) => JSON.stringify(row)).sort();
  };
  const tables = made.filter(({ type, name }) => type === "table" && !/_search(_|$)/.test(name));
  const content = {
    made,
    rows: Object.fromEntries(tables.map(({ name }) => [name, rowsOf(name)])),
  };
  db.close();
  return content;
}

/** A customer and a final invoice, and more in one row than a statement may have. */
async function makeBooks(api: Api): Promise<string> {
  const name = "Lindqvist & Söhne";
  const { id } = await api.call<{ id: string }>("POST", "/api/customers", { name });
  await api.call("PUT", "/api/issuer", { legal_name: "Seller Ltd", currency: "EUR" });
  const notes = `it's\nlong "${"é".repeat(900)}"`;
  const lines = Array.from({ length: 60 }, (_, i) => ({
    name: `Work ${i}`,
    description: notes,
    quantity: i + 1,
    unit_price: "12.50",
  }));
  const draft = { customer_id: id, lines, notes };
  const invoice = await api.call<{ id: string }>("POST", "/api/invoices", draft);
  await api.call("POST", `/api/invoices/${invoice.id}/finalize`);
  return invoice.id;
}

/** What stays the same when an installation is read back. */
async function answersOf({ url, demoKey }: Served, invoice: string): Promise<unknown[]> {
  const api = apiAt(url, demoKey);
  const paths = [
    "/api/tenant",
    "/api/customers",
    `/api/invoices/${invoice}`,
    "/api/search?q=lindq",
    "/api/audit/head",
  ];
  const pdf = await fetch(`${url}/api/pdf/invoice/${invoice}`, {
    headers: { authorization: `Bearer ${demoKey}` },
  });
  expect(pdf.status).toBe(200);
  const bytes = Buffer.from(await pdf.arrayBuffer()).toString("base64");
  type Summary = { metrics: { metric_name: string }[] };
  const { metrics: all } = await api.call<Summary>("GET", "/api/usage/summary");
  const metrics = all.filter(({ metric_name: name }) => name !== "api_calls"); // these calls, too
  return [...(await Promise.all(paths.map((path) => api.call("GET", path)))), metrics, bytes];
}

const EVENTS = Array.from({ length: 300 }, (_, i) => ({
  id: `event-${i}`,
  metric_name: "storage_gb",
  quantity: `${i % 9}.${i % 7}`,
  user_id: `user-${i % 5}`,
}));
const [CREATED, REPEATED] = [201, 200];

/** Records all events; answers what became of each. */
async function record(api: Api): Promise<number[]> {
  type Answer = { results: { status: number }[] };
  const { results } = await api.call<Answer>("POST", "/api/usage/events", EVENTS);
  return results.map(({ status }) => status);
}

describe("npm run backup", () => {
  const written = "writes what an empty installation is read back from, events, search and PDFs";
  it(written, { timeout: 300_000 }, async () => {
    const stateDir = await newState();
    const first = await serve(stateDir);
    const api = apiAt(first.url, first.demoKey);
    const invoice = await makeBooks(api);
    expect(await record(api)).toEqual(EVENTS.map(() => CREATED));
    const before = await answersOf(first, invoice);
    await crash(first);

    const from = beside(stateDir);
    const args = ["--local", "--config", join(from, "wrangler.toml"), join(from, "out")];
    const command = runScript("backup.ts", args, {});
    expect(await command.ended, JSON.stringify(command.output())).toMatchObject({ code: 0 });

    const restored = temporaryDir();
    const to = beside(restored);
    for (const name of ["boxcostpro", "boxcostpro-ledger-1"]) {
      const file = join(from, "out", `${name}.sql`);
      wrangler(to, "d1", "execute", name, "--local", "--yes", "--file", file);
    }
    expect(contents(restored)).toEqual(contents(stateDir));
    // The secret and the keys; neither objects nor files of R2.
    for (const name of ["delivery.secret", "operator.key", "demo.key"]) {
      cpSync(join(stateDir, name), join(restored, name));
    }
    const second = await serve(restored);
    expect(await answersOf(second, invoice)).toEqual(before);
    // As repetitions: the new meter knows what the ledger has.
    expect(await record(apiAt(second.url, second.demoKey))).toEqual(EVENTS.map(() => REPEATED));
    expect(await answersOf(second, invoice)).toEqual(before);
    await crash(second);
  });

  it("cuts rows that are larger than a statement, and changes none", () => {
    const db = new DatabaseSync(":memory:");
    const quoted = db.prepare("SELECT quote(?) AS q");
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 90_000 }).map((t) => t.replaceAll("\0", "")),
      fc.string({
        unit: fc.constantFrom("'", "\n", "\r", "é", "😀"),
        size: "max",
        minLength: 60_000,
        maxLength: 70_000,
      }),
    );
    const row = fc.tuple(
      text,
      fc.uint8Array({ size: "max", minLength: 60_000, maxLength: 80_000 }),
      fc.integer(),
    );
    fc.assert(
      fc.property(row, ([some, bytes, number]) => {
        const literal = (value: string | Uint8Array) => (quoted.get(value) as { q: string }).q;
        // As D1 writes a text with line breaks.
        const lf = some.includes("\n");
        const cr = some.includes("\r");
        let written = literal(some).replaceAll("\n", "\\n").replaceAll("\r", "\\r");
        if (cr) written = `replace(${written},'\\r',char(13))`;
        if (lf) written = `replace(${written},'\\n',char(10))`;
        const hex = Buffer.from(bytes).toString("hex");
        const values = `${written},X'${hex}',${number},NULL`;
        const line = `INSERT INTO "t" ("a","b","c","d") VALUES(${values});`;
        const statements = importable(line);
        expect(Math.max(...statements.map((one) => Buffer.byteLength(one)))).toBeLessThan(100_000);
        db.exec("CREATE TABLE t (a TEXT, b BLOB, c INTEGER, d TEXT)");
        db.exec([MAKE_PIECES, ...statements, DROP_PIECES].join("\n"));
        const kept = db.prepare("SELECT *, typeof(a) AS ta, typeof(b) AS tb FROM t").get();
        db.exec("DROP TABLE t");
        expect(kept).toEqual({ a: some, b: bytes, c: number, d: null, ta: "text", tb: "blob" });
      }),
      { numRuns: 6 },
    );
  });
});
