/**
 * Batches over tenants: 5,000 events of a request with the operator's key, by how many tenants
 * they name, beside hello and beside the same batch of one tenant with its own key. Rates are of
 * what was acknowledged; that all of it is stored, tenant by tenant, is asked after the clock.
 */
import { randomUUID } from "node:crypto";
import { apiAt } from "../scripts/lib/api.ts";
import { median } from "./large.ts";
import { requestBytes, runLoad } from "./load.ts";
import { METRIC, type Product, USERS } from "./product.ts";
import { scaled } from "./rates.ts";

const EVENTS = 5_000;
const CONNECTIONS = 4;
const HELLOS = 20_000;
const HELLO_CONNECTIONS = 64;
const ROUNDS = 3;
const LONG_AGO = "2000-01-01T00:00:00Z";

/** Batches of a round by how many tenants they name. */
export const FLEETS = { 1: 40, 10: 40, 100: 10, 1000: 2 } as const;
export type FleetSize = keyof typeof FLEETS;
export const FLEET_SIZES = Object.keys(FLEETS).map(Number) as FleetSize[];

/** Events acknowledged a second, as ratios of a round. */
export type Across = Record<FleetSize, { toHello: number; toOneTenant: number }>;

/** The medians of some rounds. */
export async function measureAcross(
  product: Product,
  scale: number,
  say: (text: string) => void,
): Promise<Across> {
  const one = await product.createTenant();
  const fleets = {} as Record<FleetSize, Fleet>;
  for (const size of FLEET_SIZES) fleets[size] = await Fleet.make(product, size);
  const rounds: Across[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const hello = await helloRate(product, scale);
    const plain = await rateOf(
      product,
      copies(scaled(FLEETS[1], scale), () => one.batch(EVENTS)),
    );
    const ratios = {} as Across;
    for (const size of FLEET_SIZES) {
      const requests = copies(scaled(FLEETS[size], scale), () => fleets[size].batch());
      const rate = await rateOf(product, requests);
      say(`${EVENTS} events over ${size} tenants: ${Math.round(rate).toLocaleString("en")}/s`);
      ratios[size] = { toHello: rate / hello, toOneTenant: rate / plain };
    }
    rounds.push(ratios);
  }
  await one.expectStored();
  for (const size of FLEET_SIZES) await fleets[size].expectStored();
  const middle = (size: FleetSize, of: "toHello" | "toOneTenant") =>
    median(rounds.map((round) => round[size][of]));
  return Object.fromEntries(
    FLEET_SIZES.map((size) => [
      size,
      { toHello: middle(size, "toHello"), toOneTenant: middle(size, "toOneTenant") },
    ]),
  ) as Across;
}

function copies(count: number, make: () => Buffer): Buffer[] {
  return Array.from({ length: count }, make);
}

async function helloRate({ baseline }: Product, scale: number): Promise<number> {
  const hello = requestBytes(new URL(`${baseline}/hello`), { method: "GET" });
  let left = scaled(HELLOS, scale);
  const next = () => (left-- > 0 ? hello : null);
  const connections = HELLO_CONNECTIONS;
  return scaled(HELLOS, scale) / (await runLoad({ url: baseline, connections, next }));
}

async function rateOf({ url }: Product, requests: Buffer[]): Promise<number> {
  let i = 0;
  const next = () => requests[i++] ?? null;
  return (requests.length * EVENTS) / (await runLoad({ url, connections: CONNECTIONS, next }));
}

/** Some tenants that the operator names by ids of its own. */
class Fleet {
  readonly #product: Product;
  readonly #names: readonly string[];
  #sent = 0;

  private constructor(product: Product, names: readonly string[]) {
    this.#product = product;
    this.#names = names;
  }

  /** Makes the tenants and their objects. */
  static async make(product: Product, size: number): Promise<Fleet> {
    const operator = apiAt(product.url, product.operator);
    const names = Array.from({ length: size }, (_, i) => `fleet-${size}-${i}`);
    for (const name of names) await operator.call("PUT", `/api/tenants/${name}`, { name });
    const fleet = new Fleet(product, names);
    await rateOf(product, [fleet.batch()]);
    return fleet;
  }

  batch(): Buffer {
    const items = Array.from({ length: EVENTS }, () => ({
      tenant: this.#names[this.#sent++ % this.#names.length],
      id: randomUUID(),
      metric_name: METRIC,
      quantity: 1,
      user_id: `user-${Math.floor(Math.random() * USERS)}`,
    }));
    const headers = { authorization: `Bearer ${this.#product.operator}` };
    const url = new URL("/api/usage/events", this.#product.url);
    return requestBytes(url, { method: "POST", headers, body: JSON.stringify(items) });
  }

  /** Errors: one where a tenant has not what was sent of it. */
  async expectStored(): Promise<void> {
    const { url, operator } = this.#product;
    type Summary = { metrics: { event_count: number }[] };
    for (const [i, name] of this.#names.entries()) {
      const path = `/api/usage/summary?metric_name=${METRIC}&start_date=${LONG_AGO}`;
      const headers = { authorization: `Bearer ${operator}`, "boxcost-tenant": name };
      const answer = await fetch(url + path, { headers });
      const { metrics } = (await answer.json()) as Summary;
      const size = this.#names.length;
      const sent = Math.floor(this.#sent / size) + (i < this.#sent % size ? 1 : 0);
      const stored = metrics[0]?.event_count ?? 0;
      if (stored !== sent) throw new Error(`sent ${sent} events of ${name}, stored ${stored}`);
    }
  }
}
