import { describe, expect, it } from "vitest";
import { notesOf, schemaText } from "../../../src/dashboard/reference/schema-text.ts";

describe("a schema as text", () => {
  it("names plain types, choices and references", () => {
    expect(schemaText({ type: "string" })).toBe("string");
    expect(schemaText({ type: ["number", "string"] })).toBe("number | string");
    expect(schemaText({ enum: ["live", "test"] })).toBe('"live" | "test"');
    expect(schemaText({ anyOf: [{ type: "string" }, { type: "null" }] })).toBe("string | null");
    expect(schemaText({ $ref: "#/components/schemas/Tenant" })).toBe("Tenant");
    expect(schemaText({})).toBe("any");
  });

  it("lays out objects field by field, with marks and notes", () => {
    const text = schemaText({
      type: "object",
      required: ["data"],
      properties: {
        data: { type: "array", items: { $ref: "#/components/schemas/User" } },
        at: { type: "string", format: "date-time" },
        in: { type: "object", properties: { n: { type: "integer", minimum: 1, maximum: 9 } } },
        tags: { type: "object", additionalProperties: { type: "string" } },
      },
    });
    expect(text).toBe(
      [
        "{",
        "  data: Array<User>",
        "  at?: string  // date-time",
        "  in?: {",
        "    n?: integer  // ≥ 1, ≤ 9",
        "  }",
        "  tags?: {",
        "    [name]: string",
        "  }",
        "}",
      ].join("\n"),
    );
  });

  it("notes limits, meaning and an example", () => {
    expect(notesOf({ maxLength: 5, minLength: 1, description: "a name", example: "Ada" })).toBe(
      'at most 5 characters, a name, such as "Ada"',
    );
    expect(notesOf({ type: "string" })).toBe("");
  });
});
