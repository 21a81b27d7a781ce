/** The faces that a document needs, and no others. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { FONTS, fontsFor } from "../../../../src/documents/render/pdf/font-set.ts";
import { sampleInvoice } from "./sample.ts";

const names = async (more: Parameters<typeof sampleInvoice>[0]) => {
  const fonts = await fontsFor(sampleInvoice(more), env.ASSETS);
  return fonts.regular.slice(FONTS.regular.length).map((face) => face().name);
};

describe("the faces of a document", () => {
  it("are refused rather than replaced when they cannot be read", async () => {
    const gone = { fetch: async () => new Response(null, { status: 404 }) };
    const model = sampleInvoice({ language: "ko" });
    await expect(fontsFor(model, gone as never)).rejects.toThrow("404");
  });

  it("are the Worker's own for Latin, Greek and Cyrillic", async () => {
    expect(await names({ memo: "Żółw, Ωμέγα, Жук, ₹" })).toEqual([]);
  });

  it("follow the language", async () => {
    expect(await names({ language: "ja" })).toEqual(["NotoSansJP-Regular"]);
    expect(await names({ language: "zh" })).toEqual(["NotoSansSC-Regular"]);
    expect(await names({ language: "ko" })).toEqual(["NotoSansKR-Regular"]);
  });

  it("follow the text where the language has no need of them", async () => {
    expect(await names({ memo: "東京" })).toEqual(["NotoSansSC-Regular"]);
    expect(await names({ memo: "東京タワー" })).toEqual(["NotoSansJP-Regular"]);
    expect(await names({ memo: "서울", language: "zh" })).toEqual([
      "NotoSansSC-Regular",
      "NotoSansKR-Regular",
    ]);
  });
});
