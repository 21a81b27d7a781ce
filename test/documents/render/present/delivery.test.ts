import { describe, expect, it } from "vitest";
import { partyNamed } from "../../../../src/documents/model/party.ts";
import { deliveredOn, shippedTo } from "../../../../src/documents/render/present/delivery.ts";

const taxed = (category: string) => ({ totals: { taxes: [{ category }] } });
const plain = { deliveryDate: null, issued: "2026-11-24", period: null, lines: [] };
const nowhere = { lines: [], city: null, postalCode: null, region: null, country: null };
const party = { ...partyNamed("Acheteur"), address: { ...nowhere, country: "FR" } };

describe("the day of an intra-community supply", () => {
  it("is the one given, else the last of its period, else the day of issue", () => {
    const supply = { ...plain, ...taxed("K") };
    expect(deliveredOn({ ...supply, deliveryDate: "2026-11-20" })).toBe("2026-11-20");
    const period = { start: "2026-10-01", end: "2026-10-31" };
    expect(deliveredOn({ ...supply, period })).toBe("2026-10-31");
    const lines = [{ periodEnd: "2026-09-30" }, { periodEnd: null }];
    expect(deliveredOn({ ...supply, lines })).toBe("2026-09-30");
    expect(deliveredOn(supply)).toBe("2026-11-24");
  });

  it("is said of no other supply unless it is given", () => {
    expect(deliveredOn({ ...plain, ...taxed("S") })).toBeNull();
  });
});

describe("where goods go", () => {
  it("is in the buyer's country where the address names none", () => {
    const shipTo = { name: "Depot", address: { ...nowhere, city: "Paris" } };
    expect(shippedTo({ party, shipTo }, taxed("S"))?.address).toMatchObject({
      city: "Paris",
      country: "FR",
    });
    const abroad = { name: "Depot", address: { ...nowhere, country: "BE" } };
    expect(shippedTo({ party, shipTo: abroad }, taxed("K"))?.address.country).toBe("BE");
  });

  it("is the buyer's country for an intra-community supply, and unsaid for others", () => {
    const { name, address } = shippedTo({ party, shipTo: null }, taxed("K")) ?? {};
    expect([name, address?.country]).toEqual(["Acheteur", "FR"]);
    expect(shippedTo({ party, shipTo: null }, taxed("S"))).toBeNull();
  });
});
