/** What a run measured beside what was promised, and several runs as one. No measuring. */
import { median } from "./large.ts";

export type Target = {
  /** The median of all runs. */
  ratio: number;
  /** The least and the most of all runs, where there were several. */
  range?: readonly [number, number];
  target: number;
  direction: "min" | "max";
};

/** At least so much. */
export function min(target: number, ratio: number): Target {
  return { ratio: rounded(ratio), target, direction: "min" };
}

/** At most so much. */
export function max(target: number, ratio: number): Target {
  return { ratio: rounded(ratio), target, direction: "max" };
}

export function holds({ ratio, target, direction }: Target): boolean {
  return direction === "min" ? ratio >= target : ratio <= target;
}

/** The median and the range of each; one that a run could not measure is of those that could. */
export function together(
  runs: readonly Readonly<Record<string, Target>>[],
): Record<string, Target> {
  const [only, ...more] = runs;
  if (only && more.length === 0) return { ...only };
  const names = new Set(runs.flatMap((run) => Object.keys(run)));
  return Object.fromEntries(
    [...names].map((name) => {
      const all = runs.flatMap((run) => run[name] ?? []);
      const ratios = all.map(({ ratio }) => ratio);
      const range = [Math.min(...ratios), Math.max(...ratios)] as const;
      return [name, { ...(all[0] as Target), ratio: rounded(median(ratios)), range }];
    }),
  );
}

/** A line for each, with what was missed. */
export function printTargets(targets: Readonly<Record<string, Target>>): void {
  for (const [name, of] of Object.entries(targets)) {
    const { ratio, range, target, direction } = of;
    const between = range ? `   ${`${range[0]} to ${range[1]}`.padEnd(18)}` : "";
    const bound = `${direction === "min" ? "at least" : "at most "} ${target}`;
    const missed = holds(of) ? "" : "  MISSED";
    console.log(`${name.padEnd(40)} ${String(ratio).padStart(8)}${between}   ${bound}${missed}`);
  }
}

function rounded(ratio: number): number {
  return Number(ratio.toPrecision(3));
}
