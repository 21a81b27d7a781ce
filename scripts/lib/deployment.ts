/**
 * Putting the product on the platform: every step looks first, so that all of it may run again.
 * Steps go through wrangler's own commands and say what they do.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, TomlError } from "smol-toml";
import { FILES_BINDINGS, JURISDICTIONS } from "../../src/platform/runtime/jurisdiction.ts";
import { addressesIn } from "../../src/platform/runtime/public-url.ts";
import { secretFaults } from "../../src/platform/runtime/secret.ts";
import { UserError } from "./process.ts";
import { insistFile } from "./user-file.ts";
import type { Wrangler } from "./wrangler.ts";

/** What is written for wrangler to deploy: the configuration with this account's databases. */
export const DEPLOY_CONFIG = "wrangler.deploy.toml";

/** A database of the configuration, by its name; what is between that and its id stays. */
const databaseId = (name: string) =>
  new RegExp(`^(database_name = "${name}"\\n(?:\\w.*\\n)*?database_id = )"[^"]*"`, "m");
/** A database holds 10 GB; from here on another ledger should take new tenants. */
const FULL_BYTES = 7_000_000_000;
const GB = 1_000_000_000;
const JURISDICTION = /^JURISDICTION = "[^"]*"/m;
const BUCKET_NAME = /^bucket_name = "([^"]*)"$/gm;
/** Those in which databases, files and meters can all be kept. */
const WHOLE_JURISDICTIONS = ["eu"];
const PUBLIC_URL = /^PUBLIC_URL = "[^"]*"/m;
const SECRET_BYTES = 32;
/** Given or made here. It seals secrets at rest, so one that is there is never replaced. */
const SEAL = "DELIVERY_SECRET";
/** Given with another SEAL, which then takes its place: the Worker reads what either sealed. */
const SEAL_BEFORE = "DELIVERY_SECRET_PREVIOUS";
/** Taken from the environment where they are set there. */
const GIVEN_SECRETS = ["EMAIL_KEY", "EMAIL_CALLBACK_SECRET"];

/** `jurisdiction` is where it is kept, empty for anywhere. */
export type Database = { binding: string; name: string; jurisdiction: string };
export type Bucket = Database;

export type Plan = {
  worker: string;
  /** The control database first, then the further ledgers. */
  databases: Database[];
  /** The installation's, and those of tenants that are kept elsewhere. */
  buckets: Bucket[];
  /** Producers', consumers' and dead letters'. */
  queues: string[];
  crons: string[];
  /** Where database, files and meters are kept; empty for anywhere. */
  jurisdiction: string;
  /** PUBLIC_URL as the environment or the configuration has it, and where the routes lead. */
  addresses: string[];
};

/** Of a wrangler configuration, what is read here; each of wrangler's commands checks all of it. */
type Config = {
  name?: string;
  d1_databases?: { binding: string; database_name?: string }[];
  r2_buckets?: { binding: string; bucket_name?: string }[];
  queues?: {
    producers?: { queue: string }[];
    consumers?: { queue: string; dead_letter_queue?: string }[];
  };
  triggers?: { crons?: string[] };
  vars?: Record<string, unknown>;
  routes?: (string | { pattern: string })[];
  route?: string | { pattern: string };
};

/**
 * What a wrangler configuration needs. Read without wrangler, which takes a second to load. Errors:
 * `UserError` where it is no TOML, or has no database.
 */
