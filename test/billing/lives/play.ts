/** Plays a life through the API, as an operator and its tenant would, on a test clock. */
import { expect } from "vitest";
import { type Answer, call, makeTenant, operatorKey } from "../../support/api.ts";
import type { Event, Life, Plan, Price, Step } from "./life.ts";
import { type Result, resultOf, sorted } from "./result.ts";

/** What the operator issues with, which the model is told. */
export type Issuer = { percent: string; zone: string };

/** A life on its way: its tenant, its plans' codes, and its subscription once there is one. */
export type Played = {
  life: Life;
  operator: string;
  key: string;
  tenant: string;
  issuer: Issuer;
  /** Made when they are used first. */
  plans: string[];
  subscription: string | null;
  imports: Map<string, string>;
  coupons: number;
};

// biome-ignore lint/suspicious/noExplicitAny: whatever the API answers is compared
type Any = any;

let made = 0;
let operatorsKey: Promise<string> | null = null;

/** A tenant with its metrics, and the life's plans. */
export async function begin(life: Life): Promise<Played> {
  const clock = new Date(life.clock).toISOString();
  operatorsKey ??= operatorKey();
  const operator = await operatorsKey;
  const { tenantId: tenant, key } = await makeTenant({ clock });
  const { body: issuer } = await ok(call(operator, "GET", "/api/issuer"));
  await Promise.all(
    // What is not declared is a sum.
    Object.entries(life.metrics).map(
      ([name, aggregation]) =>
        aggregation !== "sum" &&
        ok(
          call(key, "PUT", `/api/metrics/${name}`, {
            aggregation,
            ...(aggregation === "unique" ? { property: "who" } : {}),
          }),
        ),
    ),
  );
  return {
    life,
    operator,
    key,
    tenant,
    plans: [],
    issuer: { percent: String(issuer.tax.percent), zone: issuer.time_zone },
    subscription: null,
    imports: new Map(),
    coupons: 0,
  };
}

async function ok(answer: Promise<Answer>): Promise<Answer> {
  const { status, body } = await answer;
  expect([status, body?.detail, body?.errors]).toEqual([
    status < 300 ? status : 200,
    undefined,
    undefined,
  ]);
  return answer;
}

function planBody(life: Life, plan: Plan, code: string) {
  return {
    code,
    name: "Life",
    currency: life.currency,
    tax_inclusive: life.inclusive,
    usage_interval: life.usageInterval,
    [`base_price_${life.cycle}`]: plan.base,
    minimum_commitment: plan.minimum,
    minimum_invoice: plan.leastInvoice,
    grace_hours: plan.graceHours,
    finalize_zero: plan.finalizeZero,
    prices: plan.prices.map(priceBody),
  };
}

function priceBody(price: Price) {
  const { metric, included, hard, model } = price;
  const common = { metric_name: metric, included_quantity: included, hard_limit: hard, model };
  switch (price.model) {
    case "per_unit":
    case "flat":
      return { ...common, unit_price: price.rate };
    case "package":
      return { ...common, package_size: price.size, package_price: price.rate };
    default:
      return {
        ...common,
        tiers: price.tiers.map(({ upTo, rate, flat }) => ({
          up_to: upTo,
          unit_price: rate,
          flat_fee: flat,
        })),
      };
  }
}

async function planCode({ life, operator, plans }: Played, index: number): Promise<string> {
  const plan = life.plans[index];
  if (!plan) throw new RangeError(`no plan ${index}`);
  if (plans[index] === undefined) {
    const code = `LIFE-${Date.now()}-${++made}`;
    await ok(call(operator, "POST", "/api/plans", planBody(life, plan, code)));
    plans[index] = code;
  }
  return plans[index];
}

const time = (at: number) => new Date(at).toISOString();

function eventBody({ id, metric, quantity, at, value }: Event) {
  const metadata = { who: value };
  return { id, metric_name: metric, quantity, timestamp: time(at), metadata };
}

function capped(event: Event) {
  return { ...eventBody(event), ...(event.cap ? { cap: true } : {}) };
}

/** Takes a step; answers what the product said, in words that the model uses, too. */
export async function take(played: Played, step: Step): Promise<string> {
  switch (step.do) {
    case "record":
      return record(played, step.events);
    case "import":
      return importEvents(played, step.name, step.events);
    case "preview":
      return preview(played);
    default:
      return (await isTaken(played, step)) ? "taken" : "refused";
  }
}

