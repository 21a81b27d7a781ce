/** Faults in billing, each of which the random lives have to notice. */
import type { Fault } from "../faults/planted.ts";

const LIVES = ["test/billing/lives"];
const BILLING = "src/billing";

/** A fault of one edit. */
function fault(name: string, file: string, from: string, to: string): Fault {
  return { name, edits: [{ file: `${BILLING}/${file}`, from, to }], tests: LIVES };
}

export const LIFE_FAULTS: Fault[] = [
  fault(
    "a line is rounded down",
    "rating/rating.ts",
    "if (!share) return divideRounded(exact, scale);",
    "if (!share) return exact / scale;",
  ),
  fault(
    "the last unit of a tier belongs to the next one",
    "price/volume.ts",
    "bound === null || total <= bound",
    "bound === null || total < bound",
  ),
  fault(
    "a stub is prorated by its own length, not by the whole's",
    "rating/fee.ts",
    "const wholeMs = cycle.wholeEndMs - cycle.wholeStartMs;",
    "const wholeMs = cycle.endMs - cycle.startMs;",
  ),
  fault(
    "a coupon lowers what late usage adds, too",
    "period/compose.ts",
    "own.netMinor + sumOf(carriedLines));",
    "billed);",
  ),
  fault(
    "of several carried amounts the first is lost",
    "period/compose.ts",
    "carried.flatMap(",
    "carried.slice(1).flatMap(",
  ),
  fault(
    "late usage takes today's tax",
    "period/settle.ts",
    "tax: await taxOf(env, closed),",
    "tax: null,",
  ),
  fault(
    "a period closes by the plan that begins after it",
    "subscription/timeline.ts",
    "return planSegmentAt(log, endMs - 1) ?? planSegmentAt(log, endMs);",
    "return planSegmentAt(log, endMs);",
  ),
  fault(
    "an end on a boundary opens one period more",
    "subscription/timeline.ts",
    "if (endMs === null || endMs > period.endMs) return period;",
    "if (endMs === null || endMs >= period.endMs) return period;",
  ),
  fault(
    "a trial is billed",
    "period/statement.ts",
    'const rated = period.kind === "regular" ? usageOf(input)',
    'const rated = period.kind !== "opening" ? usageOf(input)',
  ),
  fault(
    "a difference is settled again by the next settlement",
    "period/settle.ts",
    "const billedMinor = net(last ? BigInt(last.usageMinor) : closed.usageMinor);",
    "const billedMinor = net(closed.usageMinor);",
  ),
  fault(
    "what is voided is never credited",
    "period/settle.ts",
    "if (differenceMinor === 0n) return null;",
    "if (differenceMinor <= 0n) return null;",
  ),
  fault(
    "a coupon lowers documents for ever",
    "credit/credit-store.ts",
    "or(isNull(coupons.periods), gt(coupons.periods, uses)),",
    "or(isNull(coupons.periods), gt(coupons.periods, 0)),",
  ),
  fault(
    "usage is billed by an interval that does not fill its cycle",
    "lifecycle/subscribe.ts",
    "usageInterval !== null && fitsInto(usageInterval, cycle) ? usageInterval : cycle;",
    "usageInterval ?? cycle;",
  ),
  {
    name: "a calendar's week begins on a Sunday",
    edits: [
      {
        file: "src/core/period.ts",
        from: "subtract({ days: local.dayOfWeek - 1 });",
        to: "subtract({ days: local.dayOfWeek % 7 });",
      },
    ],
    tests: LIVES,
  },
];
