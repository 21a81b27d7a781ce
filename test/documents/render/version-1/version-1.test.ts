/** What the first version of the pages issued is made again to the same bytes. */
import { describe, expect, it } from "vitest";
import { FONTS } from "../../../../src/documents/render/pdf/font-set.ts";
import { modelOf, type Surroundings } from "../../../../src/documents/render/present/present.ts";
import { versionOf } from "../../../../src/documents/render/version/version.ts";
import type { Document } from "../../../../src/documents/store/row.ts";
import { sha256Hex } from "../../../../src/platform/runtime/crypto.ts";
import issued from "./issued.json" with { type: "json" };

/** Rows as they were stored while it was the only version. */
type Issued = { name: string; sha256: string; document: Document; origin: Surroundings["origin"] };

async function printed({ document, origin }: Issued): Promise<Uint8Array> {
  const { seller, buyer, branding } = document;
  if (!seller || !buyer || !branding) throw new Error("a final document has its parties");
  const model = modelOf(document, { seller, buyer, branding, origin, nowMs: 0 }, "issued");
  const version = await versionOf(model);
  return version.renderPdf({ ...model, facturX: version.carriedXml(model) }, FONTS);
}

describe("the first version of the pages", () => {
  it.each(issued as unknown as Issued[])("prints $name as it did", async (one) => {
    expect(await sha256Hex(new Uint8Array(await printed(one)))).toBe(one.sha256);
  });
});
