/** The text of metrics, read by somebody else's reader. */
import parse from "parse-prometheus-text-format";
import { describe, expect, it } from "vitest";
import {
  byName,
  escapedLabel,
  expositionOf,
  histogramOf,
} from "../../../src/platform/watch/exposition.ts";

describe("the text of metrics", () => {
  it("says names, types, help and labels as they are, whatever characters they have", () => {
    const odd = 'a "quoted" \\ value\nof two lines';
    const text = expositionOf([
      {
        name: "things_total",
        type: "counter",
        help: "Things, \\ and a\nline.",
        samples: [
          { labels: `what="${escapedLabel(odd)}"`, value: 3 },
          { labels: "", value: 0.25 },
        ],
      },
      { name: "nothing", type: "gauge", help: "Left out.", samples: [] },
      {
        name: "size_bytes",
        type: "gauge",
        help: "A size.",
        samples: [{ labels: "", value: Number.POSITIVE_INFINITY }],
      },
    ]);
    expect(text.endsWith("size_bytes +Inf\n")).toBe(true);
    expect(text.split("\n").filter((line) => line.startsWith("# HELP"))).toHaveLength(2);
    const [things, size, ...others] = parse(text);
    expect(things).toMatchObject({ name: "things_total", type: "COUNTER" });
    expect(things?.metrics).toEqual([{ value: "3", labels: { what: odd } }, { value: "0.25" }]);
    expect([size?.name, size?.type, others]).toEqual(["size_bytes", "GAUGE", []]);
  });

  it("adds the buckets of a histogram up, each group for itself", () => {
    const counted = byName([
      ['wait_seconds_bucket{area="a",le="0.1"}', 2],
      ['wait_seconds_bucket{area="a",le="+Inf"}', 1],
      ['wait_seconds_sum{area="a"}', 700.5],
      ['wait_seconds_bucket{area="b",le="5"}', 4],
      ['wait_seconds_sum{area="b"}', 8],
      ["not a series", 1],
    ]);
    const samples = histogramOf(
      counted.get("wait_seconds_bucket") ?? [],
      counted.get("wait_seconds_sum") ?? [],
    );
    const text = expositionOf([
      { name: "wait_seconds", type: "histogram", help: "Waits.", samples },
    ]);
    const lines = text.split("\n");
    expect(lines).toContain('wait_seconds_bucket{area="a",le="0.05"} 0');
    expect(lines).toContain('wait_seconds_bucket{area="a",le="600"} 2');
    expect(lines).toContain('wait_seconds_bucket{area="a",le="+Inf"} 3');
    expect(lines).toContain('wait_seconds_sum{area="a"} 700.5');
    expect(lines).toContain('wait_seconds_count{area="a"} 3');
    expect(parse(text)).toMatchObject([{ name: "wait_seconds", type: "HISTOGRAM" }]);
  });
});
