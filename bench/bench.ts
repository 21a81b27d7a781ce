/**
 * `npm run bench`: every performance promise as a ratio, measured in one run. Ratios carry over to
 * other machines, rates do not. Fails where a floor does not hold; `--scale 0.01` is a rehearsal,
 * `--only NAME` is a part.
 */
import { availableParallelism, cpus, totalmem } from "node:os";
import { readOptions } from "../scripts/lib/options.ts";
import { exitOnSignals, runCommand, UserError } from "../scripts/lib/process.ts";
import { type Across, FLEET_SIZES, type FleetSize, measureAcross } from "./across.ts";
import { type Cold, coldText, measureCold } from "./cold.ts";
import { measureConstants } from "./constants.ts";
import { type DocumentRates, documentText, measureDocuments } from "./documents.ts";
import { measureReads, measureSustained, median, type Reads, rateText } from "./large.ts";
import { type Ledgered, ledgerRatios, ledgersText, measureLedgers } from "./ledgers.ts";
import { measurePages, type PageCosts } from "./pages.ts";
import { type Product, startProduct, type Tenant } from "./product.ts";
import {
  type BatchRate,
  type BatchSize,
  HELD,
  type Highest,
  measureHighest,
  measureLatency,
  measureRound,
  PACES,
  type Pace,
  type Paced,
  type Round,
  SIZES,
} from "./rates.ts";
import { measureWorked, type Worked, workedText } from "./sweep.ts";
import { holds, max, min, printTargets, type Target, together } from "./target.ts";

const ROUNDS = 5;
const PARTS = ["usage", "latency", "tenants", "documents", "pages", "cold", "sweep", "ledgers"];
/** Only where it is asked for: it promises nothing, and writes a file. */
const CONSTANTS = "constants";

const USAGE = {
  command: "npm run bench",
  about:
    "Measures every performance promise as a ratio to bare Hono, an empty call of an object, one " +
    "that keeps a row, one D1 INSERT a request, node:sqlite, pdf-lib and a bare read of R2, in " +
    "one run; fails where a floor does not hold.",
  options: {
    only: {
      type: "string",
      value: "PART",
      about: `one part of it: ${PARTS.join(", ")}; ${CONSTANTS} writes bench/constants.json`,
    },
    scale: {
      type: "string",
      value: "X",
      default: "1",
      about: "above 0, at most 1; 0.01 rehearses",
    },
    runs: {
      type: "string",
      value: "N",
      default: "1",
      about: "whole runs, each with a product of its own: medians and ranges are told",
    },
    memory: {
      type: "boolean",
      default: false,
      about:
        "keeps what is stored in memory, so that no commit holds the local runtime's one thread " +
        "until a disk has it",
    },
    json: { type: "boolean", default: false, about: "prints only JSON" },
  },
  examples: ["npm run bench", "npm run bench -- --only usage --scale 0.01"],
} as const;

type Measured = { rounds: Round[]; sustained: BatchRate[]; reads: Reads };

/** Floors for what a call of an object costs, once for each tenant of a batch. */
const ACROSS: Record<FleetSize, { toHello: number; toOneTenant: number }> = {
  1: { toHello: 12, toOneTenant: 0.7 },
  10: { toHello: 10, toOneTenant: 0.5 },
  100: { toHello: 4, toOneTenant: 0.18 },
  1000: { toHello: 0.5, toOneTenant: 0.02 },
};

/**
 * How many times what a hello takes an acknowledgement may take, by pace. At a thousand a second a
 * drain into the ledger comes up each second, and the local runtime has one thread for it and for
 * who waits: that is the 99th percentile.
 */
