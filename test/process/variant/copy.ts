/** Copies of the product that variants are added to: its own tree stays as it is. */
import { execFile } from "node:child_process";
import { cpSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { temporaryDir } from "../command.ts";

/** All that is built, run or checked by the compiler. */
const PARTS = [
  "src",
  "migrations",
  "public",
  "scripts",
  "test",
  "bench",
  "client/src",
  "client/README.md",
  "docs",
  "GLOSSARY.md",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "vitest.config.ts",
  "wrangler.toml",
];

/** A variant: its file, the registry beside it, and what the registry says of it. */
export type Variant = {
  family: string;
  /** As it is known on the wire and in stored rows. */
  name: string;
  /** The folder of its family. */
  room: string;
  file: string;
  /** What its file exports. */
  symbol: string;
  /** A line that its file has, and that the compiler does not do without. */
  trait: RegExp;
};

/** A copy of the product in a directory that goes with the test. */
export function copyProduct(): string {
  const root = temporaryDir();
  for (const part of PARTS) cpSync(part, join(root, part), { recursive: true });
  symlinkSync(resolve("node_modules"), join(root, "node_modules"));
  return root;
}

/** Adds a variant to a copy: its file, and in its family's registry an import and an entry. */
export function addVariant(root: string, variant: Variant, change = (text: string) => text): void {
  const { room, file } = variant;
  const text = readFileSync(`test/process/variant/${file}.txt`, "utf8");
  writeFileSync(join(root, room, file), change(text), { flag: "wx" });
  const registry = join(root, registryOf(variant));
  const before = readFileSync(registry, "utf8");
  const imported = replaceOnce(before, /^import /m, `${importOf(variant)}\nimport `);
  const end = /^\} satisfies Record</m;
  writeFileSync(registry, replaceOnce(imported, end, `${entryOf(variant)}\n} satisfies Record<`));
}

/** The line that brings a variant into its family's registry. */
export function importOf({ symbol, file }: Variant): string {
  return `import { ${symbol} } from "./${file}";`;
}

/** The line that lists a variant in its family's registry. */
export function entryOf({ name, symbol }: Variant): string {
  if (name === symbol) return `  ${name},`;
  return `  ${/^\w+$/.test(name) ? name : `"${name}"`}: ${symbol},`;
}

/** The file that lists the variants of a family. */
export function registryOf({ room }: Pick<Variant, "room">): string {
  return `${room}/registry.ts`;
}

/** The first match replaced. Errors: one where there is none. */
function replaceOnce(text: string, pattern: RegExp, by: string): string {
  if (!pattern.test(text)) throw new Error(`no ${pattern} in:\n${text}`);
  return text.replace(pattern, () => by);
}

type Change = {
  added: string[];
  gone: string[];
  /** Files that both have, each with the lines that only one of them has. */
  changed: { path: string; more: string[]; less: string[] }[];
};

/** What a copy has otherwise than the product. */
export function changeOf(root: string): Change {
  const [copied, own] = [filesOf(root), filesOf(".")];
  const linesOf = (path: string) => readFileSync(path, "utf8").split("\n");
  const isSame = (path: string) => readFileSync(path).equals(readFileSync(join(root, path)));
  const missing = (from: string[], others: string[]) =>
    from.filter((text) => !others.includes(text));
  return {
    added: missing(copied, own),
    gone: missing(own, copied),
    changed: own
      .filter((path) => copied.includes(path) && !isSame(path))
      .map((path) => {
        const [before, after] = [linesOf(path), linesOf(join(root, path))];
        return { path, more: missing(after, before), less: missing(before, after) };
      }),
  };
}

function filesOf(root: string): string[] {
  const isFile = (path: string) => statSync(join(root, path)).isFile();
  return PARTS.flatMap((part) => {
    if (isFile(part)) return [part];
    const inner = readdirSync(join(root, part), { recursive: true, encoding: "utf8" });
    return inner.map((path) => join(part, path)).filter(isFile);
  });
}

/**
 * What the compiler says of a copy: nothing where all is well, else a line an error. Of some files,
 * and of what they import, it is asked in a fifth of the time that all take.
 */
export function compile(root: string, files?: string[]): Promise<string[]> {
  const tsc = resolve("node_modules/.bin/tsc");
  const project = join(root, "tsconfig.some.json");
  const some = { extends: "./tsconfig.json", include: [], files };
  if (files) writeFileSync(project, JSON.stringify(some));
  const args = ["--pretty", "false", "--checkers", "2", ...(files ? ["--project", project] : [])];
  return new Promise((done) => {
    execFile(tsc, args, { cwd: root }, (_, stdout, stderr) =>
      done(`${stdout}${stderr}`.split("\n").filter((line) => /^\S/.test(line))),
    );
  });
}
