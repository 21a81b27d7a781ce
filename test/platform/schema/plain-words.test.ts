import { describe, expect, it } from "vitest";
import { z } from "zod";
import { validationProblem } from "../../../src/platform/schema/openapi.ts";
import { call, operatorKey } from "../../support/api.ts";
import {
  type ApiDocument,
  type Operation,
  operationsOf,
  type Schema,
} from "../../support/document.ts";

/** The words of validators, and of what they were written in. */
const A_VALIDATORS =
  /invalid|expected|received|too (?:big|small)|unrecognized|undefined|\bNaN\b|>=|<=|regex|pattern/i;

/** A body in which each member of a schema is `wrong`, and those of objects inside it too. */
function allWrong(schema: Schema, wrong: unknown): unknown {
  if (schema.properties) {
    const entries = Object.entries(schema.properties);
    return Object.fromEntries(entries.map(([name, inner]) => [name, allWrong(inner, wrong)]));
  }
  if (schema.items) return [allWrong(schema.items, wrong)];
  return wrong;
}

const bodyOf = ({ body }: Operation) => body?.["application/json"]?.schema ?? null;

describe("what a schema refuses", () => {
  it("is said in plain words at every operation, whatever is wrong", async () => {
    const key = await operatorKey();
    const { body: document } = await call(key, "GET", "/openapi.json");
    const operations = operationsOf(document as ApiDocument).filter((one) => bodyOf(one) !== null);
    expect(operations.length).toBeGreaterThan(60);
    const said = new Map<string, string>();
    for (const operation of operations) {
      const schema = bodyOf(operation) as Schema;
      const path = operation.path.replace(/\{[^}]+\}/g, "none");
      for (const wrong of [{ wrong: 1 }, -1]) {
        const { body } = await call(key, operation.method, path, allWrong(schema, wrong));
        for (const { pointer, detail } of body?.errors ?? []) {
          said.set(detail, `${operation.method} ${path} ${pointer}`);
        }
      }
    }
    const wrong = [...said].filter(([detail]) => A_VALIDATORS.test(detail));
    expect(wrong).toEqual([]);
    expect(said.size).toBeGreaterThan(30);
  });

  it.each<[z.ZodType, unknown, string]>([
    [z.string(), undefined, "is required"],
    [z.string(), 1, "is text"],
    [z.number().int(), 1.5, "is a whole number"],
    [z.coerce.number(), "many", "is a number"],
    [z.boolean(), "yes", "is true or false"],
    [z.array(z.string()).max(2), ["a", "b", "c"], "has at most 2 entries"],
    [z.string().min(1), "", "has at least 1 character"],
    [z.number().min(1), 0, "is 1 or more"],
    [z.number().lt(5), 5, "is below 5"],
    [z.enum(["a4", "letter"]), "a5", "is one of a4, letter"],
    [z.enum(["a4", "letter"]), undefined, "is required: one of a4, letter"],
    [z.union([z.number(), z.string()]), [], "is a number or text"],
    [z.strictObject({}), [], "is a JSON object"],
    [z.email(), "x", "is an e-mail address, such as ap@acme.example"],
    [z.string().regex(/^a/, "begins with a"), "b", "begins with a"],
  ])("%#", (schema, value, detail) => {
    const result = schema.safeParse(value);
    expect(validationProblem(result.error?.issues ?? []).extra.errors).toEqual([
      { pointer: "", detail },
    ]);
  });
});
