/** `npm run test:pages -- 1000`: how well drawn documents fill their pages, by version. */
import { readOptions } from "../../../scripts/lib/options.ts";
import { runCommand, UsageError } from "../../../scripts/lib/process.ts";

const USAGE = {
  command: "npm run test:pages",
  about:
    "Draws documents and says how many pages they take and how full they are, in each version " +
    "of the pages.",
  operands: { text: "[COUNT]", least: 0, most: 1 },
  examples: ["npm run test:pages", "npm run test:pages -- 1000"],
} as const;

await runCommand(async () => {
  const { positionals } = readOptions(USAGE);
  const count = Number(positionals[0] ?? 500);
  if (!(Number.isInteger(count) && count > 0)) throw new UsageError("COUNT is 1 or more");
  const { renderPdf } = await import("../../../src/documents/render/pdf/render.ts");
  const { renderPdf: renderFirst } = await import(
    "../../../src/documents/render/version-1/render.ts"
  );
  const { fontsOf } = await import("../node/read-pdf.ts");
  const { generatedDocument } = await import("./generated.ts");
  const { economyOf } = await import("./measure.ts");
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
});
