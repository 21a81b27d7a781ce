/**
 * The whole product on this machine: the built Worker in workerd with its database, objects, files
 * and queue under one state directory, migrated, and swept each minute as the platform would.
 */
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import {
  convertV4MiniflareOptions,
  Log,
  LogLevel,
  type Miniflare,
  type V4WorkerOptions,
} from "miniflare";
import { ledgersOf } from "../../src/platform/db/ledger.ts";
import { secretFaults } from "../../src/platform/runtime/secret.ts";
import type { Consumed } from "../platform/kept-queue.ts";
import { guardRows, unguardRows } from "../platform/row-guard.ts";
import { type Built, buildWorker, ROOT, treeDigest } from "./build.ts";
import { keepGuides } from "./guides/kept.ts";
import { keptSecret } from "./kept.ts";
import { databaseOf, LEDGER_WORKER, ledgerWorker, sweepBy } from "./ledger.ts";
import { applyMigrations, waitingMigrations } from "./migrate.ts";
import { HOST, requireFreePort, startOn } from "./port.ts";
import { UserError } from "./process.ts";
import { launchRuntime, workerIn } from "./runtime.ts";
import { lockState } from "./state-lock.ts";
import { atPath } from "./user-file.ts";

/** Where it answers; links point at the first, or at PUBLIC_URL. */
const OWN_HOSTS = [HOST, "localhost"];
const SWEEP_MS = 60_000;
const SECRET_BYTES = 32;
const CONFIG = join(ROOT, "wrangler.toml");
const QUEUES_CONFIG = join(ROOT, "scripts/platform/kept-queue.toml");
/** The bindings of queues that alone know what they took: the others' work has rows of its own. */
const KEPT_QUEUES = ["INTAKE", "BUSY_INTAKE"];
/** The product with the platform's limits checked, of which this machine's runtime lacks some. */
const ENTRY = join(ROOT, "scripts/platform/checked-worker.ts");

export type ServerOptions = {
  /** 0 for any free one. */
  port: number;
  stateDir: string;
  /** In place of the product with its checks: it with something around it, such as fault points. */
  entry?: string | undefined;
  /** True leaves the guards of large rows out of the database, as for measurements. */
  unguarded?: boolean;
  /** True leaves the sweeps to whoever asks for one, so that a fresh isolate has done nothing. */
  unswept?: boolean;
  /** Further text values in the Worker's environment. */
  bindings?: Record<string, string>;
  /** The wrangler configuration of a second Worker in the same runtime. */
  beside?: string;
  /** How many databases usage lies in; those of wrangler.toml unless given. */
  ledgers?: number;
  /** True opens the runtime's inspector. */
  inspected?: boolean;
  onProgress?: (step: string) => void;
};

export type Server = {
  url: string;
  /** Where the second Worker answers. */
  besideUrl: string | null;
  /** Where the runtime's inspector answers. */
  inspectorUrl: string | null;
  /** The runtime's process; this process is its parent. */
  runtimePid: number;
  /** The control database. */
  db: D1Database;
  /** The numbers of the ledgers that are bound. */
  ledgers: number[];
  /** Their databases, in the same order. */
  ledgerDbs: D1Database[];
  /** Fires the cron trigger, as the platform does each minute. */
  sweep: () => Promise<void>;
  close: () => Promise<void>;
};

