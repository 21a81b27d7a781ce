/**
 * Every operation of the OpenAPI document, attacked: without a key, with one that is malformed or
 * revoked, and with each role of another tenant that names the victim's ids in path, query and
 * body. Nothing is revealed, and nothing of the victim's changes.
 */
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ROLES } from "../src/accounts/actor/roles.ts";
import { encodeCursor } from "../src/platform/http/http.ts";
import { relay } from "../src/platform/queue/outbox.ts";
import { ACCESS, SHARED } from "./support/access.ts";
import { type Answer, call, keyFor, makeTenant, operatorKey } from "./support/api.ts";
import {
  bodySchema,
  comparable,
  FIELD_KINDS,
  fieldsOf,
  kindOf,
  mayCall,
  named,
  neverIssued,
  pathOf,
  withField,
} from "./support/attack.ts";
import { type ApiDocument, type Operation, operationsOf } from "./support/document.ts";
import { type Estate, makeEstate, type Send } from "./support/estate.ts";
import { followUp } from "./support/follow.ts";
import { say } from "./support/log-guard.ts";

const NO_REFERENCES = new Set([
  "request_id",
  "vat_id",
  "legal_id",
  "creditor_id",
  "external_id",
  "seller_item_id",
  "buyer_item_id",
  "standard_item_id",
  "object_id",
]);
/** Names that a tenant chooses: the same name means its own, whoever else has one. */
const CHOSEN = new Set(["name", "metric"]);
/** What the attacker records itself, with the victim's names for it. */
const RECORDED = new Set(["metrics", "events", "users"]);

/** Each of these sends hundreds of requests. */
const SLOW = { timeout: 120_000 };
/** Webhooks and e-mails go through queues, which have those of files before this one in front. */
const OTHERS_WORK_MS = 120_000;

type Tenant = { tenantId: string; key: string; estate: Estate };

async function makeOwner(name: string): Promise<Tenant & { counted: number }> {
  const tenant = await makeTenant({ clock: "2026-01-01T00:00:00Z", name });
  const operator = await operatorKey();
  let counted = 0;
  const send: Send = async (as, method, path, body, type) => {
    const by = as === "owner" ? tenant.key : operator;
    const answer = await call(by, method, path, body, type ? { "content-type": type } : {});
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    if (as === "owner" && !/^\/api\/(?:usage|billing|test-clock)/.test(path)) counted++;
    return answer.body;
  };
  const estate = await makeEstate(send, tenant.tenantId, name);
  // Nothing announces a proforma invoice, so nothing has printed it yet.
  const offered = estate["proforma-invoices"]?.at(-1);
  await send("owner", "GET", `/api/pdf/proforma-invoice/${offered}?as=issued`);
  estate["unmatched-money"] = [await unmatchedMoney(tenant.tenantId, name)];
  return { ...tenant, estate, counted };
}

/** Money that no invoice took, as a provider's event leaves it. */
async function unmatchedMoney(tenant: string, name: string): Promise<string> {
  const id = `unm_${name}`;
  await env.DB.prepare(
    `INSERT INTO unmatched_money
       (id, tenant, provider, reference, amount_minor, currency, reason, received_ms)
     VALUES (?, ?, 'stripe', 'pi_1', 100, 'USD', 'unknown_invoice', 0)`,
  )
    .bind(id, tenant)
    .run();
  return id;
}

/**
 * Every row of the ledger that holds one of the victim's ids and is not the attacker's; without
 * what is logged of the victim's asking for its usage, as `usageOf` does.
 */
async function ledgerOfVictim(): Promise<Record<string, string[]>> {
  const ids = [victim.tenantId, ...Object.values(victim.estate).flat()];
  const isOwn = (row: string) =>
    !row.includes(attacker.tenantId) &&
    !row.includes('"path":"/api/usage/summary"') &&
    ids.some((id) => row.includes(id));
  const tables = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf*'",
  ).all<{ name: string }>();
  const rows: Record<string, string[]> = {};
  for (const { name } of tables.results) {
    const { results } = await env.DB.prepare(`SELECT * FROM "${name}"`).all();
    const own = results.map((row) => JSON.stringify(row)).filter(isOwn);
    if (own.length > 0) rows[name] = own.sort();
  }
  return rows;
}

const RANGE = "start_date=2025-12-01T00:00:00Z&end_date=2026-03-01T00:00:00Z";

async function usageOf({ key }: Tenant): Promise<Record<string, number>> {
  const { body } = await call(key, "GET", `/api/usage/summary?${RANGE}`);
  const metrics: { metric_name: string; total_quantity: number }[] = body.metrics;
  return Object.fromEntries(metrics.map((one) => [one.metric_name, one.total_quantity]));
}

