/**
 * Sequences of what is done with the invoices of one customer, against a model that knows of each
 * only what was charged: credit lines, quantities, amounts, the rest; void, pay, refund, purchased
 * credit, apply the balance, refund it; and twenty of these at once.
 */
import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tenantCustomerId } from "../../../src/documents/party/party-store.ts";
import { call } from "../../support/api.ts";
import { moveTo, subscriber } from "../../support/billing.ts";
import { final, makePair } from "../api.ts";

/** The long form is `npm run test:credits`. */
const LENGTH = env as unknown as { CREDIT_RUNS: string; MODEL_STEPS: string };
const STEPS = Number(LENGTH.MODEL_STEPS);
const RUNS = Number(LENGTH.CREDIT_RUNS);
const RACERS = 20;

const CREDITS = ["line", "quantity", "amount", "rest"] as const;
const RACED = ["line", "quantity", "rest", "pay", "refund", "apply", "payOut", "void"] as const;
const SINGLE = [...CREDITS, "void", "pay", "refund", "apply", "applyAll", "payOut"] as const;
type Act = (typeof SINGLE)[number];

const step = fc.record({
  act: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom("line" as const, "quantity" as const) },
    { weight: 4, arbitrary: fc.constantFrom("amount" as const) },
    { weight: 7, arbitrary: fc.constantFrom("pay" as const, "refund" as const) },
    { weight: 6, arbitrary: fc.constantFrom("apply" as const, "applyAll" as const) },
    { weight: 3, arbitrary: fc.constantFrom("payOut" as const) },
    { weight: 1, arbitrary: fc.constantFrom("rest" as const, "void" as const) },
    { weight: 1, arbitrary: fc.constantFrom("bill" as const) },
    { weight: 2, arbitrary: fc.constantFrom("race" as const) },
  ),
  which: fc.nat(99),
  position: fc.integer({ min: 1, max: 4 }),
  cents: fc.oneof(fc.integer({ min: 1, max: 9_000 }), fc.integer({ min: 1, max: 40_000 })),
  /** What the twenty of a race do: all the same, or one after the other. */
  racers: fc.oneof(
    fc.constantFrom(...RACED).map((act) => [act]),
    fc.array(fc.constantFrom(...RACED), { minLength: 2, maxLength: 6 }),
  ),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const cents = (amount: number) => Math.round(amount * 100);
