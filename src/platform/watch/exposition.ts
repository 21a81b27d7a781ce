/**
 * Metrics as Prometheus reads them (text format 0.0.4). Pure. Names follow OpenMetrics: a unit at
 * the end, `_total` on counters.
 */
import { EDGES } from "./counts.ts";

export type MetricType = "counter" | "gauge" | "histogram";

/** Labels as `count` writes them, without braces: `outcome="ok"`; empty where there are none. */
export type Sample = { labels: string; value: number };

/** A metric: its name, what it says, and its samples. */
export type Family = { name: string; type: MetricType; help: string; samples: readonly Sample[] };

/** What is answered with it as the content type. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The text of families; those without a sample are left out. */
export function expositionOf(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) => {
      const lines = samples.map(({ labels, value }) => lineOf(name, labels, value, type));
      return `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n${lines.join("")}`;
    })
    .join("");
}

/** Of a histogram the labels begin with what the name ends in: `_sum`, `_count` or `_bucket`. */
function lineOf(name: string, labels: string, value: number, type: MetricType): string {
  const [suffix, rest] = type === "histogram" ? partsOf(labels) : ["", labels];
  return `${name}${suffix}${rest === "" ? "" : `{${rest}}`} ${numberText(value)}\n`;
}

function partsOf(labels: string): [suffix: string, labels: string] {
  const at = labels.indexOf("|");
  return [labels.slice(0, at), labels.slice(at + 1)];
}

function escapedHelp(help: string): string {
  return help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/** A label's value as it stands between quotes. */
export function escapedLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

const SERIES = /^([a-zA-Z_:][\w:]*?)(?:\{(.*)\})?$/;

/** What was counted, by the name of its metric: labels and values. */
export function byName(counts: readonly (readonly [string, number])[]): Map<string, Sample[]> {
  const found = new Map<string, Sample[]>();
  for (const [series, value] of counts) {
    const [, name, labels = ""] = SERIES.exec(series) ?? [];
    if (name === undefined) continue;
    const samples = found.get(name) ?? [];
    samples.push({ labels, value });
    found.set(name, samples);
  }
  return found;
}

const EDGE_NAMES: readonly string[] = [...EDGES.map(String), "+Inf"];
const EDGE_LABEL = /,?le="([^"]*)"$/;

/** A histogram's samples: buckets were counted each for itself, and are shown added up. */
export function histogramOf(buckets: readonly Sample[], sums: readonly Sample[]): Sample[] {
  const groups = new Map<string, Map<string, number>>();
  for (const { labels, value } of buckets) {
    const edge = EDGE_LABEL.exec(labels)?.[1];
    if (edge === undefined) continue;
    const group = labels.replace(EDGE_LABEL, "");
    const counted = groups.get(group) ?? new Map<string, number>();
    counted.set(edge, value);
    groups.set(group, counted);
  }
  return [...groups].flatMap(([group, counted]) => {
    let total = 0;
    const shown = EDGE_NAMES.map((edge) => {
      total += counted.get(edge) ?? 0;
      const labels = `${group === "" ? "" : `${group},`}le="${edge}"`;
      return { labels: `_bucket|${labels}`, value: total };
    });
    const sum = sums.find(({ labels }) => labels === group)?.value ?? 0;
    return [
      ...shown,
      { labels: `_sum|${group}`, value: sum },
      { labels: `_count|${group}`, value: total },
    ];
  });
}