export function planOf(configPath: string): Plan {
  const config = configIn(configPath);
  const { d1_databases = [], r2_buckets = [], vars = {} } = config;
  const { producers = [], consumers = [] } = config.queues ?? {};
  const names = [
    ...producers.map(({ queue }) => queue),
    ...consumers.flatMap(({ queue, dead_letter_queue: dead }) => [queue, dead]),
  ].filter((name) => name !== undefined);
  const installation = String(vars.JURISDICTION ?? "");
  const own = ownJurisdictions(String(vars.LEDGER_JURISDICTIONS ?? ""));
  const databases = d1_databases.map(({ binding, database_name: name }) => {
    const ledger = binding.replace(/^LEDGER_/, "");
    return { binding, name: String(name), jurisdiction: own.get(ledger) ?? installation };
  });
  const unbound = [...own.keys()].find(
    (ledger) => !databases.some(({ binding }) => binding === `LEDGER_${ledger}`),
  );
  if (unbound !== undefined) {
    throw new UserError(`LEDGER_JURISDICTIONS names ledger ${unbound}, which is not bound`);
  }
  if (!config.name || databases[0]?.binding !== "DB") {
    throw new UserError(`${configPath} names no Worker, or a database before the one of DB`);
  }
  return {
    worker: config.name,
    databases,
    buckets: r2_buckets.map(({ binding, bucket_name: name }) => {
      const own = JURISDICTIONS.find((one) => binding === FILES_BINDINGS[one]);
      return { binding, name: String(name), jurisdiction: own ?? installation };
    }),
    queues: [...new Set(names)],
    crons: config.triggers?.crons ?? [],
    jurisdiction: installation,
    addresses: addressesOf(config),
  };
}

function configIn(path: string): Config {
  const text = readFileSync(insistFile(path), "utf8");
  try {
    return parse(text) as Config;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [why = ""] = error.message.split("\n");
    throw new UserError(`${path} is no TOML, mend line ${error.line}: ${why}`);
  }
}

/** LEDGER_JURISDICTIONS by ledger. Errors: `UserError` where it is not `1=eu 2=fedramp`. */
function ownJurisdictions(text: string): Map<string, string> {
  const words = text.split(/\s+/).filter(Boolean);
  const pairs = words.map((word): [string, string] => {
    const [, ledger = "", where = ""] = /^(\d{1,3})=(\w+)$/.exec(word) ?? [];
    if (JURISDICTIONS.some((one) => one === where)) return [ledger, where];
    const known = JURISDICTIONS.join(" or ");
    throw new UserError(`LEDGER_JURISDICTIONS has a number and ${known}, as 1=eu, not ${word}`);
  });
  return new Map(pairs);
}

/**
 * The addresses that are known before anything is deployed, the one for links first. Errors:
 * `UserError` for a PUBLIC_URL that is none.
 */
function addressesOf(config: Config): string[] {
  const text = process.env.PUBLIC_URL || String(config.vars?.PUBLIC_URL ?? "");
  const given = addressesIn(text);
  if (given.length < text.split(/[\s,]+/).filter(Boolean).length) {
    throw new UserError(`PUBLIC_URL lists addresses such as https://billing.example, not ${text}`);
  }
  const routes = config.routes ?? (config.route === undefined ? [] : [config.route]);
  const patterns = routes.map((route) => (typeof route === "string" ? route : route.pattern));
  const led = patterns.flatMap((pattern) => {
    const [, host] = /^(?:https?:\/\/)?([\w.-]+)(?:\/.*)?$/.exec(pattern) ?? [];
    return host === undefined ? [] : [`https://${host}`];
  });
  return [...new Set([...given, ...led])];
}

/** Errors: `UserError` for a secret in the environment that could be guessed. */
export function checkSecrets(): void {
  const { DELIVERY_SECRET = "", EMAIL_CALLBACK_SECRET = "" } = process.env;
  const faults = secretFaults({ DELIVERY_SECRET, EMAIL_CALLBACK_SECRET });
  if (faults.length > 0) throw new UserError(faults.join("\n"));
}

export type Say = (text: string) => void;

/** Errors: `UserError` where nobody is logged in. */
export function checkLogin(wrangler: Wrangler): void {
  if (wrangler.ask(["whoami", "--json"]).ok) return;
  throw new UserError(
    "wrangler is not logged in: run npx wrangler login, or set CLOUDFLARE_API_TOKEN and " +
      "CLOUDFLARE_ACCOUNT_ID",
  );
}

/**
 * Writes the jurisdiction of a new installation into its configuration. Errors: `UserError` for one
 * that there is not, and where the installation was made without it: nothing moves any more.
 */
