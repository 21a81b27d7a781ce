import { describe, expect, it } from "vitest";
import type { Bank } from "../../../../src/documents/model/party.ts";
import { type Ask, paymentBlock } from "../../../../src/documents/render/present/payment-block.ts";

const BANK: Bank = {
  holder: null,
  iban: "DE89370400440532013000",
  bic: "COBADEFFXXX",
  name: null,
  account: [],
  upi: "acme@upi",
};

function ask(given: Partial<Ask> = {}) {
  return paymentBlock({
    bank: BANK,
    url: null,
    beneficiary: "Muster GmbH",
    mandate: null,
    currency: "EUR",
    dueMinor: 123_456n,
    number: "INV-2026-001",
    ...given,
  });
}

describe("how an invoice asks for its money", () => {
  it("in euro is a SEPA transfer with an EPC069-12 code", () => {
    const block = ask();
    expect(block.meansCode).toBe("58");
    expect(block.qr).toEqual({
      kind: "epc",
      payload: [
        ...["BCD", "002", "1", "SCT", "COBADEFFXXX", "Muster GmbH", "DE89370400440532013000"],
        ...["EUR1234.56", "", "", "INV-2026-001"],
      ].join("\n"),
    });
  });

  it("in rupees is a UPI address", () => {
    expect(ask({ currency: "INR" })).toMatchObject({
      meansCode: "30",
      qr: {
        kind: "upi",
        payload: "upi://pay?pa=acme%40upi&pn=Muster%20GmbH&am=1234.56&cu=INR&tn=INV-2026-001",
      },
    });
  });

  it("by direct debit names the mandate and shows no code", () => {
    const mandate = { reference: "M-1", iban: null, creditorId: null };
    expect(ask({ mandate })).toMatchObject({ meansCode: "59", mandate, qr: null });
    expect(ask({ mandate, currency: "USD" }).meansCode).toBe("49");
  });

  it("shows no code where nothing is due, or more than the code can say", () => {
    expect(ask({ dueMinor: 0n }).qr).toBeNull();
    expect(ask({ dueMinor: -1n }).qr).toBeNull();
    expect(ask({ dueMinor: 99_999_999_999n }).qr).not.toBeNull();
    expect(ask({ dueMinor: 100_000_000_000n }).qr).toBeNull();
    expect(ask({ currency: "USD" }).qr).toBeNull();
  });

  it("to be paid online has an address, which is the code where no bank reads another", () => {
    const url = "https://pay.example/inv_1";
    expect(ask({ url })).toMatchObject({ url, meansCode: "58", qr: { kind: "epc" } });
    const link = { kind: "link", payload: url };
    expect(ask({ url, currency: "USD" })).toMatchObject({ url, meansCode: "30", qr: link });
    const alone = ask({ url, bank: null });
    expect(alone).toMatchObject({
      meansCode: "68",
      iban: null,
      qr: link,
      reference: "INV-2026-001",
    });
    expect(ask({ url, bank: null, dueMinor: 0n }).qr).toBeNull();
    const mandate = { reference: "M-1", iban: null, creditorId: null };
    expect(ask({ url, mandate })).toMatchObject({ url: null, qr: null });
  });

  it("cuts the name at the code's 70 characters", () => {
    const payload = ask({ beneficiary: "x".repeat(80) }).qr?.payload.split("\n");
    expect(payload?.[5]).toHaveLength(70);
  });
});
