/**
 * How soon webhooks of a running server arrive at a real HTTP server. `npm run test:delivery` asks
 * for as many as its promises name; the suite for a few.
 */
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import { newState, type Served, serve } from "./command.ts";
import { type Peer, startPeer, until } from "./peer.ts";

const ALERTS = Number(process.env.DELIVERY_ALERTS ?? 16);
const DELIVERIES = Number(process.env.DELIVERY_WEBHOOKS ?? 40);
/** Enough for a ratio of percentiles to say something. */
const MANY = 1_000;
/** Both measurements by turns, so that they see the same machine. */
const ROUNDS = 4;
const LONG = { timeout: 900_000 };

function percentile95(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0;
}

type Made = { id: string; secret: string };
/** One that has answered its challenge, where it is the second of its host. */
async function addEndpoint(api: Api, url: string, events: string[]): Promise<Made> {
  const made = await api.call<Made>("POST", "/api/webhooks/endpoints", { url, events });
  await until(async () => {
    const path = `/api/webhooks/endpoints/${made.id}`;
    return (await api.call<{ status: string }>("GET", path)).status === "active";
  });
  return made;
}

/** What FREE includes. */
const INCLUDED = { api_calls: 1_000, quotes_generated: 10, invoices_generated: 5, storage_gb: 1 };
/** Of what is included: each step crosses one threshold. */
const STEPS = [0.8, 0.1, 0.1, 0.1];
const ALERTS_A_TENANT = Object.keys(INCLUDED).length * STEPS.length;

async function subscribedTenant({ url, operatorKey }: Served): Promise<Api> {
  const operator = apiAt(url, operatorKey);
  const made = await operator.call<{ id: string; key: string }>("POST", "/api/tenants", {
    name: "Alerted",
  });
  await operator.call("POST", "/api/subscriptions", {
    tenant_id: made.id,
    plan: "FREE",
    base_price: 0,
  });
  return apiAt(url, made.key);
}

/** How long each of a tenant's alerts took from the call that crossed its threshold. */
async function alertWaits(api: Api, peer: Peer): Promise<number[]> {
  const { secret } = await addEndpoint(api, `${peer.url}/ok`, ["usage.threshold_reached"]);
  const before = peer.taken.length;
  const waits: number[] = [];
  for (const [metric_name, included] of Object.entries(INCLUDED)) {
    for (const share of STEPS) {
      const seen = peer.taken.length;
      const beganMs = Date.now();
      const quantity = (included * share).toFixed(6);
      await api.call("POST", "/api/usage/record", { metric_name, quantity });
      await until(() => peer.taken.length > seen);
      waits.push((peer.taken.at(-1)?.atMs ?? 0) - beganMs);
    }
  }
  for (const { body, headers } of peer.taken.slice(before)) {
    new Webhook(secret).verify(body, headers);
  }
  return waits;
}

/** How long deliveries to the good endpoint took, each after one to the other. */
async function deliveryWaits(api: Api, peer: Peer, good: Made, other: Made): Promise<number[]> {
  const test = ({ id }: Made) =>
    api.call<{ event_id: string }>("POST", `/api/webhooks/endpoints/${id}/test`);
  const before = peer.of("ok").length;
  const sent = new Map<string, number>();
  for (let n = 0; n < DELIVERIES / ROUNDS; n++) {
    await test(other);
    const beganMs = Date.now();
    sent.set((await test(good)).event_id, beganMs);
  }
  const arrived = () => peer.of("ok").slice(before);
  const ids = () => new Set(arrived().map(({ headers }) => headers["webhook-id"] ?? ""));
  await until(() => ids().size >= sent.size, 60_000);
  const first = new Map(
    arrived()
      .reverse()
      .map(({ headers, atMs }) => [headers["webhook-id"], atMs]),
  );
  return [...sent].map(([id, beganMs]) => (first.get(id) ?? Infinity) - beganMs);
}

describe("webhooks", () => {
  it("tell of an alert within a second of the call that crossed it", LONG, async () => {
    const peer = await startPeer();
    const server = await serve(await newState());
    const waits: number[] = [];
    while (waits.length < ALERTS) {
      waits.push(...(await alertWaits(await subscribedTenant(server), peer)));
    }
    expect(waits.length % ALERTS_A_TENANT).toBe(0);
    const late = waits.filter((ms) => ms >= 1_000).length;
    console.info(`${waits.length} alerts: p95 ${percentile95(waits)} ms, ${late} over 1 s`);
    expect(percentile95(waits)).toBeLessThan(1_000);
  });

  it("reach a good endpoint as soon as ever while another one hangs", LONG, async () => {
    const peer = await startPeer();
    const server = await serve(await newState());
    const api = apiAt(server.url, server.demoKey);
    const elsewhere = await startPeer();
    const events = ["quote.accepted"];
    const good = await addEndpoint(api, `${peer.url}/ok`, events);
    // The same calls and deliveries in both: only what the other endpoint does with them differs.
    const quick = await addEndpoint(api, `${elsewhere.url}/ok`, events);
    const hanging = await addEndpoint(api, `${elsewhere.url}/hang`, events);
    const waits = { alone: [] as number[], beside: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      waits.alone.push(...(await deliveryWaits(api, peer, good, quick)));
      waits.beside.push(...(await deliveryWaits(api, peer, good, hanging)));
    }
    const [alone, beside] = [percentile95(waits.alone), percentile95(waits.beside)];
    const ratio = beside / alone;
    const figures = `p95 beside a quick one ${alone} ms, beside a hanging one ${beside} ms`;
    console.info(`${DELIVERIES} deliveries: ${figures}, ratio ${ratio.toFixed(2)}`);
    if (DELIVERIES >= MANY) expect(ratio).toBeLessThanOrEqual(1.2);
    else expect(beside).toBeLessThan(3_000);
  });
});
