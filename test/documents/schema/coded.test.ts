/** Coded fields as callers write them: what is kept, and what a refusal says to do. */
import { describe, expect, it } from "vitest";
import { customerSchema, lineSchema, taxSchema } from "../../../src/documents/schema/schema.ts";

/** What a customer with these fields keeps, or where it is wrong and why. */
function customer(fields: object) {
  const parsed = customerSchema.safeParse({ name: "A", ...fields });
  return parsed.success ? parsed.data : faultsOf(parsed.error);
}

function faultsOf({ issues }: { issues: { path: PropertyKey[]; message: string }[] }) {
  return issues.map(({ path, message }) => `/${path.join("/")}: ${message}`);
}

function unit(code: string) {
  const line = { name: "A", quantity: 1, unit_price: "1", unit_code: code };
  const parsed = lineSchema.safeParse(line);
  return parsed.success ? parsed.data.unit_code : faultsOf(parsed.error);
}

function tax(category: string, code: string) {
  const percent = category === "S" ? 19 : 0;
  const parsed = taxSchema.safeParse({ category, percent, exemption: { reason: "x", code } });
  return parsed.success ? parsed.data.exemption?.code : faultsOf(parsed.error);
}

describe("a country", () => {
  it("is kept as ISO 3166-1 has it", () => {
    const kept = ["DE", "de", "UK", "EL", "XK", "XI"].map((country) =>
      customer({ address: { country } }),
    );
    const codes = ["DE", "DE", "GB", "GR", "1A", "XI"];
    expect(kept).toEqual(codes.map((country) => ({ name: "A", address: { country } })));
  });

  it("is refused where it is none, with the code of what was named", () => {
    expect(customer({ address: { country: "ZZ" } })).toEqual([
      "/address/country: is an ISO 3166-1 country code, such as DE",
    ]);
    expect(customer({ address: { country: "germany" } })).toEqual([
      "/address/country: is an ISO 3166-1 country code, such as DE; use DE (Germany)",
    ]);
    expect(customer({ address: { country: "" } })).toHaveLength(1);
  });
});

describe("a unit's code", () => {
  it("is kept in capitals", () => {
    expect(["hur", "C62", "xbx", "day"].map(unit)).toEqual(["HUR", "C62", "XBX", "DAY"]);
  });

  it.each([
    ["PCS", "use H87 (piece)"],
    ["PCE", "use H87 (piece)"],
    ["ST", "use H87 (piece)"],
    ["hours", "use HUR (hour)"],
    ["HR", "use HUR (hour)"],
    ["month", "use MON (month)"],
    ["PA", "use XPA (packet)"],
    ["RO", "use XRO (roll)"],
    ["ZZZ", "use C62 (one), H87 (piece), HUR (hour), DAY, MON (month) or another of the list"],
  ])("%s is refused: %s", (code, advice) => {
    expect(unit(code)).toEqual([`/unit_code: is a UN/ECE unit code; ${advice}`]);
  });
});

describe("the code of a reason for no tax", () => {
  it("is kept in the category that it goes with", () => {
    expect(tax("AE", "VATEX-EU-AE")).toBe("VATEX-EU-AE");
    expect(tax("E", "vatex-eu-132-1a")).toBe("VATEX-EU-132-1A");
    expect(["K", "G", "O"].map((one, i) => tax(one, `VATEX-EU-${["IC", "G", "O"][i]}`))).toEqual([
      "VATEX-EU-IC",
      "VATEX-EU-G",
      "VATEX-EU-O",
    ]);
  });

  it("is refused where no list has it", () => {
    for (const code of ["VATEX-FOO", "VATEX-EU-132-99", "x"]) {
      expect(tax("E", code)).toEqual([
        "/exemption/code: is a code of the VATEX list, such as VATEX-EU-AE; without one, leave " +
          "it out",
      ]);
    }
  });

  it("is refused in another category, with the right one", () => {
    const at = "/exemption/code: goes with category";
    expect(tax("AE", "VATEX-EU-IC")).toEqual([`${at} K; in category AE use VATEX-EU-AE`]);
    expect(tax("K", "VATEX-EU-132")).toEqual([`${at} E; in category K use VATEX-EU-IC`]);
    expect(tax("E", "VATEX-EU-O")).toEqual([
      `${at} O; in category E use one such as VATEX-EU-132, or leave it out`,
    ]);
    expect(tax("S", "VATEX-EU-AE")).toEqual([`${at} AE; in category S leave it out`]);
    expect(tax("Z", "VATEX-EU-G")).toEqual([`${at} G; in category Z leave it out`]);
  });
});

describe("a registration's scheme", () => {
  it("is one of ISO 6523, or none", () => {
    for (const legal_id of [
      { scheme: "0002", value: "77" },
      { scheme: null, value: "HRB 1" },
    ]) {
      expect(customer({ legal_id })).toEqual({ name: "A", legal_id });
    }
    const [wrong] = customer({ legal_id: { scheme: "9999", value: "1" } }) as string[];
    expect(wrong).toMatch(
      /^\/legal_id\/scheme: is an ISO 6523 scheme, such as 0088 \(GLN\); without/,
    );
    const [network] = customer({ legal_id: { scheme: "9930", value: "1" } }) as string[];
    expect(network).toMatch(/9930 is for electronic addresses only/);
  });

  it("says what its value is like", () => {
    const legal_id = { scheme: "0192", value: "974 760 674" };
    expect(customer({ legal_id })).toEqual([
      "/legal_id/value: of scheme 0192 is a Norwegian organisation number whose check digit " +
        "holds, such as 974760673",
    ]);
  });
});