/** Each event's status, and the thresholds that it crossed. */
async function record({ key }: Played, events: Event[]): Promise<string> {
  const { body } = await ok(call(key, "POST", "/api/usage/events", events.map(capped)));
  const alerts: Any[] = [...body.alerts];
  const texts = body.results.map(({ status, id, quantity }: Any) => {
    const whole = events.some((event) => event.id === id && Number(event.quantity) === quantity);
    const taken = status === 201 && quantity !== undefined && !whole;
    const crossed = status === 201 ? alerts.filter(({ event_id }) => event_id === id) : [];
    return [
      taken ? `201 (${quantity})` : status,
      ...crossed.map(({ threshold_percent }) => threshold_percent),
    ].join(" ");
  });
  return texts.join(", ");
}

async function isTaken(
  played: Played,
  step: Exclude<Step, { do: "record" | "import" | "preview" }>,
): Promise<boolean> {
  const { life, operator, tenant } = played;
  const owner = `tenant_id=${tenant}`;
  const accepted = async (answer: Promise<Answer>) => {
    const { status, body } = await answer;
    if (status >= 500) throw new Error(`${JSON.stringify(step)}: ${JSON.stringify(body)}`);
    return status < 300;
  };
  const act = (verb: string, body: object = {}) =>
    played.subscription === null
      ? Promise.resolve(false)
      : accepted(call(operator, "POST", `/api/subscriptions/${played.subscription}/${verb}`, body));
  switch (step.do) {
    case "move":
      return moveTo(played, step.to);
    case "void":
      return accepted(call(operator, "POST", `/api/usage/events/${step.id}/void?${owner}`));
    case "revert": {
      const id = played.imports.get(step.name);
      if (id === undefined) return false;
      await ok(call(operator, "POST", `/api/usage/imports/${id}/revert?${owner}`));
      return true;
    }
    case "subscribe": {
      const answer = await ok(
        call(operator, "POST", "/api/subscriptions", {
          tenant_id: tenant,
          plan: await planCode(played, step.plan),
          seats: step.seats,
          billing_cycle: life.cycle,
          anchor: life.calendar ? "calendar" : "anniversary",
          time_zone: life.zone,
          start_date: time(step.start),
          base_timing: life.advance ? "advance" : "arrears",
          ...(step.trialEnd === null ? {} : { trial_end: time(step.trialEnd) }),
        }),
      );
      played.subscription = answer.body.id;
      return true;
    }
    case "change":
      return act("change-plan", {
        ...(step.plan === null ? {} : { plan: await planCode(played, step.plan) }),
        ...(step.base === null ? {} : { base_price: step.base }),
        ...(step.seats === null ? {} : { seats: step.seats }),
        when: step.when,
      });
    case "cancel":
      return act("cancel", { when: step.when });
    case "resume":
      return act("resume");
    case "zone":
      return act("change-zone", { time_zone: step.zone });
    case "coupon":
      return played.subscription === null ? false : redeem(played, step, act);
    case "credit":
      return accepted(
        call(operator, "POST", "/api/credits", {
          tenant_id: tenant,
          kind: step.kind,
          amount: step.amount,
          currency: life.currency,
          ...(step.expires === null ? {} : { expires_at: time(step.expires) }),
        }),
      );
    case "tax": {
      const { percent, parts } = step.tax;
      const share = Number(percent) / parts.length;
      const components = parts.map((name) => ({ name, percent: share }));
      const tax = { category: "S", percent, components };
      return accepted(
        call(operator, "PATCH", `/api/customers/cus_ten_operator_${tenant}`, { tax }),
      );
    }
  }
}

async function preview({ key }: Played): Promise<string> {
  const { body } = await ok(call(key, "GET", "/api/billing/preview"));
  const { document, net, carried, discount, tax, total, prepaid } = body;
  return JSON.stringify({ document, net, carried, discount, tax, total, prepaid });
}

async function redeem(
  played: Played,
  { percent, amount, periods }: Extract<Step, { do: "coupon" }>,
  act: (verb: string, body: object) => Promise<boolean>,
): Promise<boolean> {
  const code = `LIFE-${Date.now()}-${++made}`;
  const value = percent === null ? { amount, currency: played.life.currency } : { percent };
  const body = { code, name: "Less", ...value, ...(periods === null ? {} : { periods }) };
  await ok(call(played.operator, "POST", "/api/coupons", body));
  return act("coupons", { code });
}

