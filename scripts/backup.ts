/**
 * `npm run backup -- FOLDER`: each database of the installation as a file of SQL, which
 * `wrangler d1 execute --file` reads into an empty one. The databases answer nothing meanwhile.
 */
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  DROP_PIECES,
  importable,
  MAKE_PIECES,
  type Made,
  type Schema,
  schemaOf,
} from "./lib/backup/dump.ts";
import { ROOT } from "./lib/build.ts";
import { planOf } from "./lib/deployment.ts";
import { readOptions } from "./lib/options.ts";
import { exitOnSignals, runCommand } from "./lib/process.ts";
import { atPath, saidOf } from "./lib/user-file.ts";
import { type Wrangler, wranglerWith } from "./lib/wrangler.ts";

const USAGE = {
  command: "npm run backup",
  about:
    "Writes each database of the installation into FOLDER, as SQL that wrangler d1 execute " +
    "reads into an empty one: with its search, which D1 itself does not export, and with rows " +
    "that are larger than a statement may be. While D1 exports, it answers nothing else.",
  operands: { text: "FOLDER", least: 1, most: 1 },
  options: {
    config: {
      type: "string",
      value: "FILE",
      default: join(ROOT, "wrangler.toml"),
      about: "the configuration that names the databases",
    },
    local: {
      type: "boolean",
      default: false,
      about: "of wrangler dev's databases beside the configuration, not of the deployed ones",
    },
  },
  examples: ["npm run backup -- backups/2026-11-30"],
} as const;

const MADE = `SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL
  AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' ORDER BY rowid`;

await runCommand(async () => {
  exitOnSignals();
  const { values, positionals } = readOptions(USAGE);
  const config = resolve(values.config);
  const wrangler = wranglerWith(() => config);
  const place = values.local ? "--local" : "--remote";
  const folder = resolve(positionals[0] ?? "");
  atPath(folder, () => mkdirSync(folder, { recursive: true }));
  const scratch = mkdtempSync(join(tmpdir(), "boxcostpro-backup-"));
  process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
  for (const { binding, name } of planOf(config).databases) {
    const schema = schemaOf(readMade(wrangler, binding, place));
    const rows = join(scratch, `${name}.sql`);
    const tables = schema.tables.flatMap((table) => ["--table", table]);
    const args = ["--no-schema", "--skip-confirmation", "--output", rows, ...tables];
    wrangler.run(["d1", "export", binding, place, ...args]);
    const file = join(folder, `${name}.sql`);
    await pipeline(Readable.from(statements(schema, rows)), createWriteStream(file)).catch(
      (error) => Promise.reject(saidOf(file, error)),
    );
    console.log(`${file}: ${schema.tables.length} tables`);
  }
  process.exit(0);
});

function readMade(wrangler: Wrangler, binding: string, place: string): Made[] {
  const args = ["d1", "execute", binding, place, "--yes", "--json", "--command", MADE];
  const [answer] = JSON.parse(wrangler.run(args)) as { results: Made[] }[];
  return answer?.results ?? [];
}

async function* statements({ before, after }: Schema, rows: string): AsyncGenerator<string> {
  yield `PRAGMA defer_foreign_keys=TRUE;\n${before.join("\n")}\n${MAKE_PIECES}\n`;
  for await (const line of linesOf(createReadStream(rows, "utf8"))) {
    if (!line.startsWith("INSERT INTO ")) continue;
    for (const statement of importable(line)) yield `${statement}\n`;
  }
  yield `${DROP_PIECES}\n${after.join("\n")}\n`;
}

/** A row is a line: an export writes line breaks of texts in another way. */
async function* linesOf(input: AsyncIterable<string>): AsyncGenerator<string> {
  let open: string[] = [];
  for await (const chunk of input) {
    const [first = "", ...others] = chunk.split("\n");
    open.push(first);
    for (const next of others) {
      yield open.join("");
      open = [next];
    }
  }
  yield open.join("");
}
