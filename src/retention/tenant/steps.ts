/**
 * What is done to erase a tenant, step by step. Each step has a place, and may run again from any:
 * what is gone is not found the second time.
 */

import { forgetKeys } from "../../accounts/guard/guard.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { OPERATOR_TENANT, readTenant } from "../../accounts/store/tenant-store.ts";
import { blankCustomer, readCustomer, updateCustomer } from "../../documents/party/party-store.ts";
import { deletePrints } from "../../documents/render/cache/rendered.ts";
import { meterOf } from "../../metering/meter/meter.ts";
import { eraseSome, fenceForGood, noteErased } from "../../metering/move/erase-usage.ts";
import { commit } from "../../platform/db/db.ts";
import { ledgerDb, ledgersOf } from "../../platform/db/ledger.ts";
import { schedule } from "../../platform/queue/due.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { bucketOf } from "../../platform/runtime/jurisdiction.ts";
import { ERASURE_RUN } from "../erasure/erase.ts";
import { clearAuditOf, insertErasure } from "../erasure/erasure-store.ts";
import { BUDGET_USE, CUSTOMERS, DRAFTS, GONE, GONE_AT_LAST, type Gone } from "./tables.ts";
import * as store from "./tenant-store.ts";

/** Where a step goes on; null where it is done. */
export type Place = readonly (string | number)[] | null;

/** One run of a step. */
export type Run = { env: Env; erasure: store.TenantErasure; realMs: number };
export type Step = (run: Run, place: Place) => Promise<Place>;

/** Where R2 says that a tenant's erasure has begun. */
export const RECORDS = "tenant-erasure/";
/** The record of one of them. */
export const recordKey = (id: string) => `${RECORDS}${id}.json`;
/** What it says. */
export type TenantRecord = Pick<
  store.TenantErasure,
  "id" | "tenant" | "askedMs" | "byOperator" | "beginsMs"
>;

/** Years that final documents are kept, counted from the end of the year of their issue. */
export const DOCUMENT_YEARS = 10;

/** Documents that were issued before this day have been kept for long enough. */
export function forgetBefore(realMs: number): string {
  return `${new Date(realMs).getUTCFullYear() - DOCUMENT_YEARS}-01-01`;
}

/** The first moment at which a document of a day has been kept for long enough. */
export function forgottenAt(day: string): number {
  return Date.UTC(Number(day.slice(0, 4)) + DOCUMENT_YEARS + 1, 0, 1);
}

/** Before all else, so that a database that is set back learns of it. */
async function remember({ env, erasure }: Run): Promise<Place> {
  const { id, tenant, askedMs, byOperator, beginsMs } = erasure;
  const record: TenantRecord = { id, tenant, askedMs, byOperator, beginsMs };
  await env.FILES.put(recordKey(id), JSON.stringify(record));
  return null;
}

/** While the tenant still is one, so that what it paid ends in the operator's figures. */
async function endSubscriptions({ env, erasure: { tenant } }: Run): Promise<Place> {
  const { nowMs } = await tenantClock(env.DB, tenant);
  await env.DB.batch(store.endSubscriptions(env.DB, tenant, nowMs));
  return null;
}

async function close({ env, erasure: { tenant }, realMs }: Run): Promise<Place> {
  await env.DB.batch(store.closeTenant(env.DB, tenant, realMs));
  forgetKeys(tenant);
  return null;
}

async function eraseMeter({ env, erasure: { tenant } }: Run): Promise<Place> {
  await meterOf(env, tenant).erase(tenant);
  return null;
}

/** A page of each ledger's tables, of one ledger after the other. */
async function eraseLedgers({ env, erasure: { tenant, id } }: Run, place: Place): Promise<Place> {
  const ledgers = ledgersOf(env);
  const at = Number(place?.[0] ?? 0);
  const ledger = ledgers[at];
  if (ledger === undefined) return null;
  const db = ledgerDb(env, ledger);
  await fenceForGood(db, tenant).run();
  if ((await eraseSome(db, tenant)) > 0) return [at];
  await noteErased(db, tenant, id).run();
  return [at + 1];
}

/** Objects of R2 that one step deletes; as many as one call takes. */
const OBJECTS = 1_000;

