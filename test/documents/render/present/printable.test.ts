import { describe, expect, it } from "vitest";
import { missingFields } from "../../../../src/documents/render/pack/write.ts";
import { printable } from "../../../../src/documents/render/present/printable.ts";
import { sampleInvoice, sampleLine } from "../pdf/sample.ts";

const template = { name: "calm", version: 3 } as const;

describe("a model that is printed", () => {
  it("has no character that XML or a font cannot hold", () => {
    const seller = { ...sampleInvoice().seller, name: "A\ufffecme\u0007 \ud800\u{1ffff}GmbH" };
    const lines = [sampleLine({ name: "\uffffWork", description: "One\n\ttwo \udc00three" })];
    const model = printable(sampleInvoice({ template, seller, lines }));
    expect(model.seller.name).toBe("Acme GmbH");
    expect(model.lines[0]).toMatchObject({ name: "Work", description: "One\n\ttwo three" });
  });

  it("is the same where all of it can be printed", () => {
    const model = sampleInvoice({ template, memo: "東京 \u{1f600} क्ष a\u200db" });
    expect(printable(model)).toBe(model);
  });

  it("of the first version stays as it was", () => {
    const first = { name: "calm", version: 1 } as const;
    const model = sampleInvoice({ template: first, memo: "\ufffe" });
    expect(printable(model)).toBe(model);
  });

  it("without a name beyond such characters lacks the buyer's name (BR-07)", () => {
    const buyer = { ...sampleInvoice().buyer, name: "\ufffe" };
    const model = printable(sampleInvoice({ template, buyer }));
    expect(missingFields(model, "cii").map(({ rule }) => rule)).toContain("BR-07");
  });
});
