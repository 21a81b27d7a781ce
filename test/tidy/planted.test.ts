/** Each rule of the tree, shown to notice a violation that is planted for it. */
import { describe, expect, it } from "vitest";
import { featureFindings, roomFindings } from "./rooms.ts";
import {
  bareBindings,
  impureLines,
  packedSpreads,
  repeatedMigrations,
  textStatements,
  undocumented,
  variantBranches,
} from "./style.ts";
import { handmadeSpans, strangeWords } from "./words.ts";

const file = (path: string, ...lines: string[]) => ({ path, text: lines.join("\n") });
const rooms = { "src/metering": ["event", "ledger", "object"] };

describe("the order of features", () => {
  it("notices a feature that imports from a later one", () => {
    const wrong = file("src/metering/event/line.ts", 'import { x } from "../../billing/plan.ts";');
    expect(featureFindings([wrong])).toEqual([
      "src/metering/event/line.ts imports src/billing/plan.ts",
    ]);
  });
});

describe("bindings", () => {
  it("are noticed where they are taken past the tenant whose files or meter they lead to", () => {
    const lines = ["await env.FILES.get(key);", "c.env.METER.idFromName(id)", "// env.FILES"];
    const wrong = file("src/metering/a.ts", ...lines, "bucketOf(env, tenant).get(key)");
    expect(bareBindings([wrong], [])).toHaveLength(2);
    expect(bareBindings([wrong], ["src/metering/a.ts"])).toEqual([]);
  });
});

describe("the order of rooms", () => {
  it("lets a room import from a room before it, and a loose file from any room", () => {
    const right = [
      file("src/metering/object/a.ts", 'import { x } from "../ledger/b.ts";'),
      file("src/metering/routes.ts", 'import { x } from "./object/a.ts";'),
    ];
    expect(roomFindings(right, rooms)).toEqual([]);
  });

  it("notices a room that imports from a room after it", () => {
    const wrong = file("src/metering/ledger/b.ts", 'import { x } from "../object/a.ts";');
    expect(roomFindings([wrong], rooms)).toEqual([
      "src/metering/ledger/b.ts imports src/metering/object/a.ts: object stands after ledger",
    ]);
  });

  it("notices a room that imports a file beside the rooms", () => {
    const wrong = file("src/metering/ledger/b.ts", 'import { x } from "../routes.ts";');
    expect(roomFindings([wrong], rooms)).toEqual([
      "src/metering/ledger/b.ts imports src/metering/routes.ts: " +
        "a file beside the rooms of src/metering",
    ]);
  });

  it("notices a room that has no place in the order", () => {
    const wrong = file("src/metering/attic/b.ts", 'import { x } from "../event/line.ts";');
    expect(roomFindings([wrong], rooms)).toEqual(["src/metering: attic has no place"]);
  });

  it("notices files of one room that import each other", () => {
    const wrong = [
      file("src/metering/ledger/a.ts", 'import { x } from "./b.ts";'),
      file("src/metering/ledger/b.ts", 'import { y } from "./a.ts";'),
    ];
    expect(roomFindings(wrong, rooms)).toEqual([
      "a circle: src/metering/ledger/a.ts imports src/metering/ledger/b.ts; " +
        "src/metering/ledger/b.ts imports src/metering/ledger/a.ts",
    ]);
  });
});

describe("the style of a file", () => {
  it("notices a clock in a pure file, and lets it stand elsewhere", () => {
    const pure = file("src/billing/rating/fee.ts", "/** Fees. Pure. */", "const t = Date.now();");
    const shell = file("src/billing/close.ts", "/** Closes. */", "const t = Date.now();");
    expect(impureLines([pure, shell])).toEqual([
      "src/billing/rating/fee.ts:2 const t = Date.now();",
    ]);
  });

  it("notices exported functions and arrows without a docstring", () => {
    const wrong = file(
      "src/core/time.ts",
      "/** Says what it gives. */",
      "export function right() {}",
      "export async function wrong() {}",
      "export const arrow = (n: number) => n;",
      "export const value = 3;",
    );
    expect(undocumented([wrong]).map((finding) => finding.split(" ")[0])).toEqual([
      "src/core/time.ts:3",
      "src/core/time.ts:4",
    ]);
  });

  it("notices an object that is spread only to save lines", () => {
    const wrong = file("src/core/time.ts", "const a = { ...{ b, c } };", "const d = { ...e };");
    expect(packedSpreads([wrong])).toEqual(["src/core/time.ts:1 const a = { ...{ b, c } };"]);
  });

  it("notices a comparison with a variant's name outside the variant's own files", () => {
    const families = [{ family: "aggregation", names: ["sum"], own: /aggregation\// }];
    const lines = ['if (a === "sum") {', 'case "sum":', 'const made = "sum";'];
    const found = variantBranches(
      [file("src/x.ts", ...lines), file("src/aggregation/sum.ts", ...lines)],
      families,
    );
    expect(found).toEqual(['src/x.ts:1 if (a === "sum") {', 'src/x.ts:2 case "sum":']);
  });

  it("notices a migration's number that is used again, but for those already applied", () => {
    expect(repeatedMigrations(["0009_a.sql", "0009_b.sql", "0015_a.sql"])).toEqual([]);
    expect(repeatedMigrations(["0015_a.sql", "0015_b.sql"])).toEqual(["0015"]);
  });
});

describe("SQL written as text", () => {
  const wrong = file("src/billing/plan/plan-store.ts", "  db", '    .prepare("SELECT 1")');

  it("is noticed in a file that has no reason for it", () => {
    expect(textStatements([wrong], {})).toEqual([
      'src/billing/plan/plan-store.ts:2 .prepare("SELECT 1")',
    ]);
  });

  it("is left to a file that has one", () => {
    expect(textStatements([wrong], { [wrong.path]: "it is measured" })).toEqual([]);
  });
});

describe("the words of pages", () => {
  const said = (...lines: string[]) => [file("src/dashboard/a.tsx", ...lines)];

  it("are read in texts and between tags, and nowhere else", () => {
    expect(strangeWords(said('label="What the drain left"'))).toHaveLength(1);
    expect(strangeWords(said("      It holds from the next boundary on, and stays"))).toHaveLength(
      1,
    );
    expect(strangeWords(said("  // the drain", '  const drain = "drain";'))).toEqual([]);
    const elsewhere = file("src/metering/a.ts", 'throw new Error("the drain failed");');
    expect(strangeWords([elsewhere])).toEqual([]);
  });

  it("are not put together where a range of time has its form", () => {
    expect(handmadeSpans(said("{format.day(startMs)} – {format.day(endMs - 1)}"))).toHaveLength(1);
    expect(handmadeSpans(said("format.span(startMs, endMs)"))).toEqual([]);
  });
});
