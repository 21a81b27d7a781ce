/** What docs/operations.md promises: of migrations, of exports, and the names of its metrics. */
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";

const WRANGLER = resolve("node_modules/wrangler/bin/wrangler.js");
const dir = mkdtempSync(join(tmpdir(), "boxcostpro-operations-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const CONFIG = `
name = "operations"
compatibility_date = "2026-11-01"
[[d1_databases]]
binding = "DB"
database_name = "operations"
database_id = "00000000-0000-0000-0000-000000000000"
`;

function wrangler(...args: string[]) {
  const env = { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" };
  return spawnSync(process.execPath, [WRANGLER, ...args], { cwd: dir, env, encoding: "utf8" });
}

const apply = () => wrangler("d1", "migrations", "apply", "DB", "--local");

function query(command: string): string[] {
  const { stdout } = wrangler("d1", "execute", "DB", "--local", "--json", "--command", command);
  const [{ results }] = JSON.parse(stdout) as [{ results: { name: string }[] }];
  return results.map(({ name }) => name);
}

const TABLES = "SELECT name FROM sqlite_master WHERE name LIKE 'table_%' ORDER BY name";
const APPLIED = "SELECT name FROM d1_migrations ORDER BY id";

it("leaves nothing of a migration that breaks off, and goes on with it once it is repaired", () => {
  writeFileSync(join(dir, "wrangler.toml"), CONFIG);
  mkdirSync(join(dir, "migrations"));
  const file = (name: string, sql: string) => writeFileSync(join(dir, "migrations", name), sql);
  file("0001_first.sql", "CREATE TABLE table_a (id TEXT);");
  const broken = (middle: string) =>
    file("0002_broken.sql", `CREATE TABLE table_b (id TEXT); ${middle}; CREATE TABLE table_c (n);`);
  broken("INSERT INTO nowhere VALUES (1)");
  file("0003_last.sql", "CREATE TABLE table_d (id TEXT);");
  expect(apply().status).not.toBe(0);
  expect(query(TABLES)).toEqual(["table_a"]);
  expect(query(APPLIED)).toEqual(["0001_first.sql"]);
  broken("INSERT INTO table_b VALUES (1)");
  expect(apply().status).toBe(0);
  expect(query(TABLES)).toEqual(["table_a", "table_b", "table_c", "table_d"]);
  expect(query(APPLIED)).toEqual(["0001_first.sql", "0002_broken.sql", "0003_last.sql"]);

  query("CREATE VIRTUAL TABLE words USING fts5(text)");
  const out = join(dir, "out.sql");
  expect(wrangler("d1", "export", "DB", "--local", "--output", out).status).not.toBe(0);
  expect(
    wrangler("d1", "export", "DB", "--local", "--table", "table_b", "--output", out).status,
  ).toBe(0);
  expect(readFileSync(out, "utf8")).toContain('INSERT INTO "table_b"');
});

it("names no metric that there is not", () => {
  const source = globSync("src/**/*.ts").map((path) => readFileSync(path, "utf8"));
  const known = new Set(source.join("\n").match(/\bboxcostpro_[a-z0-9_]+\b/g));
  const named = readFileSync("docs/operations.md", "utf8").match(/\bboxcostpro_[a-z0-9_]+\b/g);
  expect(named?.length).toBeGreaterThan(20);
  expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
});