type Slower = { p50: number; p99: number };
const SLOWER: Record<Pace, { single: Slower; later: Slower }> = {
  100: { single: { p50: 8, p99: 10 }, later: { p50: 8, p99: 10 } },
  1000: { single: { p50: 10, p99: 60 }, later: { p50: 30, p99: 60 } },
  5000: { single: { p50: 60, p99: 60 }, later: { p50: 150, p99: 150 } },
};
/** The part of a pace that has to be answered as it was asked. */
const REACHED = 0.97;
/** A single event beside bare Hono with one call of an object that does nothing. */
const SINGLE_TO_EMPTY_CALL = 0.4;
/**
 * Beside bare Hono with the same body and headers, and an object that keeps a row of each: what a
 * single event cannot do without. Calls that arrive together share a commit, so it is no slower.
 */
const SINGLE_TO_KEPT_ROW = 1.5;
/** Without the row: what the body costs on its way, by itself. */
const SINGLE_TO_PASSED_BODY = 0.5;
/** The highest rate that holds, beside that of such a call. */
const HIGHEST_TO_KEPT_ROW = 1;
/** The same for how long an acknowledgement takes at a thousand a second. */
const SLOWER_THAN_EMPTY_CALL = { p50: 4.5, p99: 4 };
/** And beside a call that keeps a row, which waits for the disk as an event does. */
const SLOWER_THAN_KEPT_ROW = { p50: 1.7, p99: 2 };
/** Milliseconds of pdf-lib's page in Helvetica on the machine that milliseconds are told for. */
const HELVETICA_MS = 3;
/** What a page of the dashboard may take of a processor. */
const PAGE_CPU_MS = 12;
/** Trips to D1 that a page may take, of ledgers beside the control database, too. */
const PAGE_TRIPS = 7;
/** The slowest of ten stretches of four million events beside the first, merges among them. */
const SLOWEST_STRETCH = 0.85;

await runCommand(async () => {
  exitOnSignals();
  const { values } = readOptions(USAGE);
  const scale = Number(values.scale);
  if (!(scale > 0 && scale <= 1)) throw new UserError("--scale takes a number above 0, at most 1");
  const { only } = values;
  if (only === CONSTANTS) {
    const constants = await measureConstants(scale, machine(), say);
    process.stdout.write(`${JSON.stringify(constants, null, 2)}\n`);
    process.exit(0);
  }
  if (only !== undefined && !PARTS.includes(only)) {
    throw new UserError(`--only takes ${[...PARTS, CONSTANTS].join(", ")}`);
  }
  const count = Number(values.runs);
  if (!(Number.isInteger(count) && count >= 1 && count <= 99)) {
    throw new UserError("--runs takes a whole number from 1 to 99");
  }
  say(environment());
  const runs: Record<string, Target>[] = [];
  for (let run = 1; run <= count; run++) {
    if (count > 1) say(`run ${run} of ${count}`);
    runs.push(await measureParts({ only, scale, inMemory: values.memory }));
  }
  const targets = together(runs);
  if (values.json) process.stdout.write(`${JSON.stringify(targets, null, 2)}\n`);
  else {
    console.log(`medians of ${ROUNDS} rounds; batches with the drain into the ledger`);
    printTargets(targets);
  }
  const broken = Object.values(targets).some((target) => !holds(target));
  process.exit(broken && scale === 1 ? 1 : 0);
});

type Measuring = { only: string | undefined; scale: number; inMemory: boolean };

