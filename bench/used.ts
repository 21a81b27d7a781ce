/** What a piece of work uses of the runtime: its processors, and what a bill would count. */
import type { Counts } from "./count.ts";
import { cpuMs, untilQuiet } from "./process.ts";
import type { Product } from "./product.ts";

/** What something used: milliseconds of processors, and what was counted. */
export type Used = { cpu: number; counted: Counts };

/** What `work` used, with all that follows from it at once. */
export async function usedBy(product: Product, work: () => Promise<unknown>): Promise<Used> {
  await untilQuiet(product.runtimePid);
  const before = await product.counts();
  const cpuBefore = cpuMs(product.runtimePid);
  await work();
  await untilQuiet(product.runtimePid);
  const cpu = cpuMs(product.runtimePid) - cpuBefore;
  return { cpu, counted: difference(await product.counts(), before) };
}

/** What was counted between two times. */
export function difference(now: Counts, before: Counts): Counts {
  const less = (name: Exclude<keyof Counts, "drainMs" | "messages">) => now[name] - before[name];
  return {
    logRows: less("logRows"),
    identityRows: less("identityRows"),
    otherRows: less("otherRows"),
    alarms: less("alarms"),
    drains: less("drains"),
    drainRows: less("drainRows"),
    seriesRows: less("seriesRows"),
    drainMs: now.drainMs.slice(before.drainMs.length),
    d1Trips: less("d1Trips"),
    d1Statements: less("d1Statements"),
    d1Written: less("d1Written"),
    d1Read: less("d1Read"),
    d1Bytes: less("d1Bytes"),
    messages: Object.fromEntries(
      Object.entries(now.messages).map(([name, n]) => [name, n - (before.messages[name] ?? 0)]),
    ),
    puts: less("puts"),
    gets: less("gets"),
    putBytes: less("putBytes"),
  };
}
