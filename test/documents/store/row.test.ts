import { describe, expect, it } from "vitest";
import { askedMinor, openMinor, prepaidOf } from "../../../src/documents/store/row.ts";
import type { DocumentRow } from "../../../src/documents/store/table.ts";

const INVOICE = { kind: "invoice", status: "open", totalMinor: 100, prepaidMinor: 40 } as const;

describe("an invoice of 100 that purchased credit of 40 pays", () => {
  it.each([
    { credited: 0, prepaid: 40, asked: 60 },
    { credited: 50, prepaid: 40, asked: 10 },
    { credited: 60, prepaid: 40, asked: 0 },
    { credited: 70, prepaid: 30, asked: 0 },
    { credited: 100, prepaid: 0, asked: 0 },
  ])("asks, and keeps of it, what is left once $credited are credited", (expected) => {
    const row = { ...INVOICE, creditedMinor: expected.credited, paidMinor: 0 } as DocumentRow;
    expect([prepaidOf(row), askedMinor(row)]).toEqual([expected.prepaid, expected.asked]);
    expect(openMinor(row)).toBe(BigInt(expected.asked));
    expect(openMinor({ ...row, paidMinor: 61 })).toBe(0n);
  });
});
