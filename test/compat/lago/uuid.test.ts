/** Ids of ours as UUIDs, and back. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ulidOf, uuidNamed, uuidOf } from "../../../src/compat/lago/uuid.ts";
import { idFrom } from "../../../src/core/id.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** The most milliseconds that 48 bits hold. */
const LAST_MS = 2 ** 48 - 1;
const entropy = fc.uint8Array({ minLength: 10, maxLength: 10 });
const times = fc.integer({ min: 0, max: LAST_MS });

describe("the UUID of an id", () => {
  it("is the id's 128 bits: its time, then its entropy", () => {
    fc.assert(
      fc.property(times, entropy, (ms, bytes) => {
        const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
        const bits = ms.toString(16).padStart(12, "0") + hex;
        const uuid = uuidOf(idFrom("inv", ms, bytes));
        expect(uuid).toMatch(UUID);
        expect(uuid.replaceAll("-", "")).toBe(bits);
      }),
    );
  });

  it("is read back as the id that it was made of", () => {
    fc.assert(
      fc.property(times, entropy, (ms, bytes) => {
        const id = idFrom("sub", ms, bytes);
        const uuid = uuidOf(id);
        expect(`sub_${ulidOf(uuid)}`).toBe(id);
        expect(`sub_${ulidOf(uuid.toUpperCase())}`).toBe(id);
      }),
    );
  });

  it("of any UUID is that UUID", () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect(uuidOf(`rul_${ulidOf(uuid)}`)).toBe(uuid);
      }),
    );
  });

  it("is a UUID for every id, and another for another", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(uuidOf(one)).toMatch(UUID);
        expect(uuidNamed(one, other)).toMatch(UUID);
        expect(uuidOf(one) === uuidOf(other)).toBe(one === other);
        expect(uuidNamed(one, other)).not.toBe(uuidNamed(`${one}x`, other));
      }),
    );
    expect(uuidNamed("a", "bc")).not.toBe(uuidNamed("ab", "c"));
  });

  it("is that of the tenant for a tenant's customer", () => {
    const tenant = idFrom("ten", 1_700_000_000_000, new Uint8Array(10).fill(7));
    expect(uuidOf(`cus_ten_operator_${tenant}`)).toBe(uuidOf(tenant));
  });
});

it("no other text stands for an id", () => {
  for (const text of ["", "INV-2026-001", "0".repeat(36), `${"0".repeat(8)}-0-0-0-0`]) {
    expect(ulidOf(text), text).toBeNull();
  }
});
