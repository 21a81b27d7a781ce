/** OpenMeter's customers, by the product's own verbs. */
import type { Context, Hono } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { insistRoom } from "../../accounts/store/budget-store.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { changeCustomer, createCustomer } from "../../documents/party/customer.ts";
import { listCustomers } from "../../documents/party/party-store.ts";
import type { CustomerRow } from "../../documents/store/table.ts";
import { commit } from "../../platform/db/db.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readJson } from "../common/dialect.ts";
import { dropEntries, entriesNamed, entriesOfCustomers, putEntry } from "../common/entry-store.ts";
import {
  type CustomerNote,
  customerBody,
  customerIn,
  type GivenCustomer,
  hasTexts,
  MAX_SUBJECT_KEYS,
} from "./customer.ts";
import { countCustomers, customersNamed, pageOfCustomers } from "./customer-store.ts";

const USUAL_PAGE = 100;
const MAX_PAGE = 200;
/** Rows that a page may lie behind: each costs a read. */
const MAX_OFFSET = 100_000;
/** Customers that are looked through for a text. */
const MAX_SOUGHT = 1_000;

/** Adds the routes of customers below `base`, which ends in `/v1`. */
export function routeCustomers(app: Hono<AppEnv>, base: string): void {
  const one = `${base}/customers/:customer`;
  app.get(`${base}/customers`, async (c) => c.json(await list(c, allow(c, "documents.read"))));
  app.post(`${base}/customers`, async (c) => {
    const actor = allow(c, "documents.write");
    const given = customerIn(await readJson(c));
    await insistFree(c.env, actor, given, null);
    const row = await createCustomer(c.env, actor, given.customer);
    await keepRest(c.env, actor, row, given);
    return c.json(await shown(c.env, actor, row), 201);
  });
  app.get(one, async (c) => {
    const actor = allow(c, "documents.read");
    return c.json(await shown(c.env, actor, await customerNamed(c, actor)));
  });
  app.put(one, async (c) => {
    const actor = allow(c, "documents.write");
    const held = await customerNamed(c, actor);
    const given = customerIn(await readJson(c));
    await insistFree(c.env, actor, given, held.id);
    const row = await changeCustomer(c.env, actor, held.id, given.customer);
    await keepRest(c.env, actor, row, given);
    return c.json(await shown(c.env, actor, row));
  });
  app.delete(one, async (c) => {
    const actor = allow(c, "documents.write");
    await leave(c.env, actor, await customerNamed(c, actor));
    return c.body(null, 204);
  });
}

/** The customer that a path names. Errors: 404. */
export async function customerNamed(c: Context<AppEnv>, actor: Actor): Promise<CustomerRow> {
  const name = c.req.param("customer") ?? "";
  const row = (await customersNamed(c.env.DB, actor.tenantId, [name])).get(name);
  if (!row) throw notFound(`customer ${name}`);
  return row;
}

/** Refuses a key and subjects that are another customer's. Errors: 409. */
async function insistFree(
  env: Env,
  { tenantId }: Actor,
  { key, subjectKeys }: GivenCustomer,
  customerId: string | null,
): Promise<void> {
  const names = [...new Set([...(key === null ? [] : [key]), ...subjectKeys])];
  const [held, keys] = await Promise.all([
    entriesNamed(env.DB, tenantId, "subject", names),
    customersNamed(env.DB, tenantId, names),
  ]);
  for (const name of names) {
    const others = [held.get(name)?.customerId ?? null];
    const row = keys.get(name);
    if (row?.reference === name) others.push(row.id);
    if (others.every((other) => other === null || other === customerId)) continue;
    throw new Problem("resource.conflict", `the subject ${name} is another customer's`);
  }
}

/** Keeps a customer's subjects, but for its key, and what else has no place of its own. */
async function keepRest(env: Env, actor: Actor, row: CustomerRow, given: GivenCustomer) {
  const { tenantId: tenant, realMs } = actor;
  const wanted = given.subjectKeys.filter((subject) => subject !== given.key);
  const mine = await entriesOfCustomers(env.DB, tenant, "subject", [row.id], MAX_SUBJECT_KEYS);
  const known = await entriesNamed(env.DB, tenant, "subject", wanted);
  const gone = mine.filter(({ name }) => !wanted.includes(name)).map(({ name }) => name);
  const times = { createdMs: realMs, updatedMs: realMs };
  const subjects = wanted.map((name) => {
    const { id = makeId("sbj", realMs), body = {} } = known.get(name) ?? {};
    const entry = { id, tenant, kind: "subject", name, customerId: row.id, body } as const;
    return putEntry(env.DB, { ...entry, ...times });
  });
  await commit(env.DB, [
    dropEntries(env.DB, tenant, "subject", gone),
    ...subjects,
    noteStatement(env, actor, row.id, given.note),
    insistRoom(env.DB, actor, "stored_bytes"),
    auditRow(env.DB, actor, { action: "customer.subjects", target: row.id }, realMs),
  ]);
}

