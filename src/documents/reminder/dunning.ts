/** Pure. When an open invoice is announced: reminders around its due date, and being overdue. */
import { Temporal } from "temporal-polyfill";
import { instantOf, startOfDay } from "../../core/period.ts";

/** What is announced at an instant; `days` from the due date, negative before it. */
export type Step = { atMs: number } & (
  | { type: "invoice.reminder_due"; days: number }
  | { type: "invoice.overdue" }
);

/** Local time of the issuer: a reminder is read by people. */
const REMINDER_HOUR = 9;

/** Every step of an invoice, in time order: it is overdue once the due date is over. */
export function stepsOf(
  dueDate: string,
  timeZone: string,
  reminderDays: readonly number[],
): Step[] {
  const overdueMs = startOfDay(dayAfter(dueDate, 1), timeZone);
  if (overdueMs === null) throw new RangeError(`not a day: ${dueDate}`);
  const reminders = reminderDays.map((days): Step => {
    const local = Temporal.PlainDate.from(dayAfter(dueDate, days)).toPlainDateTime({
      hour: REMINDER_HOUR,
    });
    return { atMs: instantOf(local, timeZone), type: "invoice.reminder_due", days };
  });
  const overdue: Step = { atMs: overdueMs, type: "invoice.overdue" };
  return [overdue, ...reminders].sort((a, b) => a.atMs - b.atMs);
}

/**
 * The steps after `sinceMs` that are to be announced at `nowMs`: that it is overdue, and of several
 * reminders that were missed only the newest.
 */
export function stepsReached(steps: readonly Step[], sinceMs: number, nowMs: number): Step[] {
  const reached = steps.filter(({ atMs }) => sinceMs < atMs && atMs <= nowMs);
  const newest = reached.findLast(({ type }) => type === "invoice.reminder_due");
  return reached.filter((step) => step === newest || step.type === "invoice.overdue");
}

/** When the next step comes after `nowMs`, or null. */
export function nextStepMs(steps: readonly Step[], nowMs: number): number | null {
  return steps.find(({ atMs }) => atMs > nowMs)?.atMs ?? null;
}

/** A calendar day so many days after another. */
export function dayAfter(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}