export function chooseJurisdiction(
  wrangler: Wrangler,
  configPath: string,
  plan: Plan,
  chosen: string,
): Plan {
  if (!WHOLE_JURISDICTIONS.includes(chosen)) {
    throw new UserError(`--jurisdiction takes ${WHOLE_JURISDICTIONS.join(" or ")}, not ${chosen}`);
  }
  if (plan.jurisdiction === chosen) return plan;
  type Listed = { name: string }[];
  const listed = JSON.parse(wrangler.run(["d1", "list", "--json"])) as Listed;
  const made = plan.databases.find(({ name }) => listed.some((one) => one.name === name));
  if (made) {
    throw new UserError(
      `the database ${made.name} is there already, and what is made outside ${chosen} cannot ` +
        "move there: deploy under other names, and move each tenant with npm run archive",
    );
  }
  const text = readFileSync(configPath, "utf8");
  if (!JURISDICTION.test(text)) throw new Error(`${configPath} has no JURISDICTION to fill in`);
  writeFileSync(configPath, text.replace(JURISDICTION, `JURISDICTION = "${chosen}"`));
  const inside = <Kept extends { jurisdiction: string }>(kept: Kept): Kept => {
    return { ...kept, jurisdiction: kept.jurisdiction || chosen };
  };
  const [databases, buckets] = [plan.databases.map(inside), plan.buckets.map(inside)];
  return { ...plan, databases, buckets, jurisdiction: chosen };
}

/** The database's id; it is made where it is missing. Errors: as `Wrangler.run`. */
export function ensureDatabase(
  wrangler: Wrangler,
  { name, jurisdiction }: Pick<Database, "name" | "jurisdiction">,
  say: Say,
): string {
  const find = () => {
    type Listed = { name: string; uuid: string }[];
    const listed = JSON.parse(wrangler.run(["d1", "list", "--json"])) as Listed;
    return listed.find((database) => database.name === name)?.uuid;
  };
  const found = find();
  if (found) {
    say(`database ${name} is there: ${found}`);
    return found;
  }
  say(`database ${name}: creating it${jurisdiction && ` in ${jurisdiction}`}`);
  const where = jurisdiction === "" ? [] : ["--jurisdiction", jurisdiction];
  wrangler.run(["d1", "create", name, ...where]);
  const made = find();
  if (!made) throw new Error(`the database ${name} was created but is not listed`);
  return made;
}

/** Says of a database that is nearly full what to do. */
export function warnWhereFull(wrangler: Wrangler, { name }: Database, say: Say): void {
  const { ok, output } = wrangler.ask(["d1", "info", name, "--json"]);
  const [, digits = "0"] = (ok && /"database_size":\s*(\d+)/.exec(output)) || [];
  const bytes = Number(digits);
  if (bytes < FULL_BYTES) return;
  const size = `${(bytes / GB).toFixed(1)} of 10 GB`;
  say(`WARNING: ${name} has ${size}; add a ledger and move tenants (docs/ledgers.md)`);
}

/** Says of jurisdictions that have a ledger and no bucket why no tenant is made there. */
export function warnWhereFilesLack({ databases, buckets, jurisdiction }: Plan, say: Say): void {
  for (const where of JURISDICTIONS) {
    const isThere = (of: Database) => of.jurisdiction === where;
    if (where === jurisdiction || !databases.some(isThere) || buckets.some(isThere)) continue;
    const binding = FILES_BINDINGS[where];
    say(`WARNING: no tenant is made in ${where} until ${binding} is bound (docs/ledgers.md)`);
  }
}

/** Errors: as `Wrangler.run`. */
export function ensure(
  wrangler: Wrangler,
  kind: string[],
  name: string,
  say: Say,
  jurisdiction = "",
): void {
  const label = `${kind.at(-1) === "queues" ? "queue" : "bucket"} ${name}`;
  const where = jurisdiction === "" ? [] : ["--jurisdiction", jurisdiction];
  if (wrangler.ask([...kind, "info", name, ...where]).ok) {
    say(`${label} is there`);
    return;
  }
  say(`${label}: creating it`);
  wrangler.run([...kind, "create", name, ...where]);
}

