/** The style that matters, as failing tests: one direction of imports everywhere, pure files. */
import { globSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FAMILIES } from "./tidy/families.ts";
import { featureFindings, roomFindings, type SourceFile } from "./tidy/rooms.ts";
import {
  bareBindings,
  functionLengths,
  impureLines,
  isPure,
  packedSpreads,
  repeatedMigrations,
  textStatements,
  undocumented,
  variantBranches,
} from "./tidy/style.ts";
import { TEXT_SQL } from "./tidy/text-sql.ts";
import { handmadeSpans, strangeWords } from "./tidy/words.ts";

/** Guards against extremes: below them, length is a matter of taste. */
const MAX_FILE_LINES = 600;
const MAX_FUNCTION_LINES = 90;
const MAX_COLUMNS = 100;

/** Made by machines, as long as what they are made of. */
const MADE = /^client.(?:dist.|src.api\.ts$)/;

/** What has files of the installation: who was erased, what was issued; and the choice itself. */
const INSTALLATIONS = [
  "src/platform/runtime/jurisdiction.ts",
  "src/documents/chain/issued-file.ts",
  "src/retention/erasure/erase.ts",
  "src/retention/tenant/steps.ts",
  "src/retention/tenant/tenant-erasure.ts",
  "src/retention/export/export.ts",
];

const files: SourceFile[] = globSync("{src,test,scripts,bench,client}/**/*.{ts,tsx}")
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => !MADE.test(path) && !path.includes("node_modules"))
  .map((path) => ({ path, text: readFileSync(path, "utf8") }));
const sources = files.filter(({ path }) => path.startsWith("src/"));

describe("the tree", () => {
  it("has files to look at", () => {
    expect(sources.length).toBeGreaterThan(300);
  });

  it("has features that import only from features listed before them", () => {
    expect(featureFindings(sources)).toEqual([]);
  });

  it("has rooms that import only from rooms listed before them, without circles", () => {
    expect(roomFindings(sources)).toEqual([]);
  });

  it("keeps I/O, clocks and chance out of pure files", () => {
    expect(impureLines(sources)).toEqual([]);
    expect(sources.filter(isPure).length).toBeGreaterThan(8);
  });

  it("says on pages what their readers know, and ranges of time in one form", () => {
    expect(strangeWords(sources)).toEqual([]);
    expect(handmadeSpans(sources)).toEqual([]);
  });

  it("has a docstring on every exported function of the product", () => {
    expect(undocumented(sources)).toEqual([]);
  });

  it("asks for a variant's name only in the variant's own file", () => {
    expect(variantBranches(sources, FAMILIES)).toEqual([]);
  });

  it("reaches a tenant's files and meter in the tenant's jurisdiction", () => {
    expect(bareBindings(sources, INSTALLATIONS)).toEqual([]);
    for (const path of INSTALLATIONS) {
      const text = sources.find((source) => source.path === path)?.text ?? "";
      expect(bareBindings([{ path, text }], []), path).not.toEqual([]);
    }
  });

  it("prepares SQL as text only in the files that have a reason for it", () => {
    expect(textStatements(sources, TEXT_SQL)).toEqual([]);
    for (const path of Object.keys(TEXT_SQL)) {
      const text = sources.find((source) => source.path === path)?.text ?? "";
      expect(textStatements([{ path, text }], {}), path).not.toEqual([]);
    }
  });

  it("has no object that is spread only to save lines", () => {
    const others = files.filter(({ path }) => !path.startsWith("test/tidy/"));
    expect(packedSpreads(others)).toEqual([]);
  });

  it("gives each migration a number of its own", () => {
    expect(repeatedMigrations(readdirSync("migrations"))).toEqual([]);
  });

  it(`has no function over ${MAX_FUNCTION_LINES} lines in the product`, () => {
    const wrong = files
      .filter(({ path }) => !path.startsWith("test/"))
      .flatMap(({ path, text }) =>
        functionLengths(text)
          .filter(({ length }) => length > MAX_FUNCTION_LINES)
          .map(({ line, length }) => `${path}:${line} has ${length} lines`),
      );
    expect(wrong).toEqual([]);
  });

  it(`has no line over ${MAX_COLUMNS} columns and no file over ${MAX_FILE_LINES} lines`, () => {
    const wrong = files.flatMap(({ path, text }) => {
      const lines = text.split("\n");
      const long = lines
        .map((line, i) => ({ at: `${path}:${i + 1}`, columns: line.length }))
        .filter(({ columns }) => columns > MAX_COLUMNS)
        .map(({ at, columns }) => `${at} has ${columns} columns`);
      return lines.length > MAX_FILE_LINES + 1 ? [...long, `${path}: ${lines.length}`] : long;
    });
    expect(wrong).toEqual([]);
  });

  it("names files in kebab-case and nothing Service, Manager, Helper, utils or Impl", () => {
    const bad = files.filter(({ path }) => {
      const name = path.split("/").at(-1) ?? "";
      return (
        !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.config|\.d)?\.tsx?$/.test(name) ||
        /(service|manager|helper|utils|impl)/.test(name)
      );
    });
    expect(bad.map(({ path }) => path)).toEqual([]);
  });
});