/** Final documents of the victim, or for it, whose PDF has not been made yet. */
function unrendered(): Promise<number | null> {
  const sql = `SELECT count(*) AS n FROM documents
    WHERE number IS NOT NULL AND issued_key IS NULL AND ? IN (issuer, recipient)`;
  return env.DB.prepare(sql).bind(victim.tenantId).first<number>("n");
}

/** The victim's announcements, webhooks and e-mails that have not arrived yet. */
function undelivered(): Promise<number | null> {
  const sql = `SELECT
      (SELECT count(*) FROM outbox WHERE handled_ms IS NULL AND tenant = ?1)
    + (SELECT count(*) FROM webhook_deliveries WHERE status = 'pending' AND tenant = ?1)
    + (SELECT count(*) FROM emails WHERE status = 'queued' AND tenant = ?1) AS n`;
  return env.DB.prepare(sql).bind(victim.tenantId).first<number>("n");
}

let operations: Operation[] = [];
let victim: Tenant;
let attacker: Tenant;
let revoked = "";
const keys: [string, string][] = [];
let before: Record<string, string[]>;
const counts = new Map<string, number>();

beforeAll(async () => {
  // Whoever receives the webhooks takes them.
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response());
  const { body } = await call(null, "GET", "/openapi.json");
  operations = operationsOf(body as ApiDocument).filter(({ path }) => path.startsWith("/api/"));
  const owner = await makeOwner("Victim");
  victim = owner;
  attacker = await makeOwner("Attacker");
  for (const role of ROLES) keys.push([role, await keyFor(attacker.tenantId, role, TEST)]);
  revoked = await keyFor(victim.tenantId, "owner", TEST);
  const { body: of } = await call(revoked, "GET", "/api/tenant");
  await call(victim.key, "DELETE", `/api/keys/${of.key.id}`);
  // What follows the victim's own calls has come to its end before anything is compared.
  await vi.waitFor(async () => {
    await relay(env.DB, env.NEWS, Date.now());
    await followUp(victim.tenantId);
    const usage = { api_calls: owner.counted + 2, pdf_generated: 4, invoices_generated: 2 };
    expect(await usageOf(victim)).toMatchObject(usage);
    expect(await unrendered()).toBe(0);
    expect(await undelivered()).toBe(0);
  }, OTHERS_WORK_MS);
  before = await ledgerOfVictim();
});
const TEST = { mode: "test" } as const;

