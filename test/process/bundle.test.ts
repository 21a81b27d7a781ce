/** What an isolate has to evaluate before it answers anything. */
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { bundleWorker, loadedWithEntry } from "../../scripts/lib/bundle.ts";

/** What it is, and two hundredths for what is still to come. */
const MOST_BYTES = 131_000;

/** Libraries that no event needs. */
const LATER = ["zod", "@hono/zod-openapi", "pdf-lib", "temporal-polyfill", "big.js", "bidi-js"];

it("the entry and what is loaded with it are small, and without what no event needs", async () => {
  const root = resolve(".");
  const bundle = await bundleWorker(resolve("src/index.ts"), root);
  const loaded = [...loadedWithEntry(bundle)];
  expect(loaded.length).toBeGreaterThan(1);
  let bytes = 0;
  for (const name of loaded) bytes += gzipSync(bundle.files.get(name) ?? "").length;
  expect(bytes).toBeLessThan(MOST_BYTES);
  expect(bytes).toBeGreaterThan(MOST_BYTES / 2); // it is what it says

  const sources = loaded.flatMap((name) =>
    Object.keys(bundle.metafile.outputs[name]?.inputs ?? {}),
  );
  expect(sources).toContain("src/metering/object/tenant-meter.ts");
  const packages = sources.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  expect(LATER.filter((name) => packages.includes(name))).toEqual([]);
  expect(sources.filter((path) => /^src\/(?:billing|dashboard|documents)\//.test(path))).toEqual(
    [],
  );

  const all = Object.keys(bundle.metafile.outputs).join(" ");
  for (const name of ["routes", "jobs", "item-schema"]) expect(all).toContain(`${name}-`);
});