async function measureParts({ only, scale, inMemory }: Measuring): Promise<Record<string, Target>> {
  const has = (part: string) => only === undefined || only === part;
  const product = await startProduct({ inMemory });
  const promises = {
    ...(has("usage") ? usagePromises(await measureUsage(product, scale)) : {}),
    ...(has("latency") ? latencyPromises(await measurePaced(product, scale)) : {}),
    ...(has("latency") ? highestPromises(await measureHighest(product, scale)) : {}),
    ...(has("tenants") ? acrossPromises(await measureAcross(product, scale, say)) : {}),
    ...(has("documents") ? documentPromises(await measureDocuments(product, scale)) : {}),
    ...(has("pages") ? pagePromises(await measurePages(product, scale, say)) : {}),
    ...(has("cold") ? coldPromises(await measureCold()) : {}),
    ...(has("sweep") ? sweepPromises(await measureWorked(product, scale, say)) : {}),
    ...(has("ledgers") ? ledgerPromises(await measureLedgers(scale, say)) : {}),
  };
  await product.close();
  return promises;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function measureUsage(product: Product, scale: number): Promise<Measured> {
  const batch = {} as Record<BatchSize, Tenant>;
  for (const size of SIZES) batch[size] = await product.createTenant();
  const tenants = {
    single: await product.createTenant(),
    later: await product.createTenant(),
    batch,
  };
  const rounds: Round[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    rounds.push(await measureRound(product, tenants, scale));
    say(`round ${round} of ${ROUNDS}: ${roundText(rounds.at(-1))}`);
  }
  const reads = await measureReads(product, scale, say);
  const sustained = await measureSustained(product, scale, say);
  return { rounds, sustained, reads };
}

async function measurePaced(product: Product, scale: number): Promise<Paced[]> {
  const paced = await measureLatency(product, scale);
  for (const of of paced) say(pacedText(of));
  return paced;
}

/** Each promise with its floor. */
function usagePromises({ rounds, sustained, reads }: Measured): Record<string, Target> {
  const of = (ratio: (round: Round) => number) => median(rounds.map(ratio));
  const batch = (size: BatchSize, to: "hello" | "insert" | "sqlite") =>
    of((round) => round.batch[size].perSecond / round[to]);
  const most = (value: (rate: BatchRate) => number) =>
    Math.max(...SIZES.map((size) => of((round) => value(round.batch[size]))));
  const [first = 0, ...later] = sustained.map(({ perSecond }) => perSecond);
  const drains = [...rounds.flatMap(({ batch }) => Object.values(batch)), ...sustained];
  return {
    single_to_hello: min(
      0.19,
      of((round) => round.single / round.hello),
    ),
    single_to_empty_call: min(
      SINGLE_TO_EMPTY_CALL,
      of((round) => round.single / round.object),
    ),
    single_to_passed_body: min(
      SINGLE_TO_PASSED_BODY,
      of((round) => round.single / round.passed),
    ),
    single_to_kept_row: min(
      SINGLE_TO_KEPT_ROW,
      of((round) => round.single / round.kept),
    ),
    single_to_d1_insert: min(
      3,
      of((round) => round.single / round.insert),
    ),
    later_acknowledged_to_hello: min(
      0.1,
      of((round) => round.later.acknowledged / round.hello),
    ),
    later_counted_to_hello: min(
      0.08,
      of((round) => round.later.counted / round.hello),
    ),
    batch_100_to_hello: min(3.3, batch(100, "hello")),
    batch_100_to_d1_insert: min(50, batch(100, "insert")),
    batch_1000_to_hello: min(11, batch(1000, "hello")),
    batch_1000_to_d1_insert: min(135, batch(1000, "insert")),
    batch_1000_to_sqlite: min(1, batch(1000, "sqlite")),
    batch_5000_to_hello: min(14, batch(5000, "hello")),
    batch_5000_to_d1_insert: min(200, batch(5000, "insert")),
    batch_5000_to_sqlite: min(1.3, batch(5000, "sqlite")),
    slowest_400k_of_4m_ids_to_first: min(SLOWEST_STRETCH, Math.min(...later) / first),
    object_rows_per_event: max(
      0.012,
      most(({ objectRows }) => objectRows),
    ),
    d1_rows_per_event: max(
      0.012,
      most(({ ledgerRows }) => ledgerRows),
    ),
    longest_drain_seconds: max(1, Math.max(...drains.map(({ drainSeconds }) => drainSeconds))),
    live_read_at_1m_to_1k: max(1.2, reads.liveLarge / reads.liveSmall),
    tenant_summary_31_days_ms: max(30, reads.tenantSummary),
    user_summary_31_days_ms: max(40, reads.userSummary),
  };
}

/** A pace that is too fast for this machine promises nothing, but for the two that are slow. */
function latencyPromises(paced: readonly Paced[]): Record<string, Target> {
  const of = paced.flatMap(({ pace, hello, object, passed: _, kept, ...latencies }) =>
    (["single", "later"] as const).flatMap((name): [string, Target][] => {
      const measured = latencies[name];
      const isReached = Math.min(measured.perSecond, hello.perSecond) >= REACHED * pace;
      if (!isReached && pace === PACES.at(-1)) {
        say(`${name}: ${pace} a second is more than this machine answers`);
        return [];
      }
      const to = (what: string, than: Slower, most: Slower) =>
        (["p50", "p99"] as const).map((part): [string, Target] => [
          `${name}_${part}_at_${pace}_to_${what}`,
          max(most[part], measured[part] / than[part]),
        ]);
      const hellos = to("hello", hello, SLOWER[pace][name]);
      if (name !== "single" || pace !== 1000) return hellos;
      return [
        ...hellos,
        ...to("empty_call", object, SLOWER_THAN_EMPTY_CALL),
        ...to("kept_row", kept, SLOWER_THAN_KEPT_ROW),
      ];
    }),
  );
  return Object.fromEntries(of);
}

function highestPromises(highest: Highest): Record<string, Target> {
  const texts = Object.entries(highest).map(
    ([name, { pace, p50, p99 }]) =>
      `${name} ${pace}/s (p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms)`,
  );
  say(`highest rate with a p99 of at most ${HELD.p99Ms} ms: ${texts.join("; ")}`);
  const { single, kept } = highest;
  return {
    single_highest_to_kept_row: min(HIGHEST_TO_KEPT_ROW, single.pace / Math.max(1, kept.pace)),
  };
}

function acrossPromises(across: Across): Record<string, Target> {
  const of = FLEET_SIZES.flatMap((size): [string, Target][] => [
    [`batch_over_${size}_to_hello`, min(ACROSS[size].toHello, across[size].toHello)],
    [`batch_over_${size}_to_one_tenant`, min(ACROSS[size].toOneTenant, across[size].toOneTenant)],
  ]);
  return Object.fromEntries(of);
}

/** Milliseconds as on a machine where pdf-lib needs three for the page in Helvetica. */
function documentPromises(rates: DocumentRates): Record<string, Target> {
  const { short, medium, long, byInter, byHelvetica, cold, bytes } = rates;
  const { hindi, arabic, coldShaped } = rates;
  say(documentText(rates));
  const there = (ms: number) => (ms * HELVETICA_MS) / byHelvetica;
  return {
    invoice_20_lines_ms: max(0.95, there(short)),
    pdf_lib_inter_to_invoice: min(135, byInter / short),
    pdf_lib_helvetica_to_invoice: min(2.7, byHelvetica / short),
    invoice_2000_lines_ms: max(27, there(long)),
    line_of_2000_to_line_of_100: max(0.9, long / 2000 / (medium / 100)),
    invoice_20_lines_bytes: max(32_768, bytes),
    first_invoice_of_isolate_ms: max(25, there(cold)),
    devanagari_20_lines_ms: max(2.1, there(hindi)),
    arabic_20_lines_ms: max(3, there(arabic)),
    first_shaped_invoice_of_isolate_ms: max(36, there(coldShaped)),
    link_again_to_hello: min(0.32, rates.again),
    link_from_files_to_bare_read: min(0.75, rates.fromFiles / rates.bareFiles),
    link_from_edge_to_bare_read: min(0.75, rates.fromEdge / rates.bareEdge),
  };
}

/** How a fresh isolate begins; nothing where that cannot be measured. */
function coldPromises(cold: Cold | null): Record<string, Target> {
  say(cold ? coldText(cold) : "how a fresh isolate begins is measured on Linux alone");
  if (!cold) return {};
  return {
    evaluation_of_isolate_cpu_ms: max(45, cold.evaluation),
    // By CPU: what else runs on the machine does not change it.
    first_event_to_first_object_call: max(7.6, cold.event.cpu / cold.object.cpu),
    first_event_to_object_and_read: max(3.2, cold.event.cpu / cold.recorded.cpu),
  };
}

/** Milliseconds of the runtime's processors a page, and of the clock for exports. */
function pagePromises({ pages, exports, exportGrowthMb }: PageCosts): Record<string, Target> {
  const of = Object.entries(pages).map(([name, { cpuMs }]): [string, Target] => [
    `page_${name}_cpu_ms`,
    max(PAGE_CPU_MS, cpuMs),
  ]);
  const files = Object.entries(exports).flatMap(([name, cost]): [string, Target][] => [
    [`export_${name}_first_byte_ms`, max(100, cost.firstByteMs)],
    [`export_${name}_ms`, max(5_000, cost.wholeMs)],
  ]);
  return {
    ...Object.fromEntries([...of, ...files]),
    most_trips_of_a_page: max(
      PAGE_TRIPS,
      Math.max(...Object.values(pages).map((one) => one.trips)),
    ),
    ten_exports_growth_mb: max(16, exportGrowthMb),
  };
}

/** A row is a message and three trips to D1, beside a request that is one. */
function sweepPromises(worked: Worked): Record<string, Target> {
  say(workedText(worked));
  const { insert } = worked;
  return {
    due_rows_overtaken_by: max(0.01, worked.overtakenBy),
    due_rows_to_inserts: min(0.2, worked.perSecond / insert.perSecond),
    due_row_cpu_to_insert_cpu: max(4, worked.cpuUs / insert.cpuUs),
    due_row_trips: max(4, worked.trips),
    due_row_statements: max(8, worked.statements),
    due_row_messages: max(1.2, worked.messages),
    sweep_of_due_rows_ms: max(5_000, worked.sweepMs),
  };
}

/** Here all ledgers share a thread and a disk: more of them cost nothing, and share the rows. */
function ledgerPromises(ledgered: Ledgered): Record<string, Target> {
  say(ledgersText(ledgered));
  const { rate, cpu, read, waitedSeconds, busiest, memory } = ledgerRatios(ledgered);
  return {
    four_ledgers_rate_to_one: min(0.9, rate),
    four_ledgers_cpu_to_one: max(1.1, cpu),
    four_ledgers_memory_to_one: max(1.25, memory),
    busiest_of_four_ledgers: max(0.3, busiest),
    period_read_last_fifth_to_first: max(1.2, read),
    ledger_waits_seconds: max(5, waitedSeconds),
  };
}

function environment(): string {
  return `${machine()}, node ${process.version}`;
}

function machine(): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const cpu = `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "unknown"}`;
  return `${process.platform} ${process.arch}, ${cpu}, ${memory}`;
}

function pacedText({ pace, ...latencies }: Paced): string {
  const texts = Object.entries(latencies).map(
    ([name, { p50, p99, perSecond }]) =>
      `${name} p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${Math.round(perSecond)}/s`,
  );
  return `at ${pace} requests a second: ${texts.join("; ")}`;
}

function roundText(round: Round | undefined): string {
  if (!round) return "";
  const rates = {
    hello: round.hello,
    "empty call": round.object,
    "passed body": round.passed,
    "kept row": round.kept,
    "D1 INSERT": round.insert,
    "node:sqlite": round.sqlite,
  };
  const later = { "later, acknowledged": round.later.acknowledged, counted: round.later.counted };
  const base = Object.entries({ ...rates, single: round.single, ...later });
  const text = base.map(([name, rate]) => `${name} ${Math.round(rate).toLocaleString("en")}/s`);
  const batches = SIZES.map((size) => `by ${size} ${rateText(round.batch[size])}`);
  return [...text, ...batches].join(", ");
}
