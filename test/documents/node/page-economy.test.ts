/** Documents as businesses write them fill their pages, over a few hundred drawn from seeds. */
import { expect, it } from "vitest";
import { renderPdf } from "../../../src/documents/render/pdf/render.ts";
import { generatedDocument } from "../economy/generated.ts";
import { economyOf } from "../economy/measure.ts";
import { fontsOf } from "./read-pdf.ts";

it("documents of up to five lines take one page, and no page is left to a rest", async () => {
  const all = await economyOf(
    300,
    generatedDocument,
    ({ language }) => fontsOf(language),
    renderPdf,
  );
  expect(all.few).toBeGreaterThan(150);
  expect(all.fewOnOne / all.few).toBeGreaterThanOrEqual(0.97);
  expect(all.seeds).toMatchObject({ bare: [], thin: [], light: [], left: [] });
});
