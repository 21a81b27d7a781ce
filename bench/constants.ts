/**
 * What `npm run simulate` computes with, measured: rows, bytes, messages and CPU of each thing that
 * an installation does. Writes `bench/constants.json`. CPU is that of the whole local runtime, the
 * least of some rounds; D1's time is what a drain's object saw, the mean of the quickest tenth.
 */
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiAt } from "../scripts/lib/api.ts";
import { ROOT } from "../scripts/lib/build.ts";
import { addReceiver, eventually } from "../scripts/lib/receiver.ts";
import { CONSTANT_NAMES, type Constants } from "../scripts/lib/simulate/constants.ts";
import type { Counts } from "./count.ts";
import { runLoad } from "./load.ts";
import { cpuMs, untilQuiet } from "./process.ts";
import { METRIC, type Product, startProduct, Tenant } from "./product.ts";
import { scaled } from "./rates.ts";
import { type Stored, storedIn } from "./stored.ts";
import { makeDue, measureSweep } from "./sweep.ts";
import { difference, type Used, usedBy } from "./used.ts";

const FILE = join(ROOT, "bench/constants.json");
const ROUNDS = 3;
/** Events of a round by the size of its requests. */
const EVENTS = { 1: 2_000, 100: 40_000, 1000: 200_000, 5000: 400_000 } as const;
type Size = keyof typeof EVENTS;
const SIZES = Object.keys(EVENTS).map(Number) as Size[];
const FLEET = 200;
const ALONE = 50;
const DOCUMENTS = 100;
const DUE_SCALE = 0.02;
/** A drain by the alarm, and the alarm after it. */
const TWO_ALARMS_MS = 24_000;
const IDLE_MS = 3_000;
/** What FREE includes, in steps that cross one threshold each. */
const INCLUDED = { api_calls: 1_000, quotes_generated: 10, invoices_generated: 5, storage_gb: 1 };
const STEPS = [0.8, 0.1, 0.1, 0.1];

type Say = (text: string) => void;
/** Measures all of them and writes the file; answers what it wrote. */
export async function measureConstants(scale: number, machine: string, say: Say) {
  const product = await startProduct();
  await product.counts();
  const sizes = {} as Record<Size, PerSize>;
  for (const size of SIZES) {
    sizes[size] = await measureSize(product, size, scale);
    say(`by ${size}: ${sizes[size].cpuUs.toFixed(2)} µs an event`);
  }
  const small = await measureSmallDrains(product);
  say(`a drain of one event: ${Math.round(small.cpuUs)} µs`);
  // Before there are invoices, whose own reminders it would wait for.
  const due = await measureDue(product, scale, say);
  const alert = await measureAlerts(product, scale);
  const papers = await measureDocuments(product, scale);
  say(`a document: ${Math.round(papers.cpu_us_per_document)} µs`);
  await product.close();
  const stored = storedIn(product.stateDir);
  const constants: Constants = {
    ...sizeConstants(sizes, stored),
    ...smallConstants(small, stored),
    ...alert,
    ...papers,
    ...due,
  };
  for (const name of CONSTANT_NAMES) constants[name] = Number(constants[name].toPrecision(4));
  const date = new Date().toISOString().slice(0, 10);
  const file = { measured: { date, machine, node: process.version, scale }, constants };
  writeFileSync(FILE, `${JSON.stringify(file, null, 2)}\n`);
  say(`written to ${FILE}`);
  return constants;
}

/** The same of several rounds: the least CPU, and all counts. */
type Rounds = { cpu: number; all: Used[] };

async function inRounds(work: () => Promise<Used>): Promise<Rounds> {
  const all: Used[] = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await work());
  return { cpu: Math.min(...all.map(({ cpu }) => cpu)), all };
}

function sum({ all }: Rounds, of: (counted: Counts) => number): number {
  return all.reduce((total, { counted }) => total + of(counted), 0);
}

/** The mean of the quickest tenth: what else the machine did is in the others. */
function quickest({ all }: Rounds): number {
  const sorted = all.flatMap(({ counted }) => counted.drainMs).toSorted((a, b) => a - b);
  const tenth = sorted.slice(0, Math.ceil(sorted.length / 10));
  return tenth.reduce((total, ms) => total + ms, 0) / tenth.length;
}

type PerSize = { cpuUs: number; requests: number; events: number; rounds: Rounds };

/** One request after the other: what no group commit makes cheaper. */
async function measureSize(product: Product, size: Size, scale: number): Promise<PerSize> {
  const tenant = await product.createTenant();
  const requests = Math.ceil(scaled(EVENTS[size], scale) / size);
  const send = async (of: readonly Buffer[]) => {
    let i = 0;
    await runLoad({ url: product.url, connections: 1, next: () => of[i++] ?? null });
    await tenant.expectStored();
  };
  const make = () => (size === 1 ? tenant.single() : tenant.batch(size));
  await send([make()]); // its object has started
  const rounds = await inRounds(async () => {
    const of = Array.from({ length: requests }, make);
    return usedBy(product, () => send(of));
  });
  const events = requests * size;
  return { cpuUs: (rounds.cpu * 1_000) / events, requests, events, rounds };
}

