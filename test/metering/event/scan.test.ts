/** Lines read as text say what the same lines say when they are parsed. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLine } from "../../../src/metering/event/line.ts";
import { LineScanner } from "../../../src/metering/event/scan.ts";
import { lines } from "./arbitrary.ts";

describe("a line", () => {
  it("has the same fields scanned as text and parsed", () => {
    fc.assert(
      fc.property(lines, (texts) => {
        const scanner = new LineScanner(texts.join("\n"));
        for (const text of texts) {
          expect(scanner.next()).toBe(true);
          const { id, metric, micro, atMs, user, metadata, voids } = scanner;
          const [pId, pMetric, pMicro, pAtMs, pUser, pMetadata, , , pVoids] = parseLine(text);
          expect([id, metric, micro, atMs]).toEqual([pId, pMetric, pMicro, pAtMs]);
          expect([user, voids]).toEqual([pUser ?? 0, pVoids ?? 0]);
          expect(metadata).toBe(pMetadata ? JSON.stringify(pMetadata) : "");
        }
        expect(scanner.next()).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
