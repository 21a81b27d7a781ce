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
import { journalLine, linesOfNdjson } from "../../metering/ledger/archive-line.ts";
import { sliceStatements } from "../../metering/ledger/drain.ts";
import { piecesOf } from "../../metering/ledger/segment.ts";
import { readStore, readWatermarks } from "../../metering/ledger/watermark.ts";
import { meterOf } from "../../metering/meter/meter.ts";
import { pushMetrics } from "../../metering/metric/metric.ts";
import { commit } from "../../platform/db/db.ts";
import { emptiestLedger } from "../../platform/db/ledgers.ts";
import { sqlStatement } from "../../platform/db/sql.ts";
import { utf8Text } from "../../platform/http/http.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { bucketOf, missingFiles, ownJurisdiction } from "../../platform/runtime/jurisdiction.ts";
import { isFileKey, ownerOf } from "./files.ts";
import { endLoad, isLoading, startLoad } from "./load-store.ts";
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

/** A page of an export's rows, a run of its events, or a file. */
export const MOST_LOAD_BYTES = 30_000_000;
export const LOAD_PARTS = ["check", "rows", "events", "file", "last", "end"] as const;

export type LoadPart = {
  part: (typeof LOAD_PARTS)[number];
  /** Of events: what goes before them. */
  fromSeq: number;
  /** Of a file. */
  key: string;
  bytes: Uint8Array;
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

/** Parts that hold rows. */
const ROW_PARTS = { check: true, rows: true, last: true };

/** The rows of a text. Errors: 422 where they are not the tenant's, 409 where they collide. */
async function takeableRows(env: Env, tenant: string, text: string): Promise<TableRow[]> {
  const lines = text.split("\n").filter((line) => line !== "");
  const rows = lines.map((line) => JSON.parse(line) as TableRow);
  for (const { table, row } of rows) {
    if (!TABLES.has(table)) throw invalidField("/rows", `holds rows of ${table}`);
    insistOwn(table, row, tenant);
  }
  await ledgerNow(env, tenant);
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
    const columns = Object.keys(own[0]?.row ?? {});
    const unknown = columns.find((name) => !there.has(name));
    if (unknown) throw invalidField("/rows", `${table} has no column ${unknown} in this version`);
    const mine = own.map(({ row }) => putBack(table, row, home));
    statements.push(...insertRows(db, table, columns, mine));
  }
  if (rows.some(({ row }) => row.recipient === tenant)) {
    inControl.push(raiseSeries(env.DB, OPERATOR_TENANT, tenant));
  }
  await env.DB.batch(inControl);
  if (inLedger.length > 0) await store.DB.batch(inLedger);
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

/** What a row says of whose it is has to be the tenant, or the operator that bills it. */
function insistOwn(table: string, row: Row, tenant: string): void {
  const owner = row.tenant ?? row.issuer ?? (table === "tenants" ? row.id : tenant);
  const isBilled = owner === OPERATOR_TENANT && OF_OPERATOR.has(table);
  if (owner === tenant || isBilled) return;
  throw invalidField("/rows", `holds a row of ${table} that is another tenant's`);
}

/** What the operator has of a tenant that it bills. */
const OF_OPERATOR: ReadonlySet<string> = new Set([
  "customers",
  "documents",
  "payments",
  "document_links",
  "customer_balances",
  "balance_transactions",
]);

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

async function loadFile(env: Env, tenant: string, key: string, bytes: Uint8Array): Promise<void> {
  if (!isFileKey(key)) throw invalidField("/query/key", "names no file of an export");
  await bucketOf(env, ownerOf(key) ?? tenant).put(key, bytes);
}

async function loadEvents(env: Env, tenant: string, fromSeq: number, text: string): Promise<void> {
  const lines = linesOfNdjson(text);
  const follows = lines.every(({ event_seq }, i) => event_seq === fromSeq + 1 + i);
  if (!follows) throw invalidField("/query/from_seq", "is the sequence before the first event");
  const store = await readStore(env, tenant);
  const { upTo } = await readWatermarks(store.DB, tenant);
  const high = fromSeq + lines.length;
  if (high <= upTo) return;
  if (upTo !== fromSeq) {
    throw new Problem("resource.conflict", `the events go on after ${upTo}: send those next`);
  }
  const { counters } = await readCatalogue(env.DB, tenant);
  const rows = lines.map((line) => ({ n: 1, body: journalLine(line) }));
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