/** A step that deletes what lies under a tenant's prefix. */
function prefix(name: string): Step {
  return async ({ env, erasure: { tenant } }) => {
    const files = bucketOf(env, tenant);
    const { objects } = await files.list({ prefix: `${name}/${tenant}/`, limit: OBJECTS });
    if (objects.length === 0) return null;
    await files.delete(objects.map(({ key }) => key));
    return [name];
  };
}

/** Files of drafts go; those of final documents are a part of them. */
async function attachments({ env, erasure: { tenant } }: Run, place: Place): Promise<Place> {
  const start = `attachment/${tenant}/`;
  const startAfter = place === null ? {} : { startAfter: String(place[0]) };
  const files = bucketOf(env, tenant);
  const { objects } = await files.list({ prefix: start, limit: OBJECTS, ...startAfter });
  const documentOf = (key: string) => key.slice(start.length).split("/")[0] ?? "";
  const ids = [...new Set(objects.map(({ key }) => documentOf(key)))];
  const kept = await store.finalAmong(env.DB, tenant, ids);
  const keys = objects.map(({ key }) => key).filter((key) => !kept.has(documentOf(key)));
  if (keys.length > 0) await files.delete(keys);
  const last = objects.at(-1);
  return last && objects.length === OBJECTS ? [last.key] : null;
}

const EMAILS = 100;

async function mailFiles({ env, erasure: { tenant } }: Run, place: Place): Promise<Place> {
  const page = { after: String(place?.[0] ?? ""), limit: EMAILS };
  const rows = await store.emailsWithFiles(env.DB, tenant, page);
  const keys = rows.flatMap((row) => row.keys).filter((key) => key.startsWith("mail/"));
  for (let i = 0; i < keys.length; i += OBJECTS) {
    await bucketOf(env, tenant).delete(keys.slice(i, i + OBJECTS));
  }
  const last = rows.at(-1);
  return last && rows.length === EMAILS ? [last.id] : null;
}

/** Documents whose PDFs one step looks for: R2 is asked once for each. */
const PRINTED = 25;

/** PDFs are made of their documents, and are made again where one that is kept is read. */
async function prints({ env, erasure: { tenant } }: Run, place: Place): Promise<Place> {
  const [kind = "", id = ""] = (place ?? []) as string[];
  const rows = await store.documentsBehind(env.DB, tenant, { after: [kind, id], limit: PRINTED });
  for (const row of rows) await deletePrints(bucketOf(env, tenant), row.id);
  const last = rows.at(-1);
  return last && rows.length === PRINTED ? [last.kind, last.id] : null;
}

/** Final documents show their logo; without any it goes with the branding that names it. */
async function logo({ env, erasure: { tenant } }: Run): Promise<Place> {
  const { count } = await store.finalDocuments(env.DB, tenant);
  const key = count > 0 ? null : await store.soleLogo(env.DB, tenant);
  if (key !== null) await bucketOf(env, tenant).delete([`logo/${key}`, `logo/${key}.json`]);
  return null;
}

/** The tenant as the operator's customer is erased as any person is, and stays so by itself. */
async function asCustomer({ env, erasure, realMs }: Run): Promise<Place> {
  const { id: of, tenant } = erasure;
  const ref = await store.customerOfOperator(env.DB, OPERATOR_TENANT, tenant);
  if (ref === null) return null;
  const id = of.replace("tes_", "ers_");
  const owner = { tenant: OPERATOR_TENANT, kind: "customer", ref, salt: "" } as const;
  const row = { tenant: OPERATOR_TENANT, clock: "real", kind: ERASURE_RUN, ref: id } as const;
  await env.DB.batch([
    insertErasure(env.DB, { ...owner, id, askedMs: realMs }),
    schedule(env.DB, { ...row, atMs: realMs }),
  ]);
  return null;
}

async function operatorAudit({ env, erasure: { tenant } }: Run, place: Place): Promise<Place> {
  const [atMs = 0, id = ""] = place ?? [];
  const { DB } = env;
  return clearAuditOf(DB, OPERATOR_TENANT, tenant, [Number(atMs), String(id)]);
}

async function ownAudit({ env, erasure: { tenant } }: Run, place: Place): Promise<Place> {
  const [atMs = 0, id = ""] = place ?? [];
  const next = await store.blankAudit(env.DB, tenant, [Number(atMs), String(id)]);
  if (next === null) await store.unsealAudit(env.DB, tenant).run();
  return next;
}

