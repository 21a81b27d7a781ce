/**
 * Reading an export back into an installation that does not have the tenant: rows with their ids,
 * events with their sequences through the ledger's own drain, files under their keys. Each part may
 * be sent again. The meter then takes all over from the ledger, as one that lost its storage does.
 */
import { sql } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { findTenant, OPERATOR_TENANT } from "../../accounts/store/tenant-store.ts";
import { pushTermsAgain } from "../../billing/period/push.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { readCatalogue } from "../../metering/catalogue/catalogue.ts";
import { sliceStatements } from "../../metering/ledger/drain.ts";
import { piecesOf } from "../../metering/ledger/segment.ts";
import { readStore, readWatermarks } from "../../metering/ledger/watermark.ts";
import { meterOf } from "../../metering/meter/meter.ts";
import { pushMetrics } from "../../metering/metric/metric.ts";
import { commit } from "../../platform/db/db.ts";
import { emptiestLedger } from "../../platform/db/ledgers.ts";
import { sqlStatement } from "../../platform/db/sql.ts";
import { utf8Text } from "../../platform/http/http.ts";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { bucketOf, missingFiles, ownJurisdiction } from "../../platform/runtime/jurisdiction.ts";
import { isFileKey, ownerOf } from "./files.ts";
import { endLoad, isLoading, startLoad } from "./load-store.ts";
import { insistOwn, insistParents } from "./owned.ts";
import { eventsOfText, rowsOfText } from "./parse.ts";
import {
  columnNames,
  deferKeys,
  insertRows,
  type Row,
  raiseSeries,
  type TableRow,
} from "./rows.ts";
import { type Child, LAST_SECTIONS, NOT_EXPORTED, SECTIONS } from "./sections.ts";
import { takenBy, takenText } from "./taken.ts";

export const LOAD_PARTS = ["check", "rows", "events", "file", "last", "end"] as const;

export type LoadPart = {
  part: (typeof LOAD_PARTS)[number];
  /** Of events: what goes before them. */
  fromSeq: number;
  /** Of a file. */
  key: string;
  bytes: Uint8Array<ArrayBuffer>;
};

/**
 * Takes one part; answers how far the events are. `check` keeps nothing and refuses what `rows`
 * would refuse. Errors: 409 where the tenant is there already, where rows collide with what is
 * there, or events do not follow those that are; 422 for what no export holds.
 */
export async function loadPart(
  env: Env,
  actor: Actor,
  tenant: string,
  { part, fromSeq, key, bytes }: LoadPart,
): Promise<number> {
  await insistLoading(env, tenant);
  const rows = part in ROW_PARTS ? await takeableRows(env, tenant, utf8Text(bytes)) : [];
  if (part === "check") return 0;
  await startLoad(env.DB, tenant, actor.realMs).run();
  if (part === "file") await loadFile(env, tenant, key, bytes);
  else if (part === "events") await loadEvents(env, tenant, fromSeq, utf8Text(bytes));
  else if (part === "end") await finish(env, actor, tenant);
  else await loadRows(env, tenant, rows);
  return (await readWatermarks((await readStore(env, tenant)).DB, tenant)).upTo;
}

async function insistLoading(env: Env, tenant: string): Promise<void> {
  if (await isLoading(env.DB, tenant)) return;
  if (await findTenant(env.DB, tenant)) {
    throw new Problem("resource.conflict", "this installation has the tenant already");
  }
}

const TABLES = tablesOf();
const OF_LEDGER: ReadonlySet<string> = new Set(
  SECTIONS.flatMap(({ table, ofLedger }) => (ofLedger ? [table] : [])),
);

function tablesOf(): ReadonlySet<string> {
  const named = ({ table, children = [] }: Pick<Child, "table" | "children">): string[] => [
    table,
    ...children.flatMap(named),
  ];
  const all = [...SECTIONS, ...LAST_SECTIONS].flatMap(named);
  return new Set(all.filter((table) => !(table in NOT_EXPORTED)));
}

/** Of a name that somebody made up, what an answer repeats. */
const MOST_NAME = 64;

/** Parts that hold rows. */
const ROW_PARTS = { check: true, rows: true, last: true };

/** The rows of a text. Errors: 422 where they are not the tenant's, 409 where they collide. */
async function takeableRows(env: Env, tenant: string, text: string): Promise<TableRow[]> {
  const rows = rowsOfText(text);
  for (const row of rows) {
    if (!TABLES.has(row.table)) {
      throw invalidField("/rows", `holds rows of ${row.table.slice(0, MOST_NAME)}`);
    }
    insistOwn(row, tenant);
  }
  await ledgerNow(env, tenant);
  await insistParents(env.DB, rows, tenant);
  const taken = await takenBy(
    env.DB,
    rows.filter(({ table }) => !OF_LEDGER.has(table)),
  );
  if (taken.length > 0) throw new Problem("resource.conflict", takenText(taken));
  return rows;
}

