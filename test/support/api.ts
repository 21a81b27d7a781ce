/** A tenant of its own for each test, and calls to the whole Worker as a client makes them. */
import { env, exports } from "cloudflare:workers";
import type { TenantMode } from "../../src/accounts/actor/actor.ts";
import { type Confinement, keptOf, UNCONFINED } from "../../src/accounts/actor/confinement.ts";
import { KEY_SECRET_BYTES, keyHint, keyText } from "../../src/accounts/actor/key-text.ts";
import type { Role } from "../../src/accounts/actor/roles.ts";
import { insertKey } from "../../src/accounts/store/key-store.ts";
import { insertTenant, OPERATOR_TENANT } from "../../src/accounts/store/tenant-store.ts";
import { type ApiVersion, NEWEST_VERSION } from "../../src/core/api-version.ts";
import { parseTime } from "../../src/core/time.ts";
import { makeId, randomToken, sha256Hex } from "../../src/platform/runtime/crypto.ts";
import { idIn, type Jurisdiction } from "../../src/platform/runtime/jurisdiction.ts";
import { noteSent } from "./log-guard.ts";

export type TestTenant = { tenantId: string; key: string };

export type Answer = {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever fields it expects
  body: any;
  headers: Headers;
  /** The body as it came. */
  bytes: Uint8Array;
};

let made = 0;

type Making = {
  mode?: TenantMode;
  clock?: string;
  role?: Role;
  name?: string;
  ledger?: number;
  jurisdiction?: Jurisdiction;
};

/** A tenant with one key. `clock` (RFC 3339) makes it a test tenant; `role` is the key's. */
export async function makeTenant(options: Making = {}): Promise<TestTenant> {
  const realMs = Date.now();
  const mode = options.mode ?? (options.clock === undefined ? "live" : "test");
  const clockMs = options.clock === undefined ? realMs : parseTime(options.clock);
  if (clockMs === null) throw new RangeError(`not a time: ${options.clock}`);
  const tenantId = idIn(options.jurisdiction ?? null, makeId("ten", realMs));
  const tenant = insertTenant(env.DB, {
    id: tenantId,
    name: options.name ?? "Test Ltd",
    mode,
    operator: false,
    testClockMs: mode === "test" ? clockMs : null,
    eventsPerMinute: null,
    createdMs: realMs,
    ledger: options.ledger ?? made++ % 2, // usage in either database is the same to every test
  });
  const { key, row } = await keyOf(tenantId, options.role ?? "owner", { mode });
  await env.DB.batch([tenant, row]); // one trip: thousands of tests begin with it
  return { tenantId, key };
}

type KeyOptions = {
  userId?: string;
  mode?: TenantMode;
  confinement?: Partial<Confinement>;
  limits?: { reads?: number; writes?: number };
  apiVersion?: ApiVersion | null;
};

/** One more key of a tenant. */
export async function keyFor(
  tenantId: string,
  role: Role,
  options: KeyOptions = {},
): Promise<string> {
  const { key, row } = await keyOf(tenantId, role, options);
  await row.run();
  return key;
}

/** A key of a tenant, and the statement that keeps it. */
async function keyOf(
  tenantId: string,
  role: Role,
  options: KeyOptions,
): Promise<{ key: string; row: D1PreparedStatement }> {
  const operator = tenantId === OPERATOR_TENANT;
  const secret = randomToken(KEY_SECRET_BYTES);
  const confinement = { ...UNCONFINED, ...options.confinement };
  const key = keyText({ mode: options.mode ?? "live", operator }, secret);
  const row = insertKey(env.DB, {
    id: makeId("key", Date.now()),
    tenant: tenantId,
    userId: options.userId ?? null,
    name: `${role} key`,
    hint: keyHint(key),
    hash: await sha256Hex(key),
    role,
    createdMs: Date.now(),
    confinement: keptOf(confinement),
    readsPerMinute: options.limits?.reads ?? null,
    writesPerMinute: options.limits?.writes ?? null,
    apiVersion: options.apiVersion === undefined ? NEWEST_VERSION : options.apiVersion,
    expiresMs: confinement.endsMs,
  });
  return { key, row };
}

/** A new owner key of the operator. */
export function operatorKey(): Promise<string> {
  return keyFor(OPERATOR_TENANT, "owner");
}

/** Calls the Worker. An object is sent as JSON; text and bytes go as they are, without a type. */
export async function call(
  key: string | null,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  noteSent(body);
  const raw = typeof body === "string" || body instanceof Uint8Array;
  const response = await exports.default.fetch(`https://api.test${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined || raw ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    redirect: "manual",
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const json = /json/.test(response.headers.get("content-type") ?? "");
  const text = json && bytes.length > 0 ? new TextDecoder().decode(bytes) : null;
  return {
    status: response.status,
    body: text === null ? null : JSON.parse(text),
    headers: response.headers,
    bytes,
  };
}