function sizeConstants(sizes: Record<Size, PerSize>, stored: Stored) {
  const [thousand, full] = [sizes[1000], sizes[5000]];
  const drains = sum(full.rounds, (counted) => counted.drains);
  const events = full.events * ROUNDS;
  const perDrain = (of: (counted: Counts) => number) => sum(full.rounds, of) / drains;
  return {
    cpu_us_per_event_1: sizes[1].cpuUs,
    cpu_us_per_event_100: sizes[100].cpuUs,
    cpu_us_per_event_1000: thousand.cpuUs,
    cpu_us_per_event_5000: full.cpuUs,
    object_rows_per_commit:
      sum(thousand.rounds, ({ logRows }) => logRows) / (thousand.requests * ROUNDS),
    object_rows_per_event: sum(full.rounds, ({ identityRows }) => identityRows) / events,
    object_rows_per_full_drain: perDrain(({ otherRows }) => otherRows),
    object_alarms_per_full_drain: perDrain(({ alarms }) => alarms),
    events_per_full_drain: events / drains,
    d1_rows_per_full_drain: perDrain(({ drainRows }) => drainRows),
    d1_rows_per_event: sum(full.rounds, ({ seriesRows }) => seriesRows) / events,
    d1_ms_per_full_drain: quickest(full.rounds),
    object_id_bytes: stored.idBytes,
    object_log_bytes: stored.logBytes,
    object_filter_bytes: stored.filterBytes,
    d1_bytes_per_event: stored.seriesBytes,
    segment_bytes_per_event: stored.bodyBytes,
  };
}

type Small = { cpuUs: number; aloneMs: number; drains: number; rounds: Rounds };

/** An event for each of many tenants, which their alarms drain. */
async function measureSmallDrains(product: Product): Promise<Small> {
  const operator = apiAt(product.url, product.operator);
  const names = Array.from({ length: FLEET }, (_, i) => `small-${i}`);
  for (const name of names) await operator.call("PUT", `/api/tenants/${name}`, { name });
  const record = async () => {
    const items = names.map((tenant) => ({
      tenant,
      id: randomUUID(),
      metric_name: METRIC,
      quantity: 1,
      user_id: "user-1",
    }));
    await operator.call("POST", "/api/usage/events", items);
  };
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  await record();
  await wait(TWO_ALARMS_MS);
  await untilQuiet(product.runtimePid);
  const idleBefore = cpuMs(product.runtimePid);
  await wait(IDLE_MS);
  const idle = (cpuMs(product.runtimePid) - idleBefore) / IDLE_MS;
  const rounds = await inRounds(async () => {
    await untilQuiet(product.runtimePid);
    const before = await product.counts();
    await record();
    const cpuBefore = cpuMs(product.runtimePid);
    await wait(TWO_ALARMS_MS);
    const cpu = cpuMs(product.runtimePid) - cpuBefore - idle * TWO_ALARMS_MS;
    return { cpu, counted: difference(await product.counts(), before) };
  });
  const drains = sum(rounds, (counted) => counted.drains);
  const aloneMs = quickest(await inRounds(() => usedBy(product, () => drainOneByOne(product))));
  if (drains < names.length * ROUNDS) throw new Error(`${drains} drains came of ${names.length}`);
  return { cpuUs: (rounds.cpu * 1_000) / names.length, aloneMs, drains, rounds };
}

/** Drains of an event that wait for no other: each read needs the event before it. */
async function drainOneByOne(product: Product): Promise<void> {
  const tenant = await product.createTenant();
  for (let i = 0; i < ALONE; i++) {
    const only = [tenant.single()];
    await runLoad({ url: product.url, connections: 1, next: () => only.pop() ?? null });
    await tenant.expectStored();
  }
}

function smallConstants({ cpuUs, aloneMs, drains, rounds }: Small, stored: Stored) {
  const perDrain = (of: (counted: Counts) => number) => sum(rounds, of) / drains;
  return {
    cpu_us_per_small_drain: cpuUs,
    object_rows_per_small_drain: perDrain(({ otherRows }) => otherRows),
    object_alarms_per_small_drain: perDrain(({ alarms }) => alarms),
    object_base_bytes: stored.baseBytes,
    d1_rows_per_small_drain: perDrain(({ drainRows }) => drainRows),
    d1_read_per_small_drain: perDrain(({ d1Read }) => d1Read),
    d1_ms_per_small_drain: aloneMs,
    d1_bytes_per_segment: stored.segmentBytes,
    d1_bytes_per_rollup: stored.rollupBytes,
    segment_bytes_of_one: stored.oneBytes,
  };
}