function count(what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

type Attack = { url: (id: string) => string; body: (id: string) => unknown; id: string };

/** Sends the victim's id and one that never existed: nobody could tell which is which. */
async function attackWith(key: string, operation: Operation, attack: Attack): Promise<Answer> {
  const send = (id: string) => call(key, operation.method, attack.url(id), attack.body(id));
  const never = neverIssued(attack.id);
  const answer = await send(attack.id);
  expect(answer.status).toBeLessThan(500);
  expect(new TextDecoder().decode(answer.bytes)).not.toContain("Victim");
  expect(comparable(answer, attack.id)).toEqual(comparable(await send(never), never));
  return answer;
}

describe("without a key that holds", () => {
  it("every operation answers 401, and the same for every id", SLOW, async () => {
    const other = `${victim.key.slice(0, -1)}${victim.key.endsWith("A") ? "B" : "A"}`;
    const bad: [string, string | null, Record<string, string>][] = [
      ["no key", null, {}],
      ["a key of another form", "secret", {}],
      ["an unknown key", other, {}],
      ["a revoked key", revoked, {}],
      ["another scheme", null, { authorization: `Basic ${victim.key}` }],
    ];
    for (const operation of operations) {
      const [, body] = ACCESS[named(operation)] ?? [];
      const url = pathOf(operation, victim.estate);
      for (const [what, key, headers] of bad) {
        const answer = await call(key, operation.method, url, body, headers);
        expect([named(operation), what, answer.status]).toEqual([named(operation), what, 401]);
        expect(answer.body.code).toMatch(/^auth\.(missing|invalid)$/);
        count(what);
      }
    }
  });
});

/** The victim's ids of a kind: all for an owner's key, one for each other role. */
function idsFor(role: string, kind: string): string[] {
  const ids = victim.estate[kind] ?? [];
  return role === "owner" ? ids : ids.slice(0, 1);
}

describe("another tenant", () => {
  it("finds none of the victim's ids in a path", SLOW, async () => {
    for (const operation of operations) {
      const [, body] = ACCESS[named(operation)] ?? [];
      const segments = operation.path.split("/");
      for (const [place, segment] of segments.entries()) {
        const name = /^\{(\w+)\}$/.exec(segment)?.[1];
        if (name === undefined || name in SHARED) continue;
        const url = (id: string) => pathOf(operation, attacker.estate, name, id);
        for (const [role, key] of keys) {
          for (const id of idsFor(role, kindOf(segments, place, name))) {
            const answer = await attackWith(key, operation, { url, body: () => body, id });
            count("in paths");
            if (CHOSEN.has(name)) continue;
            const expected = mayCall(operation, role) ? 404 : 403;
            expect([named(operation), role, answer.status]).toContain(expected);
          }
        }
      }
    }
  });

  it("finds none of the victim's ids in a query", SLOW, async () => {
    for (const operation of operations) {
      for (const { name } of operation.parameters.filter((one) => one.in === "query")) {
        const kind = FIELD_KINDS[name];
        const refers = name.endsWith("_id") && !NO_REFERENCES.has(name);
        if (refers) expect([named(operation), name, kind]).not.toContain(undefined);
        const url = (id: string) => `${pathOf(operation, attacker.estate)}?${name}=${id}`;
        for (const [role, key] of kind === undefined ? [] : keys) {
          for (const id of idsFor(role, kind ?? "")) {
            await attackWith(key, operation, { url, body: () => undefined, id });
            count("in queries");
          }
        }
      }
    }
  });

  it("sees nothing of the victim's in lists, nor behind a cursor of its ids", SLOW, async () => {
    const [, owner = ""] = keys[0] ?? [];
    const kinds = Object.entries(victim.estate).filter(([kind]) => !RECORDED.has(kind));
    const issued = kinds.map(([, [id = ""]]) => id);
    const cursors = issued.flatMap((id) => [[id], [Number.MAX_SAFE_INTEGER, id]]).map(encodeCursor);
    const own = new RegExp(`Victim|${issued.join("|")}`);
    for (const operation of operations.filter(({ method }) => method === "GET")) {
      const isPage = operation.parameters.some(({ name }) => name === "cursor");
      const url = pathOf(operation, attacker.estate);
      for (const query of ["", ...(isPage ? cursors.map((one) => `?cursor=${one}`) : [])]) {
        const { status, bytes } = await call(owner, "GET", url + query);
        expect(status).toBeLessThan(500);
        // Paths of its own requests are logged, with the victim's ids that it asked for.
        const text = new TextDecoder().decode(bytes).replace(/"path":"[^"]*"/g, "");
        expect(text).not.toMatch(own);
        count("in lists");
      }
    }
  });

  it("finds none of the victim's ids in a body", SLOW, async () => {
    for (const operation of operations) {
      const [, body] = ACCESS[named(operation)] ?? [];
      const schema = bodySchema(operation);
      for (const name of new Set(fieldsOf(schema))) {
        const kind = FIELD_KINDS[name];
        const refers = name.endsWith("_id") && !NO_REFERENCES.has(name);
        if (refers) expect([named(operation), name, kind]).not.toContain(undefined);
        if (kind === undefined || !(schema.items ?? schema).properties?.[name]) continue;
        const url = () => pathOf(operation, attacker.estate);
        for (const [role, key] of keys) {
          for (const id of idsFor(role, kind)) {
            const attack = { url, body: (of: string) => withField(body, name, of), id };
            const { status } = await attackWith(key, operation, attack);
            count("in bodies");
            if (operation.path.startsWith("/api/usage/")) continue; // any text is a user there
            const expected = mayCall(operation, role) ? [404, 422] : [403];
            expect([named(operation), role, ...expected]).toContain(status);
          }
        }
      }
    }
  });
});

describe("the victim", () => {
  it("has every row and every count as before", async () => {
    expect(Object.keys(before).length).toBeGreaterThan(15);
    const usage = await usageOf(victim);
    expect(usage.metric_of_victim).toBe(1);
    expect(await ledgerOfVictim()).toEqual(before);
  });

  it("finds what was attacked, wherever it is read", SLOW, async () => {
    const reads = operations.filter(({ path, method }) => method === "GET" && path.includes("{"));
    for (const operation of reads.filter((one) => mayCall(one, "owner"))) {
      const { status } = await call(victim.key, "GET", pathOf(operation, victim.estate));
      expect([401, 403, 404], named(operation)).not.toContain(status);
    }
  });
});

afterAll(() => {
  const text = [...counts].map(([what, n]) => `${what} ${n}`).join(", ");
  say(`attacks on ${operations.length} operations: ${text}`);
});