async function loadRows(env: Env, tenant: string, rows: readonly TableRow[]): Promise<void> {
  const home = { ledger: await ledgerNow(env, tenant), ledger_epoch: 0 };
  const store = await readStore(env, tenant);
  const inControl: D1PreparedStatement[] = [deferKeys(env.DB)];
  const inLedger: D1PreparedStatement[] = [];
  // In the order in which they come: a final document's lines stand before it.
  for (const [table, own] of Map.groupBy(rows, (one) => one.table)) {
    const [db, statements] = OF_LEDGER.has(table)
      ? ([store.DB, inLedger] as const)
      : ([env.DB, inControl] as const);
    const there = await columnNames(db, table);
    // Of any of them: a file that was put together from two versions' exports loses nothing.
    const columns = [...new Set(own.flatMap(({ row }) => Object.keys(row)))];
    const unknown = columns.find((name) => !there.has(name))?.slice(0, MOST_NAME);
    if (unknown !== undefined) {
      throw invalidField("/rows", `${table} has no column ${unknown} in this version`);
    }
    const mine = own.map(({ row }) => putBack(table, row, home));
    statements.push(...insertRows(db, table, columns, mine));
  }
  if (rows.some(({ row }) => row.recipient === tenant)) {
    inControl.push(raiseSeries(env.DB, OPERATOR_TENANT, tenant));
  }
  await taken(env.DB.batch(inControl));
  if (inLedger.length > 0) await taken(store.DB.batch(inLedger));
}

/** What the database says of rows that it refuses, without their values. */
const REFUSED = /\b(?:CHECK|FOREIGN KEY|NOT NULL|UNIQUE) constraint failed(?:: [\w., ]+)?/;
const REFUSING = /SQLITE_CONSTRAINT|SQLITE_MISMATCH|SQLITE_ERROR/;

/** Errors: 422 where the database does not take the rows. */
async function taken(writing: Promise<unknown>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    const text = String(error);
    if (!REFUSING.test(text)) throw error;
    const why = REFUSED.exec(text)?.[0] ?? "one of them is not as a row of its table may be";
    throw invalidField("/rows", `are not as an export has them (${why}): export the tenant again`);
  }
}

/** The ledger that a tenant would get. Errors: 422 where it is kept in none that is here. */
async function ledgerNow(env: Env, tenant: string): Promise<number> {
  const own = ownJurisdiction(tenant);
  const missing = own && missingFiles(env, own);
  const ledger = emptiestLedger(env, own);
  if (ledger === null || missing) {
    const lacks = missing ? `${missing} is not bound` : `no ledger is kept in ${own}`;
    throw invalidField("/rows", `are of a tenant that is kept in ${own}, and ${lacks}`);
  }
  return (await sqlStatement(env.DB, sql`SELECT ${ledger} AS ledger`).first<number>("ledger")) ?? 0;
}

/** A row as this installation has it: no key opens, nothing waits for a queue. */
function putBack(table: string, row: Row, home: Row): Row {
  if (table === "tenants") return { ...row, operator: 0, ...home };
  if (table === "api_keys") return { ...row, hash: `moved:${row.id}` };
  if (table === "due") return { ...row, leased: 0 };
  if (table === "meter_terms") return { ...row, pushed_epoch: 0, pushed: "[]" };
  if (table === "audit_heads") return { ...row, seq: 0 };
  if (table === "outbox") {
    return {
      ...row,
      relayed_ms: row.relayed_ms ?? row.at_ms ?? 0,
      handled_ms: row.handled_ms ?? row.at_ms ?? 0,
    };
  }
  return row;
}

async function loadFile(
  env: Env,
  tenant: string,
  key: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  if (!isFileKey(key)) throw invalidField("/query/key", "names no file of an export");
  const owner = ownerOf(key) ?? tenant;
  if (owner !== tenant && owner !== OPERATOR_TENANT) {
    throw invalidField("/query/key", "names a file of another tenant");
  }
  const [, digest] = /^logo\/([0-9a-f]{64})$/.exec(key) ?? [];
  if (digest !== undefined && (await sha256Hex(bytes)) !== digest) {
    throw invalidField("/query/key", "is of another picture than the one that was sent");
  }
  // What is there stays: it came before, or is what others look at.
  await bucketOf(env, owner).put(key, bytes, { onlyIf: { etagDoesNotMatch: "*" } });
}

async function loadEvents(env: Env, tenant: string, fromSeq: number, text: string): Promise<void> {
  const lines = eventsOfText(text);
  const follows = lines.every(({ seq }, i) => seq === fromSeq + 1 + i);
  if (!follows) throw invalidField("/query/from_seq", "is the sequence before the first event");
  const store = await readStore(env, tenant);
  const { upTo } = await readWatermarks(store.DB, tenant);
  const high = fromSeq + lines.length;
  if (high <= upTo) return;
  if (upTo !== fromSeq) {
    throw new Problem("resource.conflict", `the events go on after ${upTo}: send those next`);
  }
  const { counters } = await readCatalogue(env.DB, tenant);
  const rows = lines.map(({ body }) => ({ n: 1, body }));
  const { statements } = await sliceStatements(
    store,
    {
      tenant,
      generation: 1,
      fromSeq,
      high,
      pieces: piecesOf(rows),
      sums: null,
      counters: new Map(counters.map((counter) => [counter.metric, counter])),
      isKnown: () => true, // the catalogue came with the rows
      realMs: Date.now(),
    },
    [],
  );
  await store.DB.batch(statements);
}

/** All is there: the meter takes it over, with its metrics and terms. */
async function finish(env: Env, actor: Actor, tenant: string): Promise<void> {
  if (!(await findTenant(env.DB, tenant))) throw notFound("tenant");
  const { nowMs } = await tenantClock(env.DB, tenant);
  await meterOf(env, tenant).drain(tenant);
  await pushMetrics(env, tenant);
  await pushTermsAgain(env, tenant, nowMs);
  await commit(env.DB, [
    endLoad(env.DB, tenant),
    auditRow(env.DB, actor, { action: "tenant.loaded", target: tenant }, actor.realMs),
  ]);
}