/**
 * Writes the configuration with the databases' ids, by name, the installation's addresses, and each
 * bucket's jurisdiction.
 */
export function writeDeployConfig(
  configPath: string,
  deployPath: string,
  made: {
    ids: ReadonlyMap<string, string>;
    buckets: readonly Bucket[];
    addresses: readonly string[];
  },
): void {
  const { ids, buckets, addresses } = made;
  let text = readFileSync(configPath, "utf8");
  for (const [name, id] of ids) {
    const place = databaseId(name);
    if (!place.test(text))
      throw new Error(`${configPath} has no database_id of ${name} to fill in`);
    text = text.replace(place, `$1"${id}"`);
  }
  if (!PUBLIC_URL.test(text)) throw new Error(`${configPath} has no PUBLIC_URL to fill in`);
  const url = `PUBLIC_URL = "${addresses.join(" ")}"`;
  const head = "# Made by npm run deploy from wrangler.toml; not kept in git.\n";
  const addressed = text.replace(PUBLIC_URL, url).replace(BUCKET_NAME, (line, name: string) => {
    const where = buckets.find((bucket) => bucket.name === name)?.jurisdiction;
    return where ? `${line}\njurisdiction = "${where}"` : line;
  });
  writeFileSync(deployPath, head + addressed);
}

/**
 * The secrets that the Worker lacks, or is given anew. Errors: as `Wrangler.run`, and where it is
 * not certain which it has.
 */
export function missingSecrets(wrangler: Wrangler, say: Say): Record<string, string> {
  const secrets: Record<string, string> = {};
  const listed = wrangler.ask(["secret", "list", "--format", "json"]);
  // Only a Worker that is not there has none for certain: a lost seal cannot be made again.
  if (!listed.ok && !/Worker "[^"]*".* not found/.test(listed.output)) {
    throw new UserError(`cannot tell which secrets the Worker has:\n${listed.output}`);
  }
  const names = listed.ok
    ? (JSON.parse(listed.output) as { name: string }[]).map(({ name }) => name)
    : [];
  const given = process.env[SEAL];
  const before = process.env[SEAL_BEFORE];
  if (names.includes(SEAL) && given && before) {
    say(`secret ${SEAL}: changed to the one from the environment, ${SEAL_BEFORE} beside it`);
    secrets[SEAL] = given;
    secrets[SEAL_BEFORE] = before;
  } else if (names.includes(SEAL)) {
    const unused = given ? "; the one in the environment is not used" : "";
    say(`secret ${SEAL} is there and stays${unused}`);
  } else if (given) {
    say(`secret ${SEAL}: from the environment`);
    secrets[SEAL] = given;
  } else {
    say(`secret ${SEAL}: making a random one`);
    secrets[SEAL] = randomBytes(SECRET_BYTES).toString("base64url");
  }
  for (const name of GIVEN_SECRETS) {
    const value = process.env[name];
    if (value) secrets[name] = value;
    const state = value ? "from the environment" : names.includes(name) ? "is there" : "not set";
    say(`secret ${name}: ${state}`);
  }
  return secrets;
}

/** Deploys, the secrets with the code; answers the address. Errors: as `Wrangler.run`. */
export function deployWorker(wrangler: Wrangler, secrets: Record<string, string>): string | null {
  if (Object.keys(secrets).length === 0) return addressIn(wrangler.run(["deploy"]));
  return withFile("secrets.json", JSON.stringify(secrets), (path) =>
    addressIn(wrangler.run(["deploy", "--secrets-file", path])),
  );
}

function addressIn(printed: string): string | null {
  return /https:\/\/[\w.-]+\.workers\.dev/.exec(printed)?.[0] ?? null;
}

/** A file that only its owner reads, for as long as `use` takes. */
export function withFile<T>(name: string, text: string, use: (path: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), "boxcostpro-deploy-"));
  try {
    const path = join(dir, name);
    writeFileSync(path, text, { mode: 0o600 });
    return use(path);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
