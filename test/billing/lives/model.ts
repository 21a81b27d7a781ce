/**
 * A subscription's life by the guide's rules, small and slow: nothing is kept but what happened,
 * and every amount is computed anew from all events. Imports nothing of the product.
 */
import {
  afterCoupons,
  type Bill,
  billOf,
  type Coupon,
  couponsTake,
  type Printed,
  takenBack,
} from "./bill.ts";
import { dayAt } from "./calendar.ts";
import { above, least, plain, scaled, total } from "./exact.ts";
import type { Life, Step, Tax } from "./life.ts";
import type { Line } from "./price.ts";
import { Statements, sumOf } from "./statement.ts";
import { type Period, type Terms, Timeline } from "./timeline.ts";
import { Usage } from "./usage.ts";

/** From the last closing until the settlement of an ended subscription. */
const SETTLED_AFTER = 36 * 86_400_000;

export type Closed = Period & {
  closedAt: number;
  lines: Line[];
  net: bigint;
  /** Of its base fees, and of its usage as billed and settled so far. */
  fees: bigint;
  usage: bigint;
  bill: Bill | null;
  coupons: Coupon[];
  /** That of its own lines. */
  tax: Tax;
  /** What it billed ahead, for the cycle that begins with its end. */
  ahead: Terms | null;
};

type Wallet = {
  kind: "granted" | "purchased";
  amount: bigint;
  expires: number | null;
  /** `before` is what other credits had paid of the same document. */
  uses: { bill: Bill; amount: bigint; before: bigint }[];
};

type Redeemed = Coupon & { left: number | null };
type Difference = { of: Closed; amount: bigint; usage: bigint; line: Line };
type Spent = { wallet: Wallet; amount: bigint; before: bigint };
type Dated = Printed & { start: number; end: number };

/** What a closing bills, before it is written. */
type Composed = {
  own: Line[];
  lines: Line[];
  carried: Closed[];
  differences: Difference[];
  /** Those that stand on its own document. */
  beside: Difference[];
  used: Redeemed[];
  spent: Spent[];
  bill: Bill | null;
};

export class Model {
  periods: Closed[] = [];
  bills: Bill[] = [];
  wallets: Wallet[] = [];
  #life: Life;
  #issuer: { percent: string; zone: string };
  #timeline: Timeline;
  #usage: Usage;
  #statements: Statements;
  #tax: Tax;
  #coupons: Redeemed[] = [];
  /** When settlements outside closings are due. */
  #settles: number[] = [];

  constructor(life: Life, issuer: { percent: string; zone: string }) {
    this.#life = life;
    this.#issuer = issuer;
    this.#tax = { percent: issuer.percent, parts: [] };
    this.#timeline = new Timeline(life);
    this.#usage = new Usage(life, this.#timeline);
    this.#statements = new Statements(life, this.#timeline, this.#usage);
  }

  /**
   * Takes a step; answers what the product has to answer, as `play.ts` words it, or null where the
   * rules do not say.
   */
  take(step: Step): string | null {
    switch (step.do) {
      case "preview":
        return this.#preview();
      case "record":
        return step.events.map((event) => this.#usage.record(event, this.periods)).join(", ");
      case "import": {
        const outcome = this.#usage.import(step.name, step.events, this.periods);
        this.#settleSoon();
        return outcome;
      }
      default:
        return this.#isTaken(step) ? "taken" : "refused";
    }
  }

  #isTaken(step: Exclude<Step, { do: "record" | "import" | "preview" }>): boolean {
    switch (step.do) {
      case "move":
        this.#moveTo(step.to);
        return true;
      case "void":
        return this.#usage.void(step.id);
      case "revert": {
        const isKnown = this.#usage.revert(step.name);
        if (isKnown) this.#settleSoon();
        return isKnown;
      }
      case "subscribe":
        return this.#change(() => this.#timeline.subscribe(step));
      case "tax":
        if (this.#timeline.start === null) return false;
        this.#tax = step.tax;
        return true;
      case "credit":
        return this.#give(step);
      case "coupon":
        return this.#timeline.runs && this.#redeem(step);
      case "change":
        return this.#timeline.runs && this.#change(() => this.#timeline.change(step));
      case "cancel":
        return this.#timeline.runs && this.#change(() => this.#timeline.cancel(step.when));
      case "resume":
        return this.#timeline.runs && this.#change(() => this.#timeline.resume());
      case "zone":
        return this.#timeline.runs && this.#change(() => this.#timeline.move(step.zone));
    }
  }

  #change(change: () => boolean): boolean {
    const isMade = this.#usage.rearm(change);
    this.#closeDue();
    return isMade;
  }

