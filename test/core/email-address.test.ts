import { describe, expect, it } from "vitest";
import { asciiEmail } from "../../src/core/email-address.ts";

describe("an e-mail address", () => {
  it.each([
    ["info@bücher.example", "info@xn--bcher-kva.example"],
    ["info@BÜCHER.example", "info@xn--bcher-kva.example"],
    ["a@straße.example", "a@xn--strae-oqa.example"],
    ["a@例え.テスト", "a@xn--r8jz45g.xn--zckzah"],
    ["a@b.пример", "a@b.xn--e1afmkfd"],
    [" \t\u00a0ada@example.com\r\n", "ada@example.com"],
    ["Ada@Example.com", "Ada@Example.com"],
  ])("%j goes to %j", (given, address) => {
    expect(asciiEmail(given)).toBe(address);
    expect(asciiEmail(address)).toBe(address);
  });

  it.each([
    "",
    "@bücher.example",
    "bücher.example",
    "a@bücher.example:8080",
    "a@bücher.example/path",
    "a@bücher.example?x",
    "a@bü%63.example",
    "a@ü b.example",
  ])("%j, which is none, stays what it is", (given) => {
    expect(asciiEmail(given)).toBe(given);
  });
});