/** Each threshold crossed by an event of its own, nobody listening. */
async function measureAlerts(product: Product, scale: number) {
  const operator = apiAt(product.url, product.operator);
  const tenants: Tenant[] = [];
  const n = Math.max(2, scaled(10, scale));
  for (let i = 0; i < n * ROUNDS; i++) {
    const of = await operator.call<{ id: string; key: string }>("POST", "/api/tenants", {
      name: "Alerted",
    });
    const subscription = { tenant_id: of.id, plan: "FREE", base_price: 0 };
    await operator.call("POST", "/api/subscriptions", subscription);
    tenants.push(new Tenant(product.url, of));
  }
  const fire = async ({ api }: Tenant) => {
    for (const [metric_name, included] of Object.entries(INCLUDED)) {
      for (const share of STEPS) {
        const quantity = (included * share).toFixed(6);
        await api.call("POST", "/api/usage/record", { metric_name, quantity });
      }
    }
  };
  const rounds = await inRounds(() =>
    usedBy(product, async () => {
      for (const tenant of tenants.splice(0, n)) await fire(tenant);
    }),
  );
  const alerts = n * Object.keys(INCLUDED).length * STEPS.length;
  const each = (of: (counted: Counts) => number) => sum(rounds, of) / (alerts * ROUNDS);
  return {
    cpu_us_per_alert: (rounds.cpu * 1_000) / alerts,
    object_rows_per_alert: each(
      ({ logRows, identityRows, otherRows }) => logRows + identityRows + otherRows,
    ),
    d1_rows_per_alert: each(({ d1Written }) => d1Written),
    messages_per_alert: each(({ messages }) => messages.NEWS ?? 0),
  };
}

/** Invoices that are made, finalized and read as PDF; then with an endpoint that hears of it. */
async function measureDocuments(product: Product, scale: number) {
  const { api, key } = await product.createTenant();
  await api.call("PUT", "/api/issuer", {
    legal_name: "Acme Metering GmbH",
    address: { lines: ["Musterstraße 12"], city: "Berlin", postal_code: "10115", country: "DE" },
    vat_id: "DE123456788",
  });
  const customer = await api.call<{ id: string }>("POST", "/api/customers", {
    name: "Example Customer Ltd",
    address: { lines: ["1 High Street"], city: "London", postal_code: "SW1A 1AA", country: "GB" },
  });
  const n = Math.max(10, scaled(DOCUMENTS, scale));
  const line = { name: "Support seats", quantity: 1, unit_price: 120 };
  const lines = Array.from({ length: 20 }, () => line);
  const headers = { authorization: `Bearer ${key}` };
  const makeAll = async () => {
    for (let i = 0; i < n; i++) {
      const body = { customer_id: customer.id, lines };
      const { id } = await api.call<{ id: string }>("POST", "/api/invoices", body);
      await api.call("POST", `/api/invoices/${id}/finalize`);
      const pdf = await fetch(`${product.url}/api/pdf/invoice/${id}`, { headers });
      if (!pdf.ok) throw new Error(`a PDF was answered with ${pdf.status}`);
      await pdf.arrayBuffer();
    }
  };
  const alone = await inRounds(() => usedBy(product, makeAll));
  const receiver = await addReceiver(api, ["invoice.finalized"]);
  let heard = 0;
  const heardOf = await inRounds(() =>
    usedBy(product, async () => {
      await makeAll();
      heard += n;
      await eventually("a delivery", async () => (receiver.received.length >= heard ? 1 : null));
    }),
  );
  receiver.close();
  const all = n * ROUNDS;
  const each = (of: (counted: Counts) => number) => sum(alone, of) / all;
  const more = (of: (counted: Counts) => number) => (sum(heardOf, of) - sum(alone, of)) / all;
  return {
    cpu_us_per_document: (alone.cpu * 1_000) / n,
    d1_rows_per_document: each(({ d1Written }) => d1Written),
    d1_read_per_document: each(({ d1Read }) => d1Read),
    d1_bytes_per_document: each(({ d1Bytes }) => d1Bytes),
    messages_per_document: each(({ messages }) => messages.NEWS ?? 0),
    r2_writes_per_document: each(({ puts }) => puts),
    r2_reads_per_document: each(({ gets }) => gets),
    r2_bytes_per_document: each(({ putBytes }) => putBytes),
    cpu_us_per_webhook: Math.max(0, ((heardOf.cpu - alone.cpu) * 1_000) / n),
    d1_rows_per_webhook: more(({ d1Written }) => d1Written),
    messages_per_webhook: more(({ messages }) => deliveriesOf(messages)),
  };
}

function deliveriesOf({ DELIVERIES = 0, SLOW_DELIVERIES = 0 }: Counts["messages"]): number {
  return DELIVERIES + SLOW_DELIVERIES;
}

async function measureDue(product: Product, scale: number, say: Say) {
  const rows = await makeDue(product, DUE_SCALE * scale);
  const { cpu, counted } = await usedBy(product, () => measureSweep(product, rows, say));
  const messages = Object.values(counted.messages).reduce((total, each) => total + each, 0);
  return {
    cpu_us_per_due_row: (cpu * 1_000) / rows,
    d1_rows_per_due_row: counted.d1Written / rows,
    messages_per_due_row: messages / rows,
  };
}