describe("an electronic address", () => {
  const at = (scheme: string, value: string) => customer({ electronic_address: { scheme, value } });

  it("has a scheme of the EAS list, and no blanks where its digits are checked", () => {
    const kept = [at("0088", "7300010000001"), at("0208", "0202.239.951"), at("em", "a@b.example")];
    const addresses = [
      { scheme: "0088", value: "7300010000001" },
      { scheme: "0208", value: "0202239951" },
      { scheme: "EM", value: "a@b.example" },
    ];
    expect(kept).toEqual(addresses.map((address) => ({ name: "A", electronic_address: address })));
    expect(at("0204", "991-12345-06")).toMatchObject({ name: "A" });
  });

  it("is refused with another scheme", () => {
    for (const scheme of ["9999", "VAT", "0003", "9906"]) {
      const [fault] = at(scheme, "1") as string[];
      expect(fault).toMatch(/^\/electronic_address\/scheme: is a scheme of electronic addresses/);
    }
  });

  it("is told the scheme of a word, and kept without the scheme before it", () => {
    const told = ["GLN", "leitweg-id", "vat"].map((word) => (at(word, "1") as string[])[0]);
    expect(told).toEqual([
      expect.stringMatching(/addresses; use 0088 \(GLN \(GS1\)\)$/),
      expect.stringMatching(/use 0204 \(Leitweg-ID, Germany\)$/),
      expect.stringMatching(/use the one of its country's VAT ids, such as 9930 for Germany$/),
    ]);
    const kept = [at("0088", "0088:7300010000001"), at("9930", "9930:DE123456789")];
    const values = ["7300010000001", "DE123456789"];
    expect(kept).toMatchObject(values.map((value) => ({ electronic_address: { value } })));
  });

  it("is refused with check digits that do not hold", () => {
    for (const [scheme, value] of [
      ["0088", "7300010000002"],
      ["0208", "0202239952"],
      ["0007", "5560360794"],
      ["0151", "51824753557"],
      ["EM", "DE123456789"],
    ] as const) {
      const [fault] = at(scheme, value) as string[];
      expect(fault).toMatch(new RegExp(`^/electronic_address/value: of scheme ${scheme} is an? `));
    }
  });
});

describe("a VAT id", () => {
  it("begins with a country of the list", () => {
    const kept = ["GB 123 456 789", "UK123456789", "GR123456789"].map((vat_id) =>
      customer({ vat_id }),
    );
    const ids = ["GB123456789", "GB123456789", "EL123456789"];
    expect(kept).toEqual(ids.map((vat_id) => ({ name: "A", vat_id })));
  });

  it("is refused with what one of its country is like", () => {
    const told = (vat_id: string) => (customer({ vat_id }) as string[])[0];
    expect(told("DE12345678")).toBe("/vat_id: is a VAT id of DE, such as DE123456789");
    expect(told("gr12")).toBe("/vat_id: is a VAT id of EL, such as EL123456789");
    const plain = "/vat_id: is a VAT id that begins with its country's code, such as DE123456789";
    expect(told("123456789")).toBe(plain);
    expect(["XX123456", "EU372001234"].map(told)).toEqual([
      `${plain}; XX is no country's`,
      `${plain}; EU is no country's`,
    ]);
  });
});

describe("a currency", () => {
  it("is refused with the code of its sign, its name or other letters", () => {
    const told = (currency: string) => (customer({ currency }) as string[])[0];
    const refusal = "/currency: is an ISO 4217 currency code";
    expect(["eur", "€", "Euro", "RMB"].map(told)).toEqual(
      ["EUR", "EUR", "EUR", "CNY"].map((code) => `${refusal}; use ${code}`),
    );
    expect(["XXX", "$", "toString"].map(told)).toEqual(
      Array.from({ length: 3 }, () => `${refusal}, such as EUR`),
    );
    expect(customer({ currency: "EUR" })).toEqual({ name: "A", currency: "EUR" });
  });
});

describe("a text that is printed", () => {
  const names = ["\ufffe", "A\uffff", "A\ufdd0", "A\u{1fffe}", "\ud800", "A\udc00", "\u200b\u00ad"];

  it.each(names)("has no noncharacter, no half of a pair, and something to see: %j", (name) => {
    expect(customerSchema.safeParse({ name }).success).toBe(false);
    const line = { name: "A", quantity: 1, unit_price: "1", description: name };
    expect(lineSchema.safeParse(line).success).toBe(false);
  });

  it.each(["Ünïcode 東京 \u{1f600}", "a\u200db", "क्ष", "A\u00a0B"])("may be %j", (name) => {
    expect(customerSchema.safeParse({ name }).success).toBe(true);
  });

  it("of several lines is more than spaces", () => {
    const line = { name: "A", quantity: 1, unit_price: "1" };
    expect(lineSchema.safeParse({ ...line, description: " \n\t " }).success).toBe(false);
    expect(lineSchema.safeParse({ ...line, description: "a\n\tb" }).success).toBe(true);
  });
});