/** Statements that a step runs at most. */
const DELETES = 20;

/** A step that deletes the rows of tables, one after the other. */
function rows(tables: readonly Gone[]): Step {
  return async ({ env, erasure: { tenant } }, place) => {
    let at = Number(place?.[0] ?? 0);
    for (let n = 0; n < DELETES; n++) {
      const table = tables[at];
      if (!table) return null;
      if ((await store.deleteSome(env.DB, table, tenant)) === 0) at++;
    }
    return [at];
  };
}

const BLANKED = 20;

/** Of customers that a final document names, only that they were is left. */
async function blankCustomers({ env, erasure, realMs }: Run, place: Place): Promise<Place> {
  const { tenant } = erasure;
  const page = { after: String(place?.[0] ?? ""), limit: BLANKED };
  const ids = await store.customerIds(env.DB, tenant, page);
  for (const id of ids) {
    const found = await readCustomer(env.DB, { tenantId: tenant }, id);
    if (!found || found.name === ERASED_CUSTOMER) continue;
    const blank = blankCustomer(id, tenant, ERASED_CUSTOMER);
    await commit(env.DB, updateCustomer(env.DB, blank, found.revision, realMs));
  }
  const last = ids.at(-1);
  return last !== undefined && ids.length === BLANKED ? [last] : null;
}

const ERASED_CUSTOMER = "Erased customer";

/** The documents of a test tenant are none that a law asks for: nobody waits for their day. */
async function releaseTests({ env, erasure: { tenant } }: Run): Promise<Place> {
  const row = await readTenant(env.DB, tenant);
  if (row?.mode !== "test") return null;
  await store.setTenantErasure(env.DB, tenant, { forgetBefore: "9999-12-31" }).run();
  return null;
}

/** Documents that go in one step, with what hangs on them. */
const FORGOTTEN = 25;

/** Deletes documents whose day has come; those from which others were made, behind these. */
async function oldDocuments({ env, erasure: { tenant } }: Run): Promise<Place> {
  const ids = await store.oldDocuments(env.DB, tenant, FORGOTTEN);
  if (ids.length === 0) return null;
  const files = bucketOf(env, tenant);
  for (const id of ids) {
    await deletePrints(files, id);
    const { objects } = await files.list({ prefix: `attachment/${tenant}/${id}/` });
    if (objects.length > 0) await files.delete(objects.map(({ key }) => key));
  }
  await env.DB.batch(store.deleteDocuments(env.DB, ids));
  return ids;
}

/** All that is erased at once, in this order; what the steps are called stands in the answer. */
export const STEPS: readonly (readonly [name: string, step: Step])[] = [
  ["remember", remember],
  ["subscriptions", endSubscriptions],
  ["close", close],
  ["meter", eraseMeter],
  ["ledger", eraseLedgers],
  ["files", prefix("archive")],
  ["files", prefix("segments")],
  ["files", prefix("async")],
  ["files", prefix("import")],
  ["files", attachments],
  ["files", mailFiles],
  ["files", prints],
  ["files", logo],
  ["operator", asCustomer],
  ["operator", operatorAudit],
  ["rows", rows(GONE)],
  ["rows", rows([DRAFTS])],
  ["documents", releaseTests],
  ["documents", oldDocuments],
  ["rows", rows([CUSTOMERS])],
  ["rows", blankCustomers],
  ["audit", ownAudit],
  ["rows", rows([BUDGET_USE])],
];

/** Each of them in words, by its name. */
export const STEP_WORDS: Readonly<Record<string, string>> = {
  remember: "Noting it where no restore reaches",
  subscriptions: "Ending subscriptions",
  close: "Ending keys, sessions and messages",
  meter: "Emptying the meter",
  ledger: "Erasing usage",
  files: "Erasing archives and files",
  operator: "Erasing the operator's customer",
  rows: "Erasing settings, people, customers and logs",
  documents: "Erasing documents that no law keeps",
  audit: "Taking persons out of the audit log",
};

/** What is done of it again when documents' day comes. */
export const FORGET_STEPS: readonly Step[] = [oldDocuments, rows([CUSTOMERS])];

/** What goes behind the last document. */
export const LAST_STEPS: readonly Step[] = [logo, rows(GONE_AT_LAST), rows([CUSTOMERS])];
