/** `npm run test:pages -- 1000`: how well drawn documents fill their pages, by version. */
import { renderPdf } from "../../../src/documents/render/pdf/render.ts";
import { renderPdf as renderFirst } from "../../../src/documents/render/version-1/render.ts";
import { fontsOf } from "../node/read-pdf.ts";
import { generatedDocument } from "./generated.ts";
import { economyOf } from "./measure.ts";

const count = Number(process.argv[2] ?? 500);
for (const [version, render] of [
  [1, renderFirst],
  [2, renderPdf],
] as const) {
  const { seeds, ...all } = await economyOf(
    count,
    generatedDocument,
    ({ language }) => fontsOf(language),
    render,
  );
  const { documents, pages, few, fewOnOne, bare, thin, light, left } = all;
  const share = ((100 * fewOnOne) / few).toFixed(1);
  console.log(
    `version ${version}: ${documents} documents on ${pages} pages; ` +
      `of ${few} with up to five lines ${fewOnOne} on one page (${share} %); ` +
      `pages with at most a line ${bare}, filled to less than a tenth ${thin}, ` +
      `with less than a tenth of the fullest page's text ${light}; left half empty ${left}`,
  );
  if (version === 2) console.log(JSON.stringify(seeds));
}
