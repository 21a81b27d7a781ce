/** A test tenant with a subscription, whose periods close while the server crashes. */
import { expect } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import type { Served } from "./command.ts";

const ISSUER = {
  legal_name: "Example Hosting Ltd",
  address: { lines: ["1 Example Street"], city: "London", country: "GB" },
};
const FIRST_YEAR = 2020;
const CALLS_A_MONTH = 1_500;
const MONTHLY_BASE = 5;

type Period = { document_id: string | null };

export class Subscriber {
  readonly #key: string;
  /** Periods that have ended on its clock. */
  months = 0;

  private constructor(key: string) {
    this.#key = key;
  }

  static async create({ url, operatorKey }: Served): Promise<Subscriber> {
    const operator = apiAt(url, operatorKey);
    await operator.call("PUT", "/api/issuer", ISSUER);
    const from = monthStart(0);
    const made = await operator.call<{ id: string; key: string }>("POST", "/api/tenants", {
      name: "Closing",
      mode: "test",
      clock: from,
    });
    await operator.call("POST", "/api/subscriptions", {
      tenant_id: made.id,
      plan: "FREE",
      billing_cycle: "monthly",
      start_date: from,
      base_price: MONTHLY_BASE,
    });
    return new Subscriber(made.key);
  }

  /** Uses the running month beyond what is included; safe to repeat. */
  async useMonth({ url }: Served): Promise<void> {
    await apiAt(url, this.#key).call("POST", "/api/usage/record", {
      id: `month-${this.months}`,
      metric_name: "api_calls",
      quantity: CALLS_A_MONTH,
    });
  }

  /** Moves the clock past the month's grace; a server that is gone meanwhile is no error. */
  async endMonth({ url }: Served): Promise<void> {
    const now = `${monthStart(this.months + 1).slice(0, 10)}T12:00:00Z`;
    const api = apiAt(url, this.#key);
    try {
      while (!(await api.call<{ done: boolean }>("POST", "/api/test-clock", { now })).done);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch throws one for a lost connection
    }
  }

  /** Each month has been closed once, with an invoice of its own over the same total. */
  async expectClosed({ url, operatorKey }: Served): Promise<void> {
    const api: Api = apiAt(url, this.#key);
    // The issuer reads: a tenant's own reads are calls, which its next invoice counts.
    const issuer = apiAt(url, operatorKey);
    const periods = await api.call<{ data: Period[] }>("GET", "/api/billing/periods?limit=100");
    const ids = periods.data.map(({ document_id }) => document_id);
    expect(ids).not.toContain(null);
    expect([new Set(ids).size, ids.length]).toEqual([this.months, this.months]);
    for (const id of ids) {
      const { total } = await issuer.call<{ total: number }>("GET", `/api/invoices/${id}`);
      expect(total).toBe(MONTHLY_BASE + 0.5); // 500 calls beyond 1,000 at 0.001
    }
  }
}

function monthStart(n: number): string {
  return new Date(Date.UTC(FIRST_YEAR, n, 1)).toISOString().replace(".000", "");
}
