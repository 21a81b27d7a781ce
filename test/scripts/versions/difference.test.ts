/** Each kind of difference between two contracts, and whether it breaks callers of the first. */
import { describe, expect, it } from "vitest";
import type { Contract, Schema } from "../../../scripts/lib/versions/contract.ts";
import { differences } from "../../../scripts/lib/versions/difference.ts";

type Parts = {
  id?: string;
  asked?: Schema;
  answered?: Schema;
  needsBody?: boolean;
  limit?: { required: boolean; schema: Schema } | null;
  named?: Schema;
  statuses?: string[];
  message?: Schema;
};

const TEXT: Schema = { type: "string" };

function contract(parts: Parts = {}): Contract {
  const { limit = { required: false, schema: { type: "integer" } } } = parts;
  const body = { "application/json": parts.asked ?? { $ref: "#/components/schemas/Named" } };
  const answer = { "application/json": parts.answered ?? { type: "object" } };
  return {
    operations: {
      "POST /things": {
        id: parts.id ?? "makeThing",
        parameters: limit ? { "query limit": limit } : {},
        body: { required: parts.needsBody ?? false, types: body },
        answers: Object.fromEntries((parts.statuses ?? ["200"]).map((one) => [one, answer])),
      },
    },
    messages: { "thing.made": { "application/json": parts.message ?? { type: "object" } } },
    schemas: { Named: parts.named ?? { type: "object", properties: { a: TEXT } } },
  };
}

/** An object with a field `a` of the schema. */
const having = (a: Schema, required = true): Schema => ({
  type: "object",
  properties: { a },
  required: required ? ["a"] : [],
});
const with2 = (needed: boolean): Schema => ({
  type: "object",
  properties: { a: TEXT, b: TEXT },
  required: needed ? ["a", "b"] : ["a"],
});
const ONE_OF: Schema = { type: "string", enum: ["x", "y"] };
const FEWER: Schema = { type: "string", enum: ["x"] };
const LIMIT: Schema = { type: "integer" };

const BREAKING: [string, Parts, Parts][] = [
  ["an operation that is called otherwise", {}, { id: "makeIt" }],
  ["a parameter that is gone", {}, { limit: null }],
  [
    "a new parameter that is required",
    { limit: null },
    { limit: { required: true, schema: LIMIT } },
  ],
  ["a parameter that becomes required", {}, { limit: { required: true, schema: LIMIT } }],
  ["a parameter of another type", {}, { limit: { required: false, schema: TEXT } }],
  ["a body that becomes required", {}, { needsBody: true }],
  ["a field that is not taken any more", { asked: with2(false) }, { asked: having(TEXT) }],
  ["a new field that is required", { asked: having(TEXT) }, { asked: with2(true) }],
  ["a field that becomes required", { asked: with2(false) }, { asked: with2(true) }],
  ["a value that is not taken any more", { asked: having(ONE_OF) }, { asked: having(FEWER) }],
  ["values where any were taken", { asked: having(TEXT) }, { asked: having(ONE_OF) }],
  [
    "null that is not taken any more",
    { asked: having({ type: ["string", "null"] }) },
    { asked: having(TEXT) },
  ],
  [
    "a shape that is not taken any more",
    { asked: { anyOf: [TEXT, LIMIT] } },
    { asked: { anyOf: [TEXT] } },
  ],
  ["a field of a named schema", {}, { named: having({ type: "object" }, false) }],
  ["a status that is not answered any more", { statuses: ["200", "202"] }, {}],
  ["a field that is answered no more", { answered: with2(true) }, { answered: having(TEXT) }],
  ["a field that may be missing", { answered: with2(true) }, { answered: with2(false) }],
  ["a field of another type", { answered: having(TEXT) }, { answered: having(LIMIT) }],
  [
    "null where there was none",
    { answered: having(TEXT) },
    { answered: having({ type: ["string", "null"] }) },
  ],
  ["a value that is answered no more", { answered: having(ONE_OF) }, { answered: having(FEWER) }],
  ["any value where there were some", { answered: having(ONE_OF) }, { answered: having(TEXT) }],
  [
    "an entry of a list",
    { answered: { type: "array", items: having(TEXT) } },
    { answered: { type: "array", items: having(LIMIT) } },
  ],
  [
    "a value of a map",
    { answered: { type: "object", additionalProperties: TEXT } },
    { answered: { type: "object", additionalProperties: LIMIT } },
  ],
  ["a field of a message", { message: with2(true) }, { message: having(TEXT) }],
];

const HARMLESS: [string, Parts, Parts][] = [
  ["a new parameter", { limit: null }, {}],
  ["a new field that may be left out", { asked: having(TEXT) }, { asked: with2(false) }],
  ["a field that may be left out", { asked: with2(true) }, { asked: with2(false) }],
  ["a new value", { answered: having(FEWER) }, { answered: having(ONE_OF) }],
  ["any value where some were taken", { asked: having(ONE_OF) }, { asked: having(TEXT) }],
  ["null that is taken", { asked: having(TEXT) }, { asked: having({ type: ["string", "null"] }) }],
  ["a number where integers were taken", { asked: LIMIT }, { asked: { type: "number" } }],
  ["a new field of an answer", { answered: having(TEXT) }, { answered: with2(true) }],
  ["a field that is always answered", { answered: with2(false) }, { answered: with2(true) }],
  ["a new status", {}, { statuses: ["200", "202"] }],
];

describe("what breaks callers", () => {
  it.each(BREAKING)("%s", (_, was, is) => {
    const found = differences(contract(was), contract(is));
    expect(found.filter((one) => one.breaks)).toHaveLength(1);
  });

  it("an operation, or a message, that is gone", () => {
    const gone = { ...contract(), operations: {}, messages: {} };
    expect(differences(contract(), gone)).toEqual([
      { at: "POST /things", what: "is not there any more", breaks: true },
      { at: "event thing.made", what: "is not sent any more", breaks: true },
    ]);
  });
});

describe("what breaks nobody", () => {
  it.each(HARMLESS)("%s", (_, was, is) => {
    const found = differences(contract(was), contract(is));
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((one) => one.breaks)).toEqual([]);
  });

  it("nothing, and a named schema that refers to itself", () => {
    const loop: Schema = {
      type: "object",
      properties: { inner: { $ref: "#/components/schemas/Named" } },
    };
    expect(differences(contract({ named: loop }), contract({ named: loop }))).toEqual([]);
    expect(differences({ ...contract(), operations: {} }, contract())).toEqual([
      { at: "POST /things", what: "is new", breaks: false },
    ]);
  });
});