  #give({ kind, amount, expires }: Extract<Step, { do: "credit" }>): boolean {
    if (expires !== null && expires <= this.#timeline.now) return false;
    this.wallets.push({ kind, amount: scaled(amount, this.#life.places), expires, uses: [] });
    return true;
  }

  #redeem({ percent, amount, periods }: Extract<Step, { do: "coupon" }>): boolean {
    const minor = amount === null ? null : scaled(amount, this.#life.places);
    this.#coupons.push({ percent, amount: minor, left: periods });
    return true;
  }

  // Time

  #closeDue(): void {
    for (;;) {
      const next = this.#timeline.next(this.periods.at(-1));
      if (!next || this.#timeline.closesAt(next) > this.#timeline.now) return;
      this.#close(next);
    }
  }

  #moveTo(to: number): void {
    for (;;) {
      const next = this.#timeline.next(this.periods.at(-1));
      const closes = next ? this.#timeline.closesAt(next) : Number.POSITIVE_INFINITY;
      const settles = Math.min(...this.#settles, Number.POSITIVE_INFINITY);
      const at = Math.min(closes, settles);
      if (at > to) break;
      this.#timeline.now = Math.max(this.#timeline.now, at);
      if (next && closes <= settles) this.#close(next);
      else {
        this.#settles = this.#settles.filter((time) => time !== settles);
        this.#settle(this.#differences());
      }
    }
    this.#timeline.now = to;
  }

  /** What an import changes of an ended subscription is settled at once. */
  #settleSoon(): void {
    if (this.#timeline.over) this.#settles.push(this.#timeline.now);
  }

  /** The running period's document as it would be now; null while the one before it is open. */
  #preview(): string | null {
    const { now } = this.#timeline;
    const next = this.#timeline.next(this.periods.at(-1));
    if (!next || now < next.start || now >= next.end) return null;
    const { bill, carried, lines } = this.#compose(next);
    const money = (minor: bigint) => Number(plain(minor, this.#life.places));
    return JSON.stringify({
      document: bill?.kind ?? null,
      net: money(sumOf(lines)),
      carried: money(total(carried.map(({ net }) => net))),
      discount: money(total((bill?.discounts ?? []).map(({ amount }) => amount))),
      tax: money(bill?.tax ?? 0n),
      total: money(bill?.total ?? 0n),
      prepaid: money(bill?.prepaid ?? 0n),
    });
  }

  // Closing

  #compose(period: Period): Composed {
    const before = this.periods.find(({ number }) => number === period.number - 1);
    const own = [
      ...this.#statements.feesOf(period, before?.ahead ?? null),
      ...this.#statements.usageOf(period),
    ];
    const carried = this.periods.filter(({ bill, net }) => bill === null && net !== 0n);
    const differences = this.#differences();
    const beside = besideOf(differences, this.#tax);
    const lines = [...own, ...beside.map(({ line }) => line)];
    const earlier = carried.flatMap((closed) => closed.lines);
    const all = [...earlier, ...lines];
    const plan = this.#timeline.planEnding(period);
    const none = { own, lines, carried, differences, beside, used: [], spent: [], bill: null };
    const metered = period.kind === "regular" && period.end > period.start;
    if (!plan.finalizeZero && all.every(({ amount }) => amount === 0n)) return none;
    if (all.length === 0 && !metered) return none;
    const taken = this.#taken(sumOf([...earlier, ...own]));
    const off = total(taken.map(({ amount }) => amount));
    const granted = this.#spend("granted", sumOf(all) - off);
    const printed = [
      ...[...earlier, ...own].map((line) => this.#printed(line, this.#tax)),
      ...beside.map(({ line, of }) => this.#printed(line, of.tax)),
    ];
    const empty = this.#printed(this.#statements.lineOf("base", 0n, period), this.#tax);
    const discounts = [...taken, ...granted].map(({ amount }) => amount);
    const bill = this.#billOf(printed.length > 0 ? printed : [empty], discounts, null);
    const isLittle = bill.net < scaled(plan.leastInvoice, this.#life.places);
    if (bill.kind === "invoice" && isLittle && !period.last && differences.length === 0) {
      return { ...none, carried: [] };
    }
    const purchased = this.#spend("purchased", bill.kind === "invoice" ? bill.total : 0n);
    bill.prepaid = total(purchased.map(({ amount }) => amount));
    const used = taken.map(({ coupon }) => coupon);
    return { ...none, used, spent: [...granted, ...purchased], bill };
  }

  /** The coupons that lower an amount now, and by how much. */
  #taken(amount: bigint): { coupon: Redeemed; amount: bigint }[] {
    const usable = this.#coupons.filter(({ left }) => left === null || left > 0);
    const taken = couponsTake(usable, above(amount));
    return usable.flatMap((coupon, i) => {
      const part = taken[i] ?? 0n;
      return part > 0n ? [{ coupon, amount: part }] : [];
    });
  }

  /** What credits of a kind give to an amount: what expires first, then what was granted first. */
  #spend(kind: Wallet["kind"], amount: bigint): Spent[] {
    const whole = above(amount);
    let open = whole;
    const ends = ({ expires }: Wallet) => expires ?? Number.MAX_SAFE_INTEGER;
    const usable = this.wallets.filter(
      (wallet) => wallet.kind === kind && ends(wallet) > this.#timeline.now,
    );
    return usable
      .sort((a, b) => ends(a) - ends(b))
      .flatMap((wallet) => {
        const before = whole - open;
        const taken = least(open, leftIn(wallet));
        open -= taken;
        return taken > 0n ? [{ wallet, amount: taken, before }] : [];
      });
  }

  #printed({ amount, start, end }: Line, { percent, parts }: Tax): Dated {
    const day = (at: number) => dayAt(at, this.#timeline.zoneAt(at));
    const to = day(Math.max(start, end - 1));
    return { amount, percent, parts: parts.length, from: day(start), to, start, end };
  }

  /** A document of lines; one that takes back is set against an invoice that has enough left. */
  #billOf(lines: Dated[], discounts: bigint[], against: Bill | null): Bill {
    const { inclusive } = this.#life;
    const credits = total(lines.map(({ amount }) => amount)) < 0n;
    const shown = lines.map(({ amount, percent, parts, from, to }) => {
      return { amount: credits ? -amount : amount, percent, parts, from, to };
    });
    const [only] = shown;
    const origin = credits && against?.kind === "invoice" ? against : null;
    const taken = origin && only ? takenBack(origin, only, inclusive) : null;
    const made = taken ?? billOf(shown, discounts, inclusive);
    const first = lines.reduce((a, b) => (b.start < a.start ? b : a));
    const last = lines.reduce((a, b) => (b.end > a.end ? b : a));
    return {
      ...made,
      kind: credits ? "credit_note" : "invoice",
      origin: taken ? origin : null,
      issued: dayAt(this.#timeline.now, this.#issuer.zone),
      period: { start: first.from, end: last.to },
      prepaid: 0n,
      credited: 0n,
    };
  }

  #close(period: Period): void {
    const composed = this.#compose(period);
    const { own, lines, bill, carried, differences, beside, used, spent } = composed;
    const usage = sumOf(own.filter(({ kind }) => kind === "usage" || kind === "commitment"));
    const closed: Closed = {
      ...period,
      closedAt: this.#timeline.now,
      lines,
      net: sumOf(lines),
      fees: sumOf(own) - usage,
      usage,
      bill,
      coupons: used.map(({ percent, amount }) => ({ percent, amount })),
      tax: this.#tax,
      ahead: this.#statements.aheadOf(period),
    };
    if (bill) {
      this.bills.push(bill);
      for (const coupon of used) if (coupon.left !== null) coupon.left--;
      for (const { wallet, amount, before } of spent) wallet.uses.push({ bill, amount, before });
    }
    this.#settle(differences, beside);
    if (bill) for (const one of carried) Object.assign(one, { bill, tax: this.#tax });
    this.periods.push(closed);
    if (!period.last) return;
    this.#timeline.over = true;
    this.#settles.push(this.#timeline.now + SETTLED_AFTER);
  }

  // Settlement

  /** What each closed period comes to now, less what was billed of it so far. */
  #differences(): Difference[] {
    const settled = new Map(this.periods.map((closed) => [closed, closed.usage]));
    return this.periods.flatMap((of) => {
      if (of.kind !== "regular") return [];
      const group = of.bill ? this.periods.filter(({ bill }) => bill === of.bill) : [of];
      const coupons = group.flatMap((one) => one.coupons);
      const comesTo = () =>
        afterCoupons(coupons, total(group.map((one) => one.fees + (settled.get(one) ?? 0n))));
      const usage = sumOf(this.#statements.usageOf(of));
      const before = comesTo();
      settled.set(of, usage);
      const amount = comesTo() - before;
      if (amount === 0n) settled.set(of, of.usage);
      const line = this.#statements.lineOf("adjustment", amount, of);
      return amount === 0n ? [] : [{ of, amount, usage, line }];
    });
  }

  /** A document for each difference, but for those that a closing's own bill has beside it. */
  #settle(differences: Difference[], beside: Difference[] = []): void {
    for (const difference of differences) {
      const { of, usage, line } = difference;
      of.usage = usage;
      if (beside.includes(difference)) continue;
      this.bills.push(this.#billOf([this.#printed(line, of.tax)], [], of.bill));
    }
  }
}

/** What is to be billed more, where its tax stands on one document with all others. */
function besideOf(differences: readonly Difference[], own: Tax): Difference[] {
  const taxes = [own];
  return differences.filter(({ amount, of: { tax } }) => {
    const fits = taxes.every((other) => fitTogether(other, tax));
    if (amount > 0n && fits) taxes.push(tax);
    return amount > 0n && fits;
  });
}

/** What is not subject to tax stands on no document with what is, nor one rate with two names. */
function fitTogether(a: Tax, b: Tax): boolean {
  if (a.percent === b.percent) return `${a.parts}` === `${b.parts}`;
  return a.percent !== "0" && b.percent !== "0";
}

/**
 * What is left of a credit. Purchased credit pays at most what credit notes leave of its invoice,
 * what was spent first before all else; the rest is back.
 */
export function leftIn({ kind, amount, uses }: Wallet): bigint {
  const gone = uses.map(({ bill, amount, before }) => {
    const asked = least(bill.prepaid, bill.total - bill.credited);
    return kind === "granted" ? amount : above(least(amount, asked - before));
  });
  return amount - total(gone);
}
