/** The faces that a document needs, and no others. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { fontFinder } from "../../../../src/documents/render/pdf/document-fonts.ts";
import { FONTS, fontsFor } from "../../../../src/documents/render/pdf/font-set.ts";
import { sampleInvoice } from "./sample.ts";

const names = async (more: Parameters<typeof sampleInvoice>[0]) => {
  const fonts = await fontsFor(sampleInvoice(more), env.ASSETS);
  return fonts.regular.slice(FONTS.regular.length).map((face) => face().name);
};

describe("the faces of a document", () => {
  it("are refused rather than replaced when they cannot be read", async () => {
    const gone = () => Promise.reject(new Error("404"));
    const find = fontFinder(FONTS, gone);
    const korean = sampleInvoice({ language: "ko" });
    await expect(find(korean, gone)).rejects.toThrow("404");
    // Nothing is remembered of it.
    const read = async (file: string) =>
      (await env.ASSETS.fetch(`https://assets.local/fonts/${file}.ttf`)).arrayBuffer();
    expect((await find(korean, read)).regular.length).toBe(FONTS.regular.length + 1);
    const early = { template: { name: "calm", version: 1 } } as const;
    const none = { fetch: async () => new Response(null, { status: 404 }) };
    const model = sampleInvoice({ ...early, language: "ko" });
    await expect(fontsFor(model, none as never)).rejects.toThrow("404");
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
    expect(await names({ memo: "中国" })).toEqual(["NotoSansSC-Regular"]);
    // One of the two is not among the common characters of mainland China.
    expect(await names({ memo: "東京" })).toEqual(["NotoSansTC-Regular"]);
    expect(await names({ memo: "東京タワー" })).toEqual(["NotoSansJP-Regular"]);
    expect(await names({ memo: "서울", language: "zh" })).toEqual([
      "NotoSansSC-Regular",
      "NotoSansKR-Regular",
    ]);
  });

  it("follow where the parties are, and rare characters of a name", async () => {
    const { buyer } = sampleInvoice();
    const of = (country: string, name: string) => {
      const address = { ...buyer.address, country };
      return names({ buyer: { ...buyer, name, address } });
    };
    expect(await of("JP", "東京")).toEqual(["NotoSansJP-Regular"]);
    expect(await of("KR", "金剛")).toEqual(["NotoSansKR-Regular", "NotoSansKR-Regular"]);
    expect(await of("TW", "中山")).toEqual(["NotoSansTC-Regular"]);
    expect(await of("CN", "王喆")).toEqual(["NotoSansSC-Regular", "NotoSansSC-Regular"]);
  });

  it("are Taiwan's first for Chinese there, behind which are those of its words", async () => {
    expect(await names({ language: "zh", region: "TW", memo: "臺灣" })).toEqual([
      "NotoSansTC-Regular",
      "NotoSansSC-Regular",
    ]);
  });
});
