/**
 * Sequences of what is done with an invoice, against a model that knows of each line only what was
 * charged: credit lines, quantities, amounts, the rest; void, pay, refund, purchased credit.
 */
import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { call, type TestTenant } from "../../support/api.ts";
import { listed, moveTo, record, type Subscriber, subscriber } from "../../support/billing.ts";
import { final, makePair } from "../api.ts";

/** The long form: `MODEL_RUNS=500 MODEL_STEPS=50 npx vitest run lifecycle/credit-model.test.ts`. */
const LENGTH = env as unknown as { MODEL_RUNS: string; MODEL_STEPS: string };
const STEPS = Number(LENGTH.MODEL_STEPS);
/** Few in `npm test`, where the meter's are 25: a step here is a batch of D1 or twenty. */
const RUNS = Number(LENGTH.MODEL_RUNS) <= 25 ? 3 : Number(LENGTH.MODEL_RUNS);

const command = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      act: fc.constantFrom("line" as const, "quantity" as const, "amount" as const),
      position: fc.integer({ min: 1, max: 4 }),
      cents: fc.integer({ min: 1, max: 9_000 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constantFrom("pay" as const, "refund" as const),
      cents: fc.integer({ min: 1, max: 30_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constantFrom("rest" as const, "void" as const, "race" as const),
    }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

const cents = (amount: number) => Math.round(amount * 100);
const price = fc.integer({ min: 10, max: 99_999 }).map((n) => (n / 1000).toFixed(3));
const invoice = fc.record({
  currency: fc.constant("EUR"),
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

class Run {
  private credited = 0;
  private paid = 0;
  private notes = 0;
  private readonly taxes = new Map<number, { base: number; amount: number }>();
  private readonly key: string;
  private readonly invoice: { id: string; total: number; prepaid: number; taxes: Taxes };
  /** What a purchased credit that paid for the invoice has left; null where there is none. */
  private readonly balance: (() => Promise<number>) | null;

  constructor(
    issuer: Pick<TestTenant, "key">,
    invoice: Run["invoice"],
    balance: Run["balance"] = null,
  ) {
    this.key = issuer.key;
    this.invoice = invoice;
    this.balance = balance;
  }

  private post(verb: string, body: object) {
    return call(this.key, "POST", `/api/invoices/${this.invoice.id}/${verb}`, body);
  }

  private get total() {
    return cents(this.invoice.total);
  }
  private get whole() {
    return this.credited === this.total;
  }

  async run(given: Command): Promise<void> {
    if (given.act === "pay" || given.act === "refund") return this.pay(given.act, given.cents);
    if (given.act === "void") return this.void();
    if (given.act === "race") return this.race();
    const answer = await this.post("credit", this.body(given));
    const nothing = this.whole;
    if (nothing || given.act === "rest") expect(answer.status).toBe(nothing ? 409 : 201);
    this.note(answer);
    await this.check();
  }

  private body(given: Command) {
    if (!("position" in given)) return { reason: "Rest" };
    const { act, position } = given;
    const amount = (given.cents / 100).toFixed(2);
    const quantity = String((given.cents % 700) / 100);
    const part = act === "line" ? {} : act === "quantity" ? { quantity } : { amount };
    return { reason: act, lines: [{ position, ...part }] };
  }

  private note({ status, body }: Awaited<ReturnType<typeof call>>): void {
    expect([201, 409, 422]).toContain(status);
    if (status !== 201) return;
    this.notes += 1;
    this.credited += cents(body.total);
    expect(body.total).toBeGreaterThan(0);
    for (const { percent, base, amount } of body.taxes as Taxes) {
      const sum = this.taxes.get(percent) ?? { base: 0, amount: 0 };
      this.taxes.set(percent, {
        base: sum.base + cents(base),
        amount: sum.amount + cents(amount),
      });
    }
  }

  private async pay(act: "pay" | "refund", sum: number): Promise<void> {
    const minor = act === "pay" ? sum : -sum;
    const wasVoid = this.whole && this.paid === 0;
    const { status } = await this.post("payments", { amount: (minor / 100).toFixed(2) });
    const possible = !wasVoid && this.paid + minor >= 0;
    expect(status).toBe(possible ? 201 : wasVoid ? 409 : 422);
    if (possible) this.paid += minor;
    await this.check();
  }

  private async void(): Promise<void> {
    const possible = this.paid === 0 && this.credited === 0;
    const { status, body } = await this.post("void", { reason: "Void" });
    expect(status).toBe(possible ? 200 : 409);
    if (status !== 200) return this.check();
    this.notes += 1;
    this.credited = cents(body.credited);
    for (const { percent, base, amount } of this.invoice.taxes) {
      this.taxes.set(percent, { base: cents(base), amount: cents(amount) });
    }
    await this.check();
  }

  /** Twenty at once, for a unit, a line and the rest: none may take what another took. */
  private async race(): Promise<void> {
    const bodies = Array.from(
      { length: 20 },
      (_, i) =>
        [
          { reason: "Race", lines: [{ position: 1, quantity: "0.1" }] },
          { reason: "Race", lines: [{ position: 1 }] },
          { reason: "Race" },
        ][i % 3],
    );
    const answers = await Promise.all(bodies.map((body) => this.post("credit", body ?? {})));
    for (const answer of answers) this.note(answer);
    await this.check();
  }

  private async check(): Promise<void> {
    const { body } = await call(this.key, "GET", `/api/invoices/${this.invoice.id}`);
    const total = this.total;
    expect([cents(body.credited), cents(body.paid)]).toEqual([this.credited, this.paid]);
    expect(this.credited).toBeLessThanOrEqual(total);
    const prepaid = this.whole ? 0 : cents(this.invoice.prepaid);
    const open = total - prepaid - this.credited - this.paid;
    const isVoid = this.whole && this.paid === 0;
    expect(body.status).toBe(isVoid ? "void" : open > 0 ? "open" : "paid");
    expect(cents(body.amount_due)).toBe(isVoid ? 0 : open);
    for (const { percent, base, amount } of this.invoice.taxes) {
      const sum = this.taxes.get(percent) ?? { base: 0, amount: 0 };
      expect(sum.base).toBeLessThanOrEqual(cents(base));
      expect(sum.amount).toBeLessThanOrEqual(cents(amount));
      if (this.whole) expect(sum).toEqual({ base: cents(base), amount: cents(amount) });
    }
    if (this.balance) {
      expect(await this.balance()).toBe(this.whole ? cents(this.invoice.prepaid) : 0);
    }
  }

  async end(): Promise<void> {
    if (!this.whole) await this.run({ act: "rest" });
    expect(this.whole).toBe(true);
    if (this.paid > 0) await this.pay("refund", this.paid);
  }
}

async function balanceOf({ operator, tenantId }: Subscriber): Promise<number> {
  const { body } = await call(operator, "GET", `/api/credits?tenant_id=${tenantId}`);
  return cents(body.data[0].remaining);
}

describe("credit notes against a model", () => {
  const commands = fc.array(command, { minLength: Math.ceil(STEPS / 2), maxLength: STEPS });

  it(
    "give back what was charged after any sequence of commands",
    async () => {
      const pair = await makePair();
      await fc.assert(
        fc.asyncProperty(invoice, commands, async (given, wanted) => {
          const run = new Run(pair.issuer, await final(pair, "invoices", given));
          for (const one of wanted) await run.run(one);
          await run.end();
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    },
    RUNS * 60_000,
  );

  it(
    "give purchased credit back to its balance, once",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 8_000 }), commands, async (spent, wanted) => {
          const tenant = await subscriber("2026-01-01T00:00:00Z", { base_price: "33.33" });
          const grant = { tenant_id: tenant.tenantId, kind: "purchased", currency: "USD" };
          const amount = (Math.min(spent, 3_333) / 100).toFixed(2);
          await call(tenant.operator, "POST", "/api/credits", { ...grant, amount });
          await record(tenant, 12_345);
          await moveTo(tenant, "2026-02-01T01:00:00Z");
          const [{ id }] = await listed(tenant, "/api/invoices");
          const { body } = await call(tenant.operator, "GET", `/api/invoices/${id}`);
          const run = new Run({ key: tenant.operator }, body, () => balanceOf(tenant));
          for (const one of wanted) await run.run(one);
          await run.end();
        }),
        { numRuns: Math.ceil(RUNS / 2), endOnFailure: true },
      );
    },
    RUNS * 60_000,
  );
});
