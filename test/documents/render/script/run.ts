/**
 * `npm run test:scripts`: the whole suites of UAX #9, and generated strings against HarfBuzz's own
 * command. Needs Debian's packages unicode-data and libharfbuzz-bin. With `--write` it keeps a part
 * of both as the fixtures that `npm test` reads; `npm run format` then sets them. `--memory 10000`
 * prints so many documents in these scripts instead, and fails where the live heap grows.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { readOptions } from "../../../../scripts/lib/options.ts";
import { runCommand } from "../../../../scripts/lib/process.ts";
import { startHarfBuzz } from "../../../../src/documents/render/script/harfbuzz.ts";
import {
  charactersHold,
  classesHold,
  linesOfBidiTest,
  linesOfCharacterTest,
} from "./bidi-suite.ts";
import { glyphText } from "./glyph-text.ts";
import { compiledHarfBuzz } from "./harfbuzz-module.ts";
import { measureMemory } from "./memory.ts";
import { generatedStrings, SCRIPTS } from "./strings.ts";

const UNICODE = "/usr/share/unicode";
const FIXTURES = "test/fixture/script";
const COMMAND = "npm run test:scripts -- --write";
const STRINGS = 5000;
const KEPT_STRINGS = 100;
let write = false;

const USAGE = {
  command: "npm run test:scripts",
  about:
    "Unicode's whole tests of text direction, and generated strings against HarfBuzz's own " +
    "command. Needs Debian's packages unicode-data and libharfbuzz-bin.",
  options: {
    write: {
      type: "boolean",
      default: false,
      about: "keeps a part of both as the fixtures that npm test reads",
    },
    memory: {
      type: "string",
      value: "DOCUMENTS",
      about: "prints so many documents instead, and fails where the live heap grows",
    },
  },
  examples: ["npm run test:scripts", COMMAND, "npm run test:scripts -- --memory 10000"],
} as const;

function versionOf(file: string): string {
  return file.slice(2, file.indexOf("\n")).trim();
}

function keep(name: string, content: object): void {
  if (write) writeFileSync(`${FIXTURES}/${name}`, `${JSON.stringify(content, null, 1)}\n`);
}

let failures = 0;
function report(name: string, count: number, failed: readonly string[]): void {
  console.log(`${name}: ${count - failed.length} of ${count}`);
  for (const one of failed.slice(0, 5)) console.log(`  ${one}`);
  failures += failed.length;
}

function runBidi(): void {
  const classFile = readFileSync(`${UNICODE}/BidiTest.txt`, "utf8");
  const characterFile = readFileSync(`${UNICODE}/BidiCharacterTest.txt`, "utf8");
  const classes = linesOfBidiTest(classFile);
  const characters = linesOfCharacterTest(characterFile);
  const lacking = (lines: string[], hold: (line: string) => boolean) =>
    lines.filter((line) => !hold(line));
  report(versionOf(classFile), classes.length, lacking(classes, classesHold));
  report(versionOf(characterFile), characters.length, lacking(characters, charactersHold));
  keep("bidi.json", {
    from: [versionOf(classFile), versionOf(characterFile)],
    by: COMMAND,
    // Every sequence of up to two classes, and a part of all others.
    classes: classes.filter((line, i) => {
      const count = (line.split(";")[2] ?? "").trim().split(/\s+/).length;
      return count < 3 || i % 293 === 0;
    }),
    characters: characters.filter((_, i) => i % 149 === 0),
  });
}

function runShaping(): void {
  const shaper = startHarfBuzz(compiledHarfBuzz());
  const version = execFileSync("hb-shape", ["--version"], { encoding: "utf8" }).split("\n")[0];
  const kept: Record<string, [text: string, glyphs: string][]> = {};
  for (const script of SCRIPTS) {
    const file = `public/fonts/NotoSans${script}.ttf`;
    const font = shaper.font(readFileSync(file));
    const texts = generatedStrings(script, STRINGS);
    const oracle = execFileSync("hb-shape", ["--no-glyph-names", file], {
      input: `${texts.join("\n")}\n`,
      encoding: "utf8",
    });
    const expected = oracle.trim().split("\n");
    const direction = script === "Devanagari" ? "ltr" : "rtl";
    const failed = texts.filter(
      (text, i) => glyphText(font.shape(text, direction)) !== expected[i],
    );
    report(`${script}, ${version}`, texts.length, failed);
    kept[script] = texts
      .slice(0, KEPT_STRINGS)
      .map((text, i): [string, string] => [text, expected[i] ?? ""]);
  }
  keep("shaped.json", { from: version, by: COMMAND, strings: kept });
}

async function runMemory(documents: number): Promise<void> {
  const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  const flat = await measureMemory(documents, ({ documents, heap, resident }) =>
    console.log(`${documents} documents: live ${megabytes(heap)}, process ${megabytes(resident)}`),
  );
  console.log(flat ? "memory is flat" : "the live heap grew");
  if (!flat) failures += 1;
}

await runCommand(async () => {
  const { values } = readOptions(USAGE);
  write = values.write;
  if (values.memory !== undefined) await runMemory(Number(values.memory));
  else {
    runBidi();
    runShaping();
  }
  process.exitCode = failures === 0 ? 0 : 1;
});
