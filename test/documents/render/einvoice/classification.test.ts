import { describe, expect, it } from "vitest";
import { ciiXml } from "../../../../src/documents/render/einvoice/cii.ts";
import { ublXml } from "../../../../src/documents/render/einvoice/ubl.ts";
import { sampleInvoice, sampleLine } from "../pdf/sample.ts";

/** The list that each syntax names for a classification; null for none. */
function lists(scheme: string, version: 1 | 2 = 2) {
  const lines = [sampleLine({ classification: { scheme, code: "55101500" } })];
  const model = sampleInvoice({ template: { name: "calm", version }, lines });
  return [
    /<ram:ClassCode listID="(\w+)">55101500</.exec(ciiXml(model))?.[1] ?? null,
    /<cbc:ItemClassificationCode listID="(\w+)">55101500</.exec(ublXml(model))?.[1] ?? null,
  ];
}

describe("what classifies a line", () => {
  it("names its list of UNTDID 7143 in both syntaxes (BR-CL-13)", () => {
    const names = ["HSN", "HS", "STI", "CPV", "unspsc"].map((scheme) => lists(scheme));
    expect(names).toEqual(["HS", "HS", "STI", "STI", "TST"].map((list) => [list, list]));
  });

  it("stays out of them where its list is none of these", () => {
    expect([lists("SAC"), lists("Our own"), lists("toString")]).toEqual([
      [null, null],
      [null, null],
      [null, null],
    ]);
  });

  it("was the Harmonised System alone in the first version", () => {
    expect([lists("HSN", 1), lists("STI", 1)]).toEqual([
      ["HS", "HS"],
      [null, null],
    ]);
  });
});