async function importEvents(
  { operator, tenant, imports }: Played,
  name: string,
  events: Event[],
): Promise<string> {
  const post = (path: string, body?: object) =>
    ok(call(operator, "POST", `/api/usage/imports${path}?tenant_id=${tenant}`, body));
  const { id } = (await post("", { name })).body;
  imports.set(name, id);
  await post(`/${id}/events`, { events: events.map(eventBody) });
  const { body } = await post(`/${id}/commit`);
  expect(body.done).toBe(true);
  return `${body.refused} refused`;
}

async function moveTo({ key }: Played, at: number): Promise<boolean> {
  for (;;) {
    const { body } = await ok(call(key, "POST", "/api/test-clock", { now: time(at) }));
    expect(body.failed).toEqual([]);
    if (body.done) return true;
  }
}

/** What the product came to. */
export async function productResult({ operator, key, subscription }: Played): Promise<Result> {
  const list = async (path: string): Promise<Any[]> =>
    (await ok(call(key, "GET", `${path}${path.includes("?") ? "&" : "?"}limit=100`))).body.data;
  const [periods, invoices, notes, credits] = await Promise.all(
    ["/api/billing/periods", "/api/invoices", "/api/credit-notes", "/api/credits"].map(list),
  );
  const documents = await Promise.all(
    [
      ...(invoices ?? []).map(({ id }) => `/api/invoices/${id}`),
      ...(notes ?? []).map(({ id }) => `/api/credit-notes/${id}`),
    ].map(async (path) => (await ok(call(operator, "GET", path))).body),
  );
  insistNumbered(documents);
  const byId = new Map(documents.map((document) => [document.id, document]));
  const own = (periods ?? []).filter((period) => period.subscription_id === subscription);
  return resultOf({
    periods: own
      .sort((a, b) => a.number - b.number)
      .map((period) => ({
        number: period.number,
        kind: period.kind,
        start: period.start,
        end: period.end,
        closed: period.closed_at,
        net: period.net,
        document: nameOf(byId.get(period.document_id)),
        lines: linesOf(period.lines),
      })),
    documents: documents.map((one) => ({
      kind: one.kind,
      issued: one.issue_date,
      period: one.period,
      total: one.total,
      net: one.net,
      tax: one.tax,
      origin: byId.get(one.origin_id)?.total ?? null,
      prepaid: one.prepaid,
      credited: one.credited,
      lines: sorted(
        one.lines.map(({ amount, tax, period }: Any) => ({
          amount,
          percent: tax.percent,
          from: period.start,
          to: period.end,
        })),
      ),
      discounts: sorted(one.adjustments.map(({ amount }: Any) => ({ amount }))),
      taxes: sorted(one.taxes.map(({ percent, base, amount }: Any) => ({ percent, base, amount }))),
    })),
    credits: (credits ?? []).map(({ kind, expires_at, amount, remaining }) => ({
      kind,
      expires: expires_at,
      amount,
      left: remaining,
    })),
  });
}

function nameOf(document: Any): string | null {
  return document === undefined ? null : `${document.kind} ${document.total}`;
}

function linesOf(lines: Any[]): object[] {
  return sorted(
    lines.map((line) => ({
      kind: line.kind,
      metric: line.metric_name,
      quantity: line.quantity,
      unit_price: line.unit_price,
      flat_fee: line.flat_fee,
      amount: line.amount,
      start: line.start,
      end: line.end,
      tier: line.tier,
    })),
  );
}

/** Each kind's numbers of a year go from 1 without a gap, and their days never back. */
function insistNumbered(documents: Any[]): void {
  const series = Map.groupBy(
    documents,
    ({ kind, issue_date }) => `${kind} ${issue_date.slice(0, 4)}`,
  );
  for (const [name, members] of series) {
    const order = members.map(({ number, issue_date }) => ({
      n: Number(/\d+$/.exec(number)?.[0]),
      day: issue_date,
    }));
    order.sort((a, b) => a.n - b.n);
    expect([name, order.map(({ n }) => n)]).toEqual([name, order.map((_, i) => i + 1)]);
    expect(order.map(({ day }) => day).sort()).toEqual(order.map(({ day }) => day));
  }
}
