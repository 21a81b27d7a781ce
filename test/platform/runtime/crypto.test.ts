import { describe, expect, it } from "vitest";
import {
  makeId,
  randomToken,
  seal,
  sha256Hex,
  unseal,
} from "../../../src/platform/runtime/crypto.ts";

describe("ids", () => {
  it("sort by the time they were made at", () => {
    const ids = [0, 1, 31, 32, 1_790_000_000_000, 1_790_000_000_001].map((ms) => makeId("x", ms));
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids) expect(id).toMatch(/^x_[0-9a-hjkmnp-tv-z]{26}$/);
  });

  it("made at the same time differ", () => {
    expect(new Set(Array.from({ length: 1_000 }, () => makeId("x", 5))).size).toBe(1_000);
  });
});

describe("hashes and tokens", () => {
  it("are SHA-256 in hexadecimal, and base64url", async () => {
    // FIPS 180-2, appendix B.1
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(await sha256Hex("abc")).toBe(abc);
    expect(randomToken(32)).toMatch(/^[\w-]{43}$/);
  });
});

describe("a sealed text", () => {
  it("is opened by the same secret and context", async () => {
    const sealed = await seal("secret", "a", "Grüße");
    expect(await unseal("secret", "a", sealed)).toBe("Grüße");
    expect(await seal("secret", "a", "Grüße")).not.toBe(sealed);
  });

  it("stays closed to any other, and shows when it was changed", async () => {
    const sealed = await seal("secret", "a", "text");
    const changed = (sealed.startsWith("A") ? "B" : "A") + sealed.slice(1);
    await expect(unseal("other", "a", sealed)).rejects.toThrow();
    await expect(unseal("secret", "b", sealed)).rejects.toThrow();
    await expect(unseal("secret", "a", changed)).rejects.toThrow();
  });
});