const text = (minor: number) => (minor / 100).toFixed(2);
const price = fc.integer({ min: 10, max: 99_999 }).map((n) => (n / 1000).toFixed(3));
const content = fc.record({
  currency: fc.constant("EUR"),
  tax_inclusive: fc.boolean(),
  rounding: fc.constantFrom(null, "0.05", "1"),
  lines: fc.array(
    fc.record({
      name: fc.constant("x"),
      quantity: fc.integer({ min: 1, max: 7 }),
      unit_price: price,
      tax: fc.constantFrom({ category: "S", percent: 19 }, { category: "S", percent: 7 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  adjustments: fc.constantFrom(
    [],
    [{ kind: "discount", reason: "Loyalty", percent: "12.5" }],
    [{ kind: "charge", reason: "Freight", percent: "3" }],
  ),
});

type Taxes = { percent: number; base: number; amount: number }[];
type Answer = Awaited<ReturnType<typeof call>>;

/** What the model knows of an invoice. */
type Known = {
  id: string;
  total: number;
  prepaid: number;
  /** In which steps it is paid; 0 for cents. */
  step: number;
  taxes: Taxes;
  credited: number;
  paid: number;
  /** What it gave to the balance, less what its refunds took from there. */
  freed: number;
  back: Map<number, { base: number; amount: number }>;
};

const keptCredit = ({ prepaid, total, credited }: Known) => Math.min(prepaid, total - credited);
const asked = (one: Known) => {
  const rest = one.total - one.credited - keptCredit(one);
  return one.step === 0 ? rest : Math.floor(rest / one.step + 0.5) * one.step;
};
const isVoid = ({ total, credited }: Known) => credited === total;

type Wallet = { key: string; customerId: string; currency: string };

class World {
  readonly invoices: Known[] = [];
  private balance = 0;
  /** What came in from outside, less what went out. */
  private received = 0;
  protected readonly wallet: Wallet;

  constructor(wallet: Wallet) {
    this.wallet = wallet;
  }

  add({ id, total, prepaid, rounding, taxes }: Answer["body"]): void {
    const step = cents(rounding ?? 0);
    const charged = { id, total: cents(total), prepaid: cents(prepaid), step, taxes };
    this.invoices.push({ ...charged, credited: 0, paid: 0, freed: 0, back: new Map() });
  }

  private post(path: string, body: object) {
    return call(this.wallet.key, "POST", `/api/${path}`, body);
  }

  private async read(path: string) {
    return (await call(this.wallet.key, "GET", `/api/${path}`)).body;
  }

  private get customer() {
    return `customers/${this.wallet.customerId}`;
  }

  private send(act: Act, one: Known, given: Step): Promise<Answer> {
    const amount = text(given.cents);
    const { currency } = this.wallet;
    if (act === "payOut") return this.post(`${this.customer}/refund-balance`, { amount, currency });
    const invoice = (verb: string, body: object) => this.post(`invoices/${one.id}/${verb}`, body);
    if (act === "pay") return invoice("payments", { amount });
    if (act === "refund") return invoice("payments", { amount: `-${amount}` });
    if (act === "apply") return invoice("apply-balance", { amount });
    if (act === "applyAll") return invoice("apply-balance", {});
    if (act === "void") return invoice("void", { reason: act });
    const quantity = String((given.cents % 700) / 100);
    const part = act === "line" ? {} : act === "quantity" ? { quantity } : { amount };
    const lines = [{ position: given.position, ...part }];
    return invoice("credit", act === "rest" ? { reason: act } : { reason: act, lines });
  }

  async run(given: Step): Promise<void> {
    const one = this.invoices[given.which % this.invoices.length];
    if (!one) return;
    if (given.act === "race") return this.race(given);
    if (given.act === "bill") return this.bill();
    const expected = this.expected(given.act, one, given.cents);
    const answer = await this.send(given.act, one, given);
    if (expected) expect([given.act, answer.status]).toEqual([given.act, expected]);
    this.take(given.act, one, answer, given.cents);
    await this.check(one);
  }

  /** A new invoice that purchased credit pays in part; none of a world without a subscription. */
  protected bill(): Promise<void> {
    return Promise.resolve();
  }

  /** What the answer must be; null for a credit of parts, whose amounts the model does not know. */
  private expected(act: Act, one: Known, minor: number): number | null {
    const due = asked(one) - one.paid;
    switch (act) {
      case "pay":
        return isVoid(one) ? 409 : 201;
      case "refund":
        return minor <= one.paid + Math.min(one.freed, this.balance) ? 201 : 422;
      case "apply":
      case "applyAll":
        if (due === 0 || this.balance === 0) return 409;
        return act === "applyAll" || minor <= Math.min(due, this.balance) ? 201 : 422;
      case "payOut":
        return minor <= this.balance ? 201 : 422;
      case "void":
        return one.paid === 0 && one.credited === 0 ? 200 : 409;
      case "rest":
        return isVoid(one) ? 409 : 201;
      default:
        return isVoid(one) ? 409 : null;
    }
  }

  /** What an act that was done makes of the world. */
  private take(act: Act, one: Known, answer: Answer, minor: number): void {
    expect([200, 201, 409, 422]).toContain(answer.status);
    if (answer.status >= 400) return;
    if (act === "payOut") this.move(-minor, null);
    if (act === "payOut" || act === "refund") this.received -= minor;
    if (act === "pay") {
      this.received += minor;
      one.paid += minor;
    }
    if (act === "refund") {
      const drawn = Math.min(minor, one.freed, this.balance);
      this.move(-drawn, one);
      one.paid -= minor - drawn;
    }
    if (act === "apply" || act === "applyAll") {
      const applied = cents(answer.body.amount);
      this.move(-applied, null);
      one.paid += applied;
    }
    if (act === "void") this.give(one, one.total, one.taxes);
    if ((CREDITS as readonly Act[]).includes(act)) {
      expect(answer.body.total).toBeGreaterThan(0);
      this.give(one, cents(answer.body.total), answer.body.taxes);
    }
    this.settle(one);
  }

  private move(minor: number, freedBy: Known | null): void {
    this.balance += minor;
    if (freedBy) freedBy.freed += minor;
  }

  private give(one: Known, minor: number, taxes: Taxes): void {
    one.credited += minor;
    for (const { percent, base, amount } of taxes) {
      const sum = one.back.get(percent) ?? { base: 0, amount: 0 };
      one.back.set(percent, { base: sum.base + cents(base), amount: sum.amount + cents(amount) });
    }
  }

  /** What is paid beyond what an invoice asks is the customer's. */
  private settle(one: Known): void {
    const beyond = one.paid - asked(one);
    if (beyond <= 0) return;
    one.paid -= beyond;
    this.move(beyond, one);
  }

  /** Twenty at once: whatever their order, none may take what another took. */
  private async race(given: Step): Promise<void> {
    const writers = Array.from({ length: RACERS }, (_, i) => {
      const act = given.racers[i % given.racers.length] ?? "pay";
      const at = given.racers.length > 1 ? given.which + i : given.which;
      const one = this.invoices[at % this.invoices.length] as Known;
      const minor = act === "payOut" || act === "apply" ? Math.ceil(given.cents / 10) : given.cents;
      return { act, one, minor };
    });
    const answers = await Promise.all(
      writers.map(({ act, one, minor }) => this.send(act, one, { ...given, cents: minor })),
    );
    const done = writers.flatMap((writer, i) => {
      const answer = answers[i] as Answer;
      expect([200, 201, 409, 422]).toContain(answer.status);
      return answer.status < 400 ? [{ ...writer, answer }] : [];
    });
    const alike = new Set(writers.map(({ act }) => act)).size === 1;
    for (const { act, one, answer, minor } of done) {
      if (act === "refund" && !alike) this.received -= minor;
      else if (alike) this.take(act, one, answer, minor);
      else this.takeUnordered(act, one, answer, minor);
    }
    if (!alike) await this.reread();
    for (const one of this.invoices) await this.check(one);
  }

  /** Of a race of several acts the order is unknown: the sums are not. */
  private takeUnordered(act: Act, one: Known, { body }: Answer, minor: number): void {
    if (act === "pay") this.received += minor;
    if (act === "payOut") this.received -= minor;
    if (act === "void") this.give(one, one.total, one.taxes);
    if ((CREDITS as readonly Act[]).includes(act)) this.give(one, cents(body.total), body.taxes);
  }

  /** Where money stands after a race; that all of it is there, `check` says. */
  private async reread(): Promise<void> {
    this.balance = await this.held();
    const rows = await this.ledger();
    for (const one of this.invoices) {
      one.paid = cents((await this.read(`invoices/${one.id}`)).paid);
      const own = rows.filter((row) => row.invoice_id === one.id && row.kind !== "invoice_payment");
      one.freed = own.reduce((sum, row) => sum + cents(row.amount), 0);
    }
  }

  private async held(): Promise<number> {
    const { balances } = await this.read(this.customer);
    const { currency } = this.wallet;
    const found = balances.find((row: { currency: string }) => row.currency === currency);
    return cents(found?.amount ?? 0);
  }

  private async ledger() {
    const rows: { kind: string; amount: number; invoice_id: string | null }[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const query = `limit=200${cursor && `&cursor=${cursor}`}`;
      const page = await this.read(`${this.customer}/balance-transactions?${query}`);
      rows.push(...page.data);
      cursor = page.next_cursor;
    }
    return rows;
  }

  private async check(one: Known): Promise<void> {
    const body = await this.read(`invoices/${one.id}`);
    const due = asked(one) - one.paid;
    expect([cents(body.credited), cents(body.paid)]).toEqual([one.credited, one.paid]);
    expect(cents(body.amount_due)).toBe(due);
    expect(due).toBeGreaterThanOrEqual(0);
    const statuses = isVoid(one) ? ["void"] : due > 0 ? ["open", "overdue"] : ["paid"];
    expect(statuses).toContain(body.status);
    expect(one.credited).toBeLessThanOrEqual(one.total);
    for (const { percent, base, amount } of one.taxes) {
      const sum = one.back.get(percent) ?? { base: 0, amount: 0 };
      expect(sum.base).toBeLessThanOrEqual(cents(base));
      expect(sum.amount).toBeLessThanOrEqual(cents(amount));
      if (isVoid(one)) expect(sum).toEqual({ base: cents(base), amount: cents(amount) });
    }
    expect(await this.held()).toBe(this.balance);
    expect(this.balance).toBeGreaterThanOrEqual(0);
    const onInvoices = this.invoices.reduce((sum, { paid }) => sum + paid, 0);
    expect(onInvoices + this.balance).toBe(this.received);
  }

  /** Crediting the rest ends at zero; then all money can go back, to the cent. */
  async end(): Promise<void> {
    const rest = { which: 0, position: 1, cents: 1, racers: [] };
    for (const [which, one] of this.invoices.entries()) {
      if (!isVoid(one)) await this.run({ ...rest, act: "rest", which });
      expect([isVoid(one), one.paid]).toEqual([true, 0]);
      const payments = (await this.read(`invoices/${one.id}/payments`)).data;
      const sum = payments.reduce(
        (total: number, row: Answer["body"]) => total + cents(row.amount),
        0,
      );
      expect(sum).toBe(0);
    }
    const sum = (await this.ledger()).reduce((total, row) => total + cents(row.amount), 0);
    expect(sum).toBe(this.balance);
    if (sum > 0) await this.run({ ...rest, act: "payOut", cents: sum });
    expect([this.balance, this.received]).toEqual([0, 0]);
  }
}

type Subscribed = Awaited<ReturnType<typeof subscriber>>;

/** The operator's invoices to a subscriber, which purchased credit pays as far as it goes. */
class BilledWorld extends World {
  private granted = 0;
  private month = 1;
  private readonly tenant: Subscribed;
  private readonly grants: readonly number[];

  constructor(tenant: Subscribed, wallet: Wallet, grants: readonly number[]) {
    super(wallet);
    this.tenant = tenant;
    this.grants = grants;
  }

  protected override async bill(): Promise<void> {
    if (this.month > this.grants.length) return;
    const grant = this.grants[this.month - 1] ?? 1;
    const given = { tenant_id: this.tenant.tenantId, kind: "purchased", currency: "USD" };
    await call(this.wallet.key, "POST", "/api/credits", { ...given, amount: text(grant) });
    this.granted += grant;
    const there = this.left();
    this.month += 1;
    const month = String(this.month).padStart(2, "0");
    await moveTo(this.tenant, `2026-${month}-01T01:00:00Z`);
    const { body } = await call(this.tenant.key, "GET", "/api/invoices?limit=1");
    const invoice = await call(this.wallet.key, "GET", `/api/invoices/${body.data[0].id}`);
    this.add(invoice.body);
    const one = this.invoices.at(-1);
    expect(one?.prepaid).toBe(Math.min(one?.total ?? 0, there));
    await this.checkLeft();
  }

  private left(): number {
    return this.invoices.reduce((left, one) => left - keptCredit(one), this.granted);
  }

  private async checkLeft(): Promise<void> {
    const path = `/api/credits?tenant_id=${this.tenant.tenantId}`;
    const { body } = await call(this.wallet.key, "GET", path);
    const remaining = body.data.map((row: { remaining: number }) => cents(row.remaining));
    expect(Math.min(...remaining)).toBeGreaterThanOrEqual(0);
    expect(remaining.reduce((sum: number, minor: number) => sum + minor, 0)).toBe(this.left());
  }

  override async run(given: Step): Promise<void> {
    await super.run(given);
    await this.checkLeft();
  }

  async begin(): Promise<void> {
    await this.bill();
    await this.bill();
  }
}

describe("credit notes and balances against a model", () => {
  const steps = fc.array(step, { minLength: STEPS, maxLength: STEPS });

  it(
    "give back what was charged after any sequence of acts, and lose no money",
    async () => {
      const contents = fc.array(content, { minLength: 1, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(contents, steps, async (given, wanted) => {
          const pair = await makePair();
          const { customerId, issuer } = pair;
          const world = new World({ key: issuer.key, customerId, currency: "EUR" });
          for (const one of given) world.add(await final(pair, "invoices", one));
          for (const one of wanted) await world.run(one);
          await world.end();
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    },
    RUNS * 60_000,
  );

  it(
    "give purchased credit back to where it came from, once",
    async () => {
      const grants = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 2, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(grants, steps, async (given, wanted) => {
          const tenant = await subscriber("2026-01-01T00:00:00Z", { base_price: "33.33" });
          const { body } = await call(tenant.operator, "GET", "/api/tenant");
          const customerId = tenantCustomerId(body.id, tenant.tenantId);
          const wallet = { key: tenant.operator, customerId, currency: "USD" };
          const world = new BilledWorld(tenant, wallet, given);
          await world.begin();
          for (const one of wanted) await world.run(one);
          await world.end();
        }),
        { numRuns: Math.ceil(RUNS / 5), endOnFailure: true },
      );
    },
    RUNS * 60_000,
  );
});
