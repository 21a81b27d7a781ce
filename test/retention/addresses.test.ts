/** Which address in a text is a person's, and which only looks like it. */
import { describe, expect, it } from "vitest";
import { Addresses } from "../../src/retention/erasure/addresses.ts";

const own = new Addresses(["a+b@c.test", "old@c.test"]);

describe("an address of a person", () => {
  it.each([
    "a+b@c.test",
    "A+B@C.Test",
    "to a+b@c.test.",
    "<old@c.test>",
    JSON.stringify({ to: ["x@c.test", "old@c.test"] }),
    JSON.stringify("first line\nold@c.test"),
  ])("is in %s", (text) => {
    expect(own.areIn(text)).toBe(true);
    expect(own.replacedIn(text, "x").toLowerCase()).not.toMatch(/a\+b@|old@/);
  });

  it.each([
    "ba+b@c.test",
    "a+b@c.test.example",
    "a+b@c.tests",
    "very.old@c.test",
    "b@c.test",
    "äold@c.test",
    "",
  ])("is not in %s", (text) => {
    expect(own.areIn(text)).toBe(false);
    expect(own.replacedIn(text, "x")).toBe(text);
  });

  it("is in nothing where there is none", () => {
    expect(new Addresses([]).areIn("a@b.test")).toBe(false);
  });
});