/**
 * Builds, starts and migrates. The runtime ends with this process, however it ends.
 * Errors: `UserError` for a port or state in use; else what the build, the runtime or a migration
 * said.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const progress = options.onProgress ?? (() => {});
  const stateDir = resolve(options.stateDir);
  await requireFreePort(options.port);
  atPath(stateDir, () => mkdirSync(stateDir, { recursive: true }));
  chmodSync(stateDir, 0o700); // keys, secrets and everybody's data
  const unlock = await lockState(stateDir);
  if (!unlock) throw new UserError(`another server already runs on the state in ${stateDir}`);
  progress("building the Worker");
  await keepGuides(ROOT);
  const tree = treeDigest();
  const product = await buildWorker(CONFIG, options.entry ?? ENTRY, tree);
  const { beside: other } = options;
  const beside = other
    ? { ...workerOf("beside", await buildWorker(other, undefined, tree)), ...listensOn(0) }
    : null;
  const { assets, ...main } = workerOf(PRODUCT_WORKER, product);
  if (options.ledgers) main.d1Databases = databasesOf(options.ledgers, main);
  const queues = keptQueues(main, await buildWorker(QUEUES_CONFIG, undefined, tree));
  const secrets = localSecrets(stateDir);
  // The largest last: what comes after it in the runtime's configuration is written by copying it.
  const workersAt = (port: number) =>
    [
      { ...assetsWorker(assets), compatibilityDate: main.compatibilityDate },
      queues.worker,
      ledgerWorker(main, PRODUCT_WORKER),
      ...(beside ? [beside] : []),
      {
        ...main,
        ...listensOn(port),
        ...queues.left,
        bindings: { ...main.bindings, ...secrets, ...localBindings(port), ...options.bindings },
        serviceBindings: { ASSETS: ASSETS_WORKER, ...queues.producers },
      },
    ] as V4WorkerOptions[];
  if (waitsForMigration(stateDir)) await migrateFirst(main, options);
  progress("starting the runtime");
  // The port is known before the runtime takes it, since the Worker is told its own address.
  const { miniflare, pid, close } = await startOn(options.port, (port) =>
    launchRuntime(runtimeOptions(workersAt(port), options)),
  );
  progress("migrating the databases");
  const db = await migrateAll(miniflare, main, options);
  await releaseHandedOut(db);
  // What an earlier server acknowledged is recorded now.
  await workerIn(miniflare, QUEUES_WORKER).fetch("http://queues.local/");

  const asked = workerIn(miniflare, LEDGER_WORKER);
  const sweep = () => sweepBy(asked);
  const sweepNow = () => {
    sweep().catch((error) => console.error(`the minute's sweep failed: ${error}`));
  };
  const sweeps = options.unswept ? undefined : setInterval(sweepNow, SWEEP_MS);
  // What came due, or was left, since the server before this one.
  if (!options.unswept) sweepNow();
  const ledgers = ledgersOf(main.d1Databases as object as { DB: D1Database });
  return {
    url: (await miniflare.unsafeGetDirectURL(PRODUCT_WORKER)).origin,
    besideUrl: beside ? (await miniflare.unsafeGetDirectURL(beside.name)).origin : null,
    inspectorUrl: options.inspected ? `http://${(await miniflare.getInspectorURL()).host}` : null,
    runtimePid: pid,
    db,
    ledgers,
    ledgerDbs: ledgers.map((n) => databaseOf(asked, n === 0 ? "DB" : `LEDGER_${n}`)),
    sweep,
    close: async () => {
      clearInterval(sweeps);
      await close();
      unlock();
    },
  };
}

type Databases = Parameters<typeof ledgerWorker>[0];

/** The control database, and as many beside it as there are further ledgers. */
function databasesOf(ledgers: number, { d1Databases }: Databases): Record<string, { id: string }> {
  const { DB } = d1Databases as Record<string, { id: string }>;
  const further = Array.from({ length: ledgers - 1 }, (_, i) => `LEDGER_${i + 1}`);
  return { ...(DB ? { DB } : {}), ...Object.fromEntries(further.map((id) => [id, { id }])) };
}

/** Migrates the databases that are bound; answers the control database. */
async function migrateAll(
  miniflare: Miniflare,
  { d1Databases }: Databases,
  options: ServerOptions,
): Promise<D1Database> {
  const asked = workerIn(miniflare, LEDGER_WORKER);
  const ledgers = Object.keys(d1Databases ?? {}).filter((name) => name !== "DB");
  await migrate(databaseOf(asked, "DB"), "migrations", options);
  for (const name of ledgers) await migrate(databaseOf(asked, name), "migrations/ledger", options);
  writeFileSync(join(options.stateDir, MIGRATED), migrationNames());
  return databaseOf(asked, "DB");
}

/** In the state directory: the migrations that its databases have. */
const MIGRATED = "migrated";

function migrationNames(): string {
  const dirs = ["migrations", "migrations/ledger"];
  return dirs.flatMap((dir) => readdirSync(join(ROOT, dir)).sort()).join("\n");
}

/** True for databases of an earlier version. */
function waitsForMigration(stateDir: string): boolean {
  const path = join(stateDir, MIGRATED);
  const had = existsSync(path) ? readFileSync(path, "utf8") : "";
  return existsSync(join(stateDir, "d1")) && had !== migrationNames();
}

/** Migrates before the product starts, whose objects' alarms would come first. */
async function migrateFirst(databases: Databases, options: ServerOptions): Promise<void> {
  const workers = [ledgerWorker(databases)] as V4WorkerOptions[];
  const { miniflare, close } = await launchRuntime(runtimeOptions(workers, options));
  await migrateAll(miniflare, databases, options);
  await close();
}

