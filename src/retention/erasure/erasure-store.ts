/** Rows of erasures, and the personal fields that they clear: each statement may run again. */
import { and, asc, desc, eq, gt, inArray, isNull, lt, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { contentOf, ERASED_DETAIL } from "../../accounts/audit/sealed-entry.ts";
import {
  apiKeys,
  audit,
  requestLogs,
  signInLinks,
  tenants,
  users,
} from "../../accounts/store/table.ts";
import { emailReports, emails, suppressions } from "../../delivery/email/table.ts";
import { customers, documents } from "../../documents/store/table.ts";
import { usageErasures } from "../../metering/ledger/table.ts";
import { usageRefused } from "../../metering/record/table.ts";
import { type BoundedCount, countEach } from "../../platform/db/bounded-count.ts";
import { eachOf, orm, statement } from "../../platform/db/db.ts";
import { ledgerDb, ledgersOf } from "../../platform/db/ledger.ts";
import { sqlStatement } from "../../platform/db/sql.ts";
import { outbox } from "../../platform/db/table.ts";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { bucketOf } from "../../platform/runtime/jurisdiction.ts";
import type { Addresses } from "./addresses.ts";
import { erasures } from "./table.ts";

export type Erasure = typeof erasures.$inferSelect;
export type ErasureKind = Erasure["kind"];
/** What R2 keeps of an erasure. */
export type ErasureRecord = Pick<Erasure, "id" | "tenant" | "kind" | "ref" | "salt" | "askedMs">;

/** Notes an erasure; one that is known already stays. */
export function insertErasure(db: D1Database, record: ErasureRecord): D1PreparedStatement {
  const row = { ...record, step: 0 };
  return statement(db, orm(db).insert(erasures).values(row).onConflictDoNothing());
}

/** An erasure by its id. */
export async function readErasure(db: D1Database, id: string): Promise<Erasure | null> {
  const [row] = await orm(db).select().from(erasures).where(eq(erasures.id, id));
  return row ?? null;
}

/** Notes how far an erasure is. */
export function setErasure(
  db: D1Database,
  id: string,
  change: Partial<Pick<Erasure, "step" | "place" | "doneMs">>,
): D1PreparedStatement {
  return statement(db, orm(db).update(erasures).set(change).where(eq(erasures.id, id)));
}

/** A page of a tenant's erasures, newest first. */
export function listErasures(
  db: D1Database,
  tenant: string,
  { before, limit }: { before: string | null; limit: number },
): Promise<Erasure[]> {
  const older = before === null ? undefined : lt(erasures.id, before);
  return orm(db)
    .select()
    .from(erasures)
    .where(and(eq(erasures.tenant, tenant), older))
    .orderBy(desc(erasures.id))
    .limit(limit);
}

/**
 * Which of some erasures these databases do not have as done: of usage, the tenant's own ledger.
 * One that it was moved from has its mark, too, and says nothing of the one where the usage is.
 */
export async function undone(env: Env, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const named = eachOf(ids);
  const { id, kind, doneMs, tenant } = erasures;
  const [known, ...ledgers] = await Promise.all([
    orm(env.DB)
      .select({ id, kind, doneMs, ledger: tenants.ledger })
      .from(erasures)
      .leftJoin(tenants, eq(tenants.id, tenant))
      .where(inArray(id, named)),
    ...ledgersOf(env).map(async (ledger) => {
      const found = await orm(ledgerDb(env, ledger))
        .select({ id: usageErasures.id })
        .from(usageErasures)
        .where(inArray(usageErasures.id, named));
      return found.map((mark) => `${ledger} ${mark.id}`);
    }),
  ]);
  const marked = new Set(ledgers.flat());
  const done = known.filter(
    (row) =>
      row.doneMs !== null &&
      (row.kind !== "usage_user" || marked.has(`${row.ledger ?? 0} ${row.id}`)),
  );
  const isDone = new Set(done.map(({ id }) => id));
  return new Set(ids.filter((id) => !isDone.has(id)));
}

/** Notes in the usage tables that an erasure is done in them. */
export function noteUsageErasure(
  db: D1Database,
  { id, tenant }: Pick<Erasure, "id" | "tenant">,
): D1PreparedStatement {
  return statement(db, orm(db).insert(usageErasures).values({ id, tenant }).onConflictDoNothing());
}

/** A user's address, also of one that was removed; null where there is no such user. */
export async function personOf(
  db: D1Database,
  tenant: string,
  id: string,
): Promise<{ email: string; name: string; role: string; removedMs: number | null } | null> {
  const { email, name, role, removedMs } = users;
  const [row] = await orm(db)
    .select({ email, name, role, removedMs })
    .from(users)
    .where(and(eq(users.tenant, tenant), eq(users.id, id)));
  return row ?? null;
}

/** Clears what is kept of a user; who did what stays, by an id that names nobody. */
export function clearUser(
  db: D1Database,
  tenant: string,
  id: string,
  alias: string,
): D1PreparedStatement[] {
  const queries = orm(db);
  return [
    statement(db, queries.delete(signInLinks).where(eq(signInLinks.userId, id))),
    statement(db, queries.update(apiKeys).set({ name: "Erased" }).where(eq(apiKeys.userId, id))),
    statement(
      db,
      queries
        .update(users)
        .set({ name: "Erased", email: alias })
        .where(and(eq(users.tenant, tenant), eq(users.id, id))),
    ),
  ];
}

type AuditText = Pick<typeof audit.$inferSelect, "id" | "detail" | "before" | "after" | "blotted">;

/** Blots out what entries say of a change; its digest stays, by which their chain holds. */
function blot(db: D1Database, rows: readonly AuditText[]): Promise<D1PreparedStatement[]> {
  return Promise.all(
    rows
      .filter(({ blotted }) => blotted === null)
      .map(async (row) => {
        const blotted = await contentOf(row, sha256Hex);
        const change = { detail: ERASED_DETAIL, before: null, after: null, blotted };
        return statement(db, orm(db).update(audit).set(change).where(eq(audit.id, row.id)));
      }),
  );
}

const AUDIT_TEXT = {
  id: audit.id,
  detail: audit.detail,
  before: audit.before,
  after: audit.after,
  blotted: audit.blotted,
};

/** Clears what was written of a user or customer in the next entries about it. */
export async function clearAuditOf(
  db: D1Database,
  tenant: string,
  target: string,
  [afterMs, afterId]: readonly [number, string],
): Promise<[number, string] | null> {
  const { id, atMs } = audit;
  const rows = await orm(db)
    .select({ ...AUDIT_TEXT, atMs })
    .from(audit)
    .where(
      and(
        eq(audit.tenant, tenant),
        eq(audit.target, target),
        sql`(${atMs}, ${id}) > (${afterMs}, ${afterId})`,
      ),
    )
    .orderBy(asc(atMs), asc(id))
    .limit(PAGE);
  await inOneBatch(db, await blot(db, rows));
  const last = rows.at(-1);
  return last && rows.length === PAGE ? [last.atMs, last.id] : null;
}

/** A page of texts of a tenant's table in which an address may stand. */
async function textsAfter(
  db: D1Database,
  at: { table: SQLiteTable; tenant: SQLiteColumn; key: SQLiteColumn; text: SQLiteColumn },
  tenant: string,
  after: string | number | null,
): Promise<{ key: string | number; text: string }[]> {
  const rows = await orm(db)
    .select({ key: at.key, text: at.text })
    .from(at.table)
    .where(and(eq(at.tenant, tenant), after === null ? undefined : gt(at.key, after)))
    .orderBy(asc(at.key))
    .limit(PAGE);
  return rows as { key: string | number; text: string }[];
}

/** Rows that one step looks at. */
const PAGE = 200;

/** Takes a person out of the next announced events; where the next step goes on. */
export async function clearOutbox(
  db: D1Database,
  tenant: string,
  { addresses, alias, customer, after }: Traces & { after: string | number | null },
): Promise<number | null> {
  const at = { table: outbox, tenant: outbox.tenant, key: outbox.outboxSeq, text: outbox.body };
  const rows = await textsAfter(db, at, tenant, after);
  const emailOf = (text: string) => /"email_id":"(\w+)"/.exec(text)?.[1] ?? "";
  const about = await ofCustomer(
    db,
    customer,
    rows.map(({ text }) => emailOf(text)),
  );
  const cleared = rows.map(({ key, text }) => {
    const other = addresses.replacedIn(text, alias);
    return { key, text, other: about.has(emailOf(text)) ? withoutLetter(other, alias) : other };
  });
  await inOneBatch(
    db,
    cleared
      .filter(({ text, other }) => other !== text)
      .map(({ key, other }) =>
        statement(
          db,
          orm(db)
            .update(outbox)
            .set({ body: other })
            .where(and(eq(outbox.tenant, tenant), eq(outbox.outboxSeq, Number(key)))),
        ),
      ),
  );
  return rows.length === PAGE ? Number(rows.at(-1)?.key) : null;
}

/** What an announcement says of an e-mail, without whom it went to and what it said. */
function withoutLetter(body: string, alias: string): string {
  const said = JSON.parse(body) as Record<string, unknown>;
  const blank = { to: [alias], subject: "Erased", reason: null };
  const changed = Object.entries(blank).filter(([name]) => name in said);
  return JSON.stringify({ ...said, ...Object.fromEntries(changed) });
}

/** By what a person is found: addresses, and of a customer its documents and their letters. */
export type Traces = { addresses: Addresses; alias: string; customer: string | null };

/** Which of some ids are those of a customer's documents, or of e-mails that brought them. */
async function ofCustomer(
  db: D1Database,
  customer: string | null,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const named = ids.filter((id) => id !== "");
  if (customer === null || named.length === 0) return new Set();
  const own = sql`CROSS JOIN ${documents} AS d`;
  const given = sql`json_each(${JSON.stringify(named)}) AS j`;
  const asked = sqlStatement(
    db,
    sql`SELECT d.id FROM ${given} ${own} ON d.id = j.value WHERE d.customer_id = ${customer}
      UNION ALL
      SELECT e.id FROM ${given} CROSS JOIN ${emails} AS e ON e.id = j.value
        ${own} ON d.id = e.document_id
      WHERE d.customer_id = ${customer}`,
  );
  return new Set((await asked.all<{ id: string }>()).results.map(({ id }) => id));
}

/** Addresses of a customer that one erasure looks for. */
const MOST_ADDRESSES = 100;

/** The addresses that a customer has and had, as the audit log and its documents say. */
export async function addressesOf(
  db: D1Database,
  tenant: string,
  customer: string,
): Promise<string[]> {
  const own = sql`${audit.tenant} = ${tenant} AND ${audit.target} = ${customer}`;
  const log = sql`FROM ${audit} WHERE ${own}`;
  const asked = sqlStatement(
    db,
    sql`SELECT ${customers.email} AS address FROM ${customers}
        WHERE ${customers.id} = ${customer} AND ${customers.tenant} = ${tenant}
      UNION ALL SELECT ${audit.before}->>'email' ${log}
      UNION ALL SELECT ${audit.after}->>'email' ${log}
      UNION ALL SELECT ${documents.buyer}->>'email' FROM ${documents}
        WHERE ${documents.customerId} = ${customer}
      LIMIT ${MOST_NAMED}`,
  );
  const found = (await asked.all<{ address: string | null }>()).results;
  const all = new Set(found.flatMap(({ address }) => address?.toLowerCase() ?? []));
  return [...all].slice(0, MOST_ADDRESSES);
}

/** Rows in which these are looked for. */
const MOST_NAMED = 10_000;

/** The ids of a customer's drafts, a page behind an id. */
export async function draftsOf(
  db: D1Database,
  customer: string,
  { after, limit }: { after: string; limit: number },
): Promise<string[]> {
  const rows = await orm(db)
    .select({ id: documents.id })
    .from(documents)
    .where(
      and(eq(documents.customerId, customer), isNull(documents.number), gt(documents.id, after)),
    )
    .orderBy(asc(documents.id))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Has a draft be found by another text. */
export function setDraftSearch(db: D1Database, id: string, search: string): D1PreparedStatement {
  const own = and(eq(documents.id, id), isNull(documents.number));
  return statement(db, orm(db).update(documents).set({ search, searchFolded: true }).where(own));
}

async function inOneBatch(db: D1Database, statements: D1PreparedStatement[]): Promise<void> {
  if (statements.length > 0) await db.batch(statements);
}

/**
 * Blots out the next entries of the audit log in whose change a person stands; those about the
 * person itself, which say its former addresses, are left to `clearAuditOf`.
 */
export async function clearAuditPage(
  db: D1Database,
  tenant: string,
  {
    addresses,
    customer,
    self,
    after: [afterMs, afterId],
  }: Traces & { self: string; after: readonly [number, string] },
): Promise<[number, string] | null> {
  const { id, atMs, target } = audit;
  const rows = await orm(db)
    .select({ ...AUDIT_TEXT, atMs, target })
    .from(audit)
    .where(and(eq(audit.tenant, tenant), sql`(${atMs}, ${id}) > (${afterMs}, ${afterId})`))
    .orderBy(asc(atMs), asc(id))
    .limit(PAGE);
  const about = await ofCustomer(
    db,
    customer,
    rows.map((row) => row.target),
  );
  const found = rows.filter((row) => {
    if (row.target === self) return false;
    const text = `${row.detail} ${row.before} ${row.after}`;
    return addresses.areIn(text) || (about.has(row.target) && NAMES_BUYER.test(text));
  });
  await inOneBatch(db, await blot(db, found));
  const last = rows.at(-1);
  return last && rows.length === PAGE ? [last.atMs, last.id] : null;
}

/** Of a document's entry: as it was issued, or sent to somebody. */
const NAMES_BUYER = /"(?:buyer|recipients|to)":/;

/** Clears the next e-mails to a person, with their files; where the next step goes on. */
export async function clearEmails(
  env: Env,
  tenant: string,
  { addresses, alias, customer, after }: Traces & { after: string | null },
): Promise<string | null> {
  const { DB } = env;
  const { id, recipients, cc, attachments } = emails;
  const rows = await orm(DB)
    .select({ id, recipients, cc, attachments })
    .from(emails)
    .where(and(eq(emails.tenant, tenant), after === null ? undefined : gt(id, after)))
    .orderBy(asc(id))
    .limit(PAGE);
  const about = await ofCustomer(
    DB,
    customer,
    rows.map((row) => row.id),
  );
  const found = rows.filter(
    (row) => about.has(row.id) || [...row.recipients, ...row.cc].some((to) => addresses.areIn(to)),
  );
  const files = found.flatMap((row) => row.attachments.map(({ key }) => key));
  if (files.length > 0) await bucketOf(env, tenant).delete(files);
  const other = (row: { id: string }, list: string[]) =>
    list.map((to) => (about.has(row.id) ? alias : addresses.replacedIn(to, alias)));
  await inOneBatch(
    DB,
    found.flatMap((row) => [
      statement(
        DB,
        orm(DB)
          .update(emails)
          .set({
            recipients: other(row, row.recipients),
            cc: other(row, row.cc),
            subject: "Erased",
            html: "",
            plain: "",
            attachments: [],
            reason: null,
            search: `erased ${alias}`,
          })
          .where(eq(id, row.id)),
      ),
      ...(about.has(row.id) ? [clearReports(DB, row.id, alias)] : []),
    ]),
  );
  return rows.length === PAGE ? (rows.at(-1)?.id ?? null) : null;
}

/** Reports on a letter; those of several recipients become one of each kind. */
function clearReports(db: D1Database, email: string, alias: string): D1PreparedStatement {
  return sqlStatement(
    db,
    sql`UPDATE OR REPLACE ${emailReports} SET address = ${alias}, reason = NULL
      WHERE ${emailReports.email} = ${email}`,
  );
}

/** What stands by an address itself: suppressions, and reports of providers. */
export function clearAddress(
  db: D1Database,
  tenant: string,
  address: string,
  alias: string,
): D1PreparedStatement[] {
  const own = orm(db).select({ id: emails.id }).from(emails).where(eq(emails.tenant, tenant));
  return [
    statement(
      db,
      orm(db)
        .delete(suppressions)
        .where(and(eq(suppressions.tenant, tenant), eq(suppressions.address, address))),
    ),
    statement(
      db,
      orm(db)
        .update(emailReports)
        .set({ address: alias, reason: null })
        .where(and(eq(emailReports.address, address), inArray(emailReports.email, own))),
    ),
  ];
}

/** Refused usage of a user: the next of it; where the next step goes on. */
export async function clearRefused(
  db: D1Database,
  tenant: string,
  isUser: (user: string) => boolean,
  { alias, after }: { alias: string; after: readonly [number, string] },
): Promise<[number, string] | null> {
  const { id, atMs, userId } = usageRefused;
  const rows = await orm(db)
    .select({ id, atMs, userId })
    .from(usageRefused)
    .where(and(eq(usageRefused.tenant, tenant), sql`(${atMs}, ${id}) > (${after[0]}, ${after[1]})`))
    .orderBy(asc(atMs), asc(id))
    .limit(PAGE);
  const found = rows.filter((row) => row.userId !== null && isUser(row.userId));
  await inOneBatch(
    db,
    found.map((row) =>
      statement(
        db,
        orm(db).update(usageRefused).set({ userId: alias, event: null }).where(eq(id, row.id)),
      ),
    ),
  );
  const last = rows.at(-1);
  return last && rows.length === PAGE ? [last.atMs, last.id] : null;
}

/** Takes a user out of the log of requests, which is a week long. */
export function clearRequests(db: D1Database, tenant: string, user: string): D1PreparedStatement {
  return statement(
    db,
    orm(db)
      .update(requestLogs)
      .set({ userId: null })
      .where(and(eq(requestLogs.tenant, tenant), eq(requestLogs.userId, user))),
  );
}

/** How many keys a user has, and how many documents a customer, up to a thousand of each. */
export function countConcerned(
  db: D1Database,
  ref: string,
): Promise<Record<"keys" | "drafts" | "final", BoundedCount>> {
  const { customerId, number } = documents;
  const ofCustomer = sql`SELECT 1 FROM ${documents} WHERE ${customerId} = ${ref}`;
  return countEach(db, {
    keys: sql`SELECT 1 FROM ${apiKeys} WHERE ${apiKeys.userId} = ${ref}
      AND ${apiKeys.revokedMs} IS NULL`,
    drafts: sql`${ofCustomer} AND ${number} IS NULL`,
    final: sql`${ofCustomer} AND ${number} IS NOT NULL`,
  });
}
