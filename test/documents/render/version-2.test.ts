/** What the second version of the pages issued is made again to the same bytes. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { fontsFor } from "../../../src/documents/render/pdf/font-set.ts";
import { versionOf } from "../../../src/documents/render/version/version.ts";
import { sha256Hex } from "../../../src/platform/runtime/crypto.ts";
import { sampleInvoice } from "./pdf/sample.ts";
import { SCRIPT_SAMPLES } from "./pdf/script-sample.ts";

const calm = { name: "calm", version: 2 } as const;
const classic = { name: "classic", version: 2 } as const;

/**
 * Documents, and the digest of what was printed of each while it was the newest version. Samples
 * that change need other digests, which the pages of before the change give.
 */
const ISSUED = {
  "in English": [
    sampleInvoice({ template: calm }),
    "f369054c823c418cb321eb71d3555b51698688d1f535888f8901b67fd7797a15",
  ],
  "in French, classic": [
    sampleInvoice({ template: classic, language: "fr", region: "FR" }),
    "8f85d108670512a4daf3e6413420611fbbe4a7f9613987cb8220f004e5cbbba1",
  ],
  "in Arabic and US$": [
    { ...sampleInvoice(SCRIPT_SAMPLES.Arabic), template: calm, language: "ar", currency: "USD" },
    "967eac3cf1dffc9cbad8b5f61963207755b6156a364640b1e33abea145c025f2",
  ],
  "in Hebrew and CA$": [
    { ...sampleInvoice(SCRIPT_SAMPLES.Hebrew), template: classic, language: "he", currency: "CAD" },
    "4954070c100ebc19e04a37fbf9342f227e525daf6ae3fb9745734c2c8db7e3c0",
  ],
} as const;

it.each(Object.entries(ISSUED))("prints a document %s as it did", async (_, [model, digest]) => {
  const version = await versionOf(model);
  const fonts = await fontsFor(model, env.ASSETS);
  const pdf = await version.renderPdf({ ...model, facturX: version.carriedXml(model) }, fonts);
  expect(await sha256Hex(new Uint8Array(pdf))).toBe(digest);
});