async function migrate(db: D1Database, dir: string, { unguarded }: ServerOptions): Promise<void> {
  const from = join(ROOT, dir);
  const waits = (await waitingMigrations(db, from)).length > 0;
  if (waits || unguarded) await unguardRows(db);
  if (waits) await applyMigrations(db, from);
  if (!unguarded) await guardRows(db);
}

/**
 * The local runtime's queues are in memory, and went with the server before this one: what it had
 * handed to them is handed out again.
 */
async function releaseHandedOut(db: D1Database): Promise<void> {
  await db.batch([
    db.prepare("UPDATE due SET at_ms = 0, leased = 0 WHERE leased > 0"),
    db.prepare(
      `UPDATE outbox SET relayed_ms = NULL WHERE handled_ms IS NULL AND relayed_ms IS NOT NULL`,
    ),
  ]);
}

/** What an installation on this machine has that one on the platform is given. */
function localBindings(port: number): Record<string, string> {
  return {
    PUBLIC_URL: [process.env.PUBLIC_URL, ...OWN_HOSTS.map((host) => `http://${host}:${port}`)]
      .filter(Boolean)
      .join(" "),
    LOCAL_WEBHOOKS: "allow",
    DEV_INBOX: "show",
  };
}

/** Errors: `UserError` for a secret that could be guessed. */
function localSecrets(stateDir: string): { DELIVERY_SECRET: string } {
  const random = () => randomBytes(SECRET_BYTES).toString("base64url");
  const secrets = { DELIVERY_SECRET: keptSecret(join(stateDir, "delivery.secret"), random) };
  const [fault] = secretFaults(secrets);
  if (fault === undefined) return secrets;
  throw new UserError(`the secret in delivery.secret is no good: ${fault}`);
}

const PRODUCT_WORKER = "product";
const QUEUES_WORKER = "queues";
const ASSETS_WORKER = "assets";

type QueueOptions = Partial<Pick<V4WorkerOptions, "queueProducers" | "queueConsumers">>;

/** Some of the product's queues in a Worker of their own, which keeps what they took on disk. */
function keptQueues(product: QueueOptions, { modules, options }: Built) {
  const queueProducers = { ...product.queueProducers } as Record<string, { queueName: string }>;
  const queueConsumers = { ...product.queueConsumers } as Record<string, Consumed>;
  const producers: Record<string, object> = {};
  const consumed: Record<string, Consumed> = {};
  for (const binding of KEPT_QUEUES) {
    const queue = queueProducers[binding]?.queueName ?? "";
    const usual = { maxBatchSize: 10, maxBatchTimeout: 5, maxRetries: 3 };
    consumed[queue] = { ...usual, ...queueConsumers[queue] };
    producers[binding] = { name: QUEUES_WORKER, entrypoint: "Producer", props: { queue } };
    delete queueProducers[binding];
    delete queueConsumers[queue];
  }
  const worker = {
    ...options,
    name: QUEUES_WORKER,
    modules,
    // Each minute's beats come through them: none has to be read from its file for that.
    durableObjects: {
      QUEUES: { className: "KeptQueue", useSQLite: true, unsafePreventEviction: true },
    },
    serviceBindings: { PRODUCT: PRODUCT_WORKER },
    bindings: { CONSUMED: consumed },
  };
  return { left: { queueProducers, queueConsumers }, producers, worker };
}

/** The assets in a Worker of their own: on the product's, each request would pass two more. */
function assetsWorker(assets: V4WorkerOptions["assets"]) {
  const script = "export default { fetch: (request, env) => env.ASSETS.fetch(request) }";
  const modules = [{ type: "ESModule" as const, path: "assets.js", contents: script }];
  return { name: ASSETS_WORKER, modules, assets };
}

function workerOf(name: string, { modules, options }: Built) {
  return { ...options, name, modules };
}

/** The runtime's own socket: no proxy in Node stands between a caller and the Worker. */
function listensOn(port: number): Pick<V4WorkerOptions, "unsafeDirectSockets"> {
  return { unsafeDirectSockets: [{ host: HOST, port }] };
}

function runtimeOptions(workers: V4WorkerOptions[], of: ServerOptions) {
  const options = convertV4MiniflareOptions({
    workers,
    host: HOST,
    port: 0,
    ...(of.inspected ? { inspectorPort: 0 } : {}),
    cf: false, // else it asks the internet where we are
    log: new Log(LogLevel.WARN),
    // Standard output is for the command's own answer.
    handleStructuredLogs: ({ message }) => void process.stderr.write(`${message}\n`),
  });
  return Object.assign(options, { resourcePersistencePath: resolve(of.stateDir) });
}
