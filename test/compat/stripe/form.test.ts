import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorOf, StripeProblem } from "../../../src/compat/stripe/error.ts";
import {
  type Form,
  MAX_FORM_DEPTH,
  MAX_FORM_VALUES,
  parseForm,
} from "../../../src/compat/stripe/form.ts";

function plain(form: Form): unknown {
  return JSON.parse(JSON.stringify(form));
}

function refusal(text: string) {
  try {
    parseForm(text);
  } catch (error) {
    if (error instanceof StripeProblem) return errorOf(error);
    throw error;
  }
  return expect.unreachable(text.slice(0, 100));
}

/** As Stripe's clients write one: names in brackets, positions for lists, nothing for null. */
function written(value: unknown, name: string): string[] {
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => written(inner, `${name}[${key}]`));
  }
  return [`${encodeURIComponent(name)}=${encodeURIComponent(value === null ? "" : String(value))}`];
}

describe("a form", () => {
  it("has texts, fields and lists", () => {
    const text =
      "name=Ada+Lovelace&address[line1]=1%20Way&metadata[a.b]=c&expand[0]=x&expand[1]=y&" +
      "list[]=p&list[]=q&empty=&alone&enc%5Bodd%5D=1%2B1";
    expect(plain(parseForm(text))).toEqual({
      name: "Ada Lovelace",
      address: { line1: "1 Way" },
      metadata: { "a.b": "c" },
      expand: { 0: "x", 1: "y" },
      list: { 0: "p", 1: "q" },
      empty: "",
      alone: "",
      enc: { odd: "1+1" },
    });
  });

  it("puts fields of one item of a list together", () => {
    expect(plain(parseForm("a[][b]=1&a[][c]=2&a[][b]=3"))).toEqual({
      a: { 0: { b: "1", c: "2" }, 1: { b: "3" } },
    });
  });

  it("gives back whatever a client wrote", () => {
    const name = fc.stringMatching(/^[^[\]]{1,12}$/);
    const within = { depthSize: "small", maxDepth: MAX_FORM_DEPTH } as const;
    const nested = fc.letrec((tie) => ({
      value: fc.oneof(within, fc.string(), tie("fields")),
      fields: fc.dictionary(name, tie("value"), { minKeys: 1, maxKeys: 4, noNullPrototype: false }),
    }));
    fc.assert(
      fc.property(fc.dictionary(name, nested.value, { minKeys: 1, maxKeys: 4 }), (value) => {
        const sane = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
        const text = Object.entries(sane)
          .flatMap(([key, one]) => written(one, key))
          .join("&");
        expect(plain(parseForm(text))).toEqual(sane);
      }),
    );
  });

  it("has no prototype to write to", () => {
    const form = parseForm("__proto__[polluted]=1&constructor[prototype][polluted]=1");
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.keys(form)).toEqual(["__proto__", "constructor"]);
  });

  it("is refused where it is nested too deep", () => {
    const deep = (depth: number) => `a${"[b]".repeat(depth)}=1`;
    expect(() => parseForm(deep(MAX_FORM_DEPTH))).not.toThrow();
    expect(refusal(deep(MAX_FORM_DEPTH + 1))).toMatchObject({ status: 400 });
    expect(refusal(deep(50))).toMatchObject({
      status: 400,
      type: "invalid_request_error",
      message: expect.stringContaining(`more than ${MAX_FORM_DEPTH} deep`),
    });
  });

  it("is refused where it cannot be read", () => {
    for (const text of [
      "a=%E0%A4",
      "a[=1",
      "a]b=1",
      "[a]=1",
      "a[b]c=1",
      "a=1&a[b]=2",
      "a[b]=2&a=1",
    ]) {
      expect(refusal(text)).toMatchObject({ status: 400, type: "invalid_request_error" });
    }
    expect(refusal("a=&".repeat(MAX_FORM_VALUES + 1))).toMatchObject({ status: 400 });
  });
});