function noteStatement(
  env: Env,
  { tenantId: tenant, realMs }: Actor,
  name: string,
  body: CustomerNote,
): D1PreparedStatement {
  if (Object.keys(body).length === 0) return dropEntries(env.DB, tenant, "customer", [name]);
  const times = { createdMs: realMs, updatedMs: realMs };
  const entry = { id: makeId("note", realMs), tenant, kind: "customer", name } as const;
  return putEntry(env.DB, { ...entry, customerId: null, body, ...times });
}

/** A customer stays for its documents, without key and subjects, and is shown no more here. */
async function leave(env: Env, actor: Actor, row: CustomerRow): Promise<void> {
  if (row.linkedTenant !== null) {
    const detail = "this customer is a tenant with a subscription; end that instead";
    throw new Problem("resource.conflict", detail);
  }
  const { tenantId: tenant, realMs } = actor;
  if (row.reference !== null) await changeCustomer(env, actor, row.id, { reference: null });
  const mine = await entriesOfCustomers(env.DB, tenant, "subject", [row.id], MAX_SUBJECT_KEYS);
  const names = mine.map(({ name }) => name);
  await commit(env.DB, [
    dropEntries(env.DB, tenant, "subject", names),
    noteStatement(env, actor, row.id, {}),
    putEntry(env.DB, {
      id: makeId("gone", realMs),
      tenant,
      kind: "gone",
      name: row.id,
      customerId: null,
      body: {},
      createdMs: realMs,
      updatedMs: realMs,
    }),
    auditRow(env.DB, actor, { action: "customer.leave", target: row.id }, realMs),
  ]);
}

async function shown(env: Env, actor: Actor, row: CustomerRow) {
  const [body] = await allShown(env, actor, [row]);
  return body;
}

async function allShown(env: Env, { tenantId }: Actor, rows: readonly CustomerRow[]) {
  const ids = rows.map(({ id }) => id);
  const most = MAX_SUBJECT_KEYS * Math.max(rows.length, 1);
  const [subjects, notes] = await Promise.all([
    entriesOfCustomers(env.DB, tenantId, "subject", ids, most),
    entriesNamed(env.DB, tenantId, "customer", ids),
  ]);
  return rows.map((row) => {
    const own = subjects.filter(({ customerId }) => customerId === row.id).map(({ name }) => name);
    return customerBody(row, own, (notes.get(row.id)?.body ?? {}) as CustomerNote);
  });
}

async function list(c: Context<AppEnv>, actor: Actor) {
  const { page, pageSize } = pagingOf(c);
  const offset = (page - 1) * pageSize;
  const { rows, totalCount } = await sought(c, actor, { offset, limit: pageSize });
  return { items: await allShown(c.env, actor, rows), page, pageSize, totalCount };
}

/** `page` from 1 on, and `pageSize` up to 200. Errors: 422 beyond what a list reaches. */
export function pagingOf(c: Context): { page: number; pageSize: number } {
  const page = wholeIn(c, "page", 1);
  const pageSize = Math.min(wholeIn(c, "pageSize", USUAL_PAGE), MAX_PAGE);
  if ((page - 1) * pageSize <= MAX_OFFSET) return { page, pageSize };
  throw invalidField("/page", `reaches ${MAX_OFFSET} entries at most: filter by key or name`);
}

function wholeIn(c: Context, name: string, usual: number): number {
  const text = c.req.query(name);
  if (text === undefined || text === "") return usual;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw invalidField(`/${name}`, "is a whole number from 1 on");
}

async function sought(
  c: Context<AppEnv>,
  actor: Actor,
  part: { offset: number; limit: number },
): Promise<{ rows: CustomerRow[]; totalCount: number }> {
  const { DB } = c.env;
  const { tenantId } = actor;
  const { key, name, primaryEmail, subject } = c.req.query();
  const wanted = Object.fromEntries(
    Object.entries({ key, name, primaryEmail }).filter(
      ([, text]) => text !== undefined && text !== "",
    ),
  ) as Record<string, string>;
  if (subject === undefined && Object.keys(wanted).length === 0) {
    const [rows, totalCount] = await Promise.all([
      pageOfCustomers(DB, tenantId, part),
      countCustomers(DB, tenantId),
    ]);
    return { rows, totalCount };
  }
  const found =
    subject === undefined
      ? await withWords(DB, tenantId, Object.values(wanted).join(" "))
      : await ofSubject(DB, tenantId, subject);
  const fitting = found.filter((row) => hasTexts(row, wanted));
  const rows = fitting.slice(part.offset, part.offset + part.limit);
  return { rows, totalCount: fitting.length };
}

async function ofSubject(db: D1Database, owner: string, subject: string): Promise<CustomerRow[]> {
  const entries = await entriesNamed(db, owner, "subject", [subject]);
  const id = entries.get(subject)?.customerId ?? subject;
  const found = await customersNamed(db, owner, [id]);
  return [...found.values()];
}

/** Customers in whose texts the words begin, without those that were deleted by this API. */
async function withWords(db: D1Database, owner: string, text: string): Promise<CustomerRow[]> {
  const rows = await listCustomers(
    db,
    { tenantId: owner },
    { text, before: null, limit: MAX_SOUGHT },
  );
  const kept = await customersNamed(
    db,
    owner,
    rows.map(({ id }) => id),
  );
  return rows.filter(({ id }) => kept.has(id)).reverse();
}
