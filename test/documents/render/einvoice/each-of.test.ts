/** What is written of each of many stands in order, however many there are. */
import { expect, it } from "vitest";
import { eachOf } from "../../../../src/documents/render/einvoice/xml.ts";

it.each([0, 1, 15, 16, 17, 32, 33, 100])("writes %i of them, each once", (count) => {
  const all = Array.from({ length: count }, (_, i) => i);
  expect(eachOf(all, (i) => `<${i}/>`)).toBe(all.map((i) => `<${i}/>`).join(""));
});
