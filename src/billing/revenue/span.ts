/** Pure. The times by which tenants are ranked, as `billed_spans` names them; all by UTC. */

export const SPAN_KINDS = ["month", "quarter", "year", "12_months"] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/** A time by its row's name, such as `2026-10`, `2026-Q4`, `2026` or `2026-10/12`. */
export type Span = { kind: SpanKind; name: string; isOver: boolean };

type Months = { year: number; month: number };

const LENGTH: Readonly<Record<SpanKind, number>> = {
  month: 1,
  quarter: 3,
  year: 12,
  "12_months": 1,
};

/**
 * The time of a kind with the last month that is over, since in January nobody wants to see an
 * empty year; and the last one that is over as a whole, for what is compared with the one before.
 */
export function spansAt(kind: SpanKind, nowMs: number): { current: Span; whole: Span } {
  const now = monthsOf(nowMs);
  const current = spanOf(kind, moved(now, -1), now);
  const whole = current.isOver ? current : spanOf(kind, moved(now, -1 - LENGTH[kind]), now);
  return { current, whole };
}

/** The name of the time before one of the same kind. */
export function nameBefore({ kind, name }: Pick<Span, "kind" | "name">): string {
  const year = Number(name.slice(0, 4));
  if (kind === "year") return nameOf(kind, { year: year - 1, month: 0 });
  if (kind === "quarter") {
    return nameOf(kind, moved({ year, month: 3 * (Number(name.slice(6)) - 1) }, -3));
  }
  const month = Number(name.slice(5, 7)) - 1;
  return nameOf(kind, moved({ year, month }, kind === "month" ? -1 : -12));
}

function spanOf(kind: SpanKind, at: Months, now: Months): Span {
  const name = nameOf(kind, at);
  return { kind, name, isOver: kind === "12_months" || name !== nameOf(kind, now) };
}

function nameOf(kind: SpanKind, { year, month }: Months): string {
  const text = `${year}-${String(month + 1).padStart(2, "0")}`;
  if (kind === "month") return text;
  if (kind === "quarter") return `${year}-Q${Math.floor(month / 3) + 1}`;
  return kind === "year" ? String(year) : `${text}/12`;
}

function monthsOf(nowMs: number): Months {
  const now = new Date(nowMs);
  return { year: now.getUTCFullYear(), month: now.getUTCMonth() };
}

function moved({ year, month }: Months, by: number): Months {
  const all = year * 12 + month + by;
  return { year: Math.floor(all / 12), month: all % 12 };
}
