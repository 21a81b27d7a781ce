/**
 * Requests made from the OpenAPI document, valid and broken, against the running product: none
 * fails, and every answer is one that the document names. FUZZ_REQUESTS says how many, FUZZ_SEED
 * which; `npm run test:fuzz` is the long form.
 */
import { createHmac } from "node:crypto";
import { Validator } from "@seriousme/openapi-schema-validator";
import fc from "fast-check";
import { expect, it } from "vitest";
import { apiAt } from "../../../scripts/lib/api.ts";
import { type ApiDocument, type Operation, operationsOf } from "../../support/document.ts";
import { makeEstate } from "../../support/estate.ts";
import { lineFaults, noteSent } from "../../support/log-guard.ts";
import { newState, type Served, serve } from "../command.ts";
import { type Answer, AnswerCheck } from "./answer.ts";
import { type Request, requestOf } from "./request.ts";
import type { Known } from "./value.ts";

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 400);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
/** A tenant is used so long: then its keys are revoked, or its clock is far away. */
const REQUESTS_A_TENANT = 400;
const MOST_KNOWN = 40;

/** What the product gave out, for requests to come. */
class Ids {
  readonly known = new Map<string, string[]>();
  /** Ids of the callers' own keys, which nobody should revoke. */
  readonly kept = new Set<string>();

  add(kind: string, id: unknown): void {
    if (typeof id !== "string" || id === "" || this.kept.has(id)) return;
    const ids = this.known.get(kind) ?? [];
    if (!ids.includes(id)) this.known.set(kind, [...ids, id].slice(-MOST_KNOWN));
  }

  /** Those in an answer: its own, and each of a list's. */
  learn(path: string, body: unknown): void {
    const kind =
      path
        .split("?")[0]
        ?.split("/")
        .findLast((part) => /^[a-z-]+s$/.test(part)) ?? "";
    const { data = [body], next_cursor } = body as { data?: unknown[]; next_cursor?: unknown };
    if (typeof next_cursor === "string") this.add("cursors", next_cursor);
    for (const one of Array.isArray(data) ? data : []) {
      const { id, code, number, name, url, source } = (one ?? {}) as Record<string, unknown>;
      if (source === "boxcostpro") continue; // recorded by the product itself
      this.add(path.endsWith("/link") ? "links" : kind, id);
      if (kind === "plans" || kind === "coupons") this.add(kind, code);
      if (kind === "metrics") this.add("names", name);
      if (typeof url === "string") this.add("tokens", url.slice(url.lastIndexOf("/") + 1));
      this.add(kind, number);
    }
  }
}

async function send(url: string, key: string, request: Request): Promise<Answer> {
  const answer = await fetch(url + request.path, {
    method: request.method,
    headers: { authorization: `Bearer ${key}`, ...request.headers },
    ...(request.body === null ? {} : { body: request.body }),
    redirect: "manual",
  });
  return {
    status: answer.status,
    type: (answer.headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "",
    requestId: answer.headers.get("x-request-id"),
    bytes: new Uint8Array(await answer.arrayBuffer()),
  };
}

const ROLES = ["admin", "member", "viewer", "ingest"] as const;

/** By who has them. */
type Keys = ReadonlyMap<string, string>;

/** The keys of a new tenant with one of everything, and of others who call. */
async function newTenant({ url, operatorKey }: Served, ids: Ids): Promise<Keys> {
  const operator = apiAt(url, operatorKey);
  // The requests before may have ended it.
  await operator.call("PATCH", "/api/plans/FREE", { archived: false });
  const { id, key } = await operator.call<{ id: string; key: string }>("POST", "/api/tenants", {
    name: "Fuzz",
    mode: "test",
    clock: "2026-01-01T00:00:00Z",
  });
  const owner = apiAt(url, key);
  const estate = await makeEstate(
    (as, method, path, body, type) =>
      type === undefined
        ? (as === "owner" ? owner : operator).call(method, path, body)
        : put(`${url}${path}`, as === "owner" ? key : operatorKey, String(body), type),
    id,
    "Own",
  );
  const keys = new Map([
    ["owner", key],
    ["operator", operatorKey],
  ]);
  for (const role of ROLES) {
    const made = await owner.call<{ key: string }>("POST", "/api/keys", { name: role, role });
    keys.set(role, made.key);
  }
  for (const one of keys.values()) {
    ids.kept.add(
      (await apiAt(url, one).call<{ key: { id: string } }>("GET", "/api/tenant")).key.id,
    );
  }
  keys.set("nobody", "bcp_test_none");
  for (const [kind, some] of Object.entries(estate)) for (const one of some) ids.add(kind, one);
  for (const plan of ["FREE", "pln_starter"]) ids.add("plans", plan);
  for (const metric of ["api_calls", "storage_gb"]) ids.add("metrics", metric);
  ids.add("events", "seq_1");
  for (const name of estate.metrics ?? []) ids.add("names", name);
  ids.add("providers", "stripe");
  for (const one of await unmatchedMoney(url, key)) ids.add("unmatched-moneys", one);
  return keys;
}

/** Puts a text at an address, as what its media type says. */
async function put(at: string, key: string, body: string, type: string): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, "content-type": type };
  const answer = await fetch(at, { method: "PUT", headers, body });
  expect(answer.status, at).toBe(200);
}

/** Money that a provider announces for no invoice: it waits. */
async function unmatchedMoney(url: string, key: string): Promise<string[]> {
  const owner = apiAt(url, key);
  const secret = "whsec_of_a_fuzz";
  const hook = await owner.call<{ url: string }>("PUT", "/api/payment-providers/stripe", {
    secret,
  });
  const object = { id: "pi_1", amount_received: 500, currency: "usd", metadata: {} };
  const body = JSON.stringify({ type: "payment_intent.succeeded", data: { object } });
  const at = Math.floor(Date.now() / 1000);
  const mac = createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
  const headers = { "stripe-signature": `t=${at},v1=${mac}`, "content-type": "application/json" };
  expect((await fetch(hook.url, { method: "POST", headers, body })).status).toBe(200);
  const { data } = await owner.call<{ data: { id: string }[] }>("GET", "/api/unmatched-money");
  return data.map(({ id }) => id);
}

function shown({ method, path, headers, body }: Request): string {
  const text = body === null ? "" : ` ${String(body).slice(0, 600)}`;
  return `${method} ${path} ${JSON.stringify(headers)}${text}`;
}

/** What the operator does mostly. */
const OPERATED = /^(?:POST|PUT|PATCH) \/api\/(?:tenants|plans|coupons|credits|subscriptions)/;

function drawn(operation: Operation, keys: Keys, known: Known, seed: number) {
  const mostly = OPERATED.test(`${operation.method} ${operation.path}`) ? "operator" : "owner";
  const weighted = [...keys].map(([name, key]) => ({
    arbitrary: fc.constant(key),
    weight: name === mostly ? 25 : 1,
  }));
  const draws = fc.tuple(fc.oneof(...weighted), requestOf(operation, known));
  const [draw] = fc.sample(draws, { numRuns: 1, seed });
  return draw ?? expect.unreachable();
}

/** What the runtime itself says of names and sockets: no line of ours. */
const OF_RUNTIME = /^(?:e = rust\/|stack: |(?:workerd|kj|capnp)\/)/;

/** Has the log's guard know what a body says; one that is no JSON, or nested too deep, not. */
function note(body: Request["body"]): void {
  try {
    noteSent(JSON.parse(String(body)));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
  }
}

it(`answers ${REQUESTS} requests as its document says`, { timeout: 1_800_000 }, async () => {
  const served = await serve(await newState());
  const document = (await (await fetch(`${served.url}/openapi.json`)).json()) as ApiDocument;
  expect(await new Validator().validate({ ...document })).toMatchObject({ valid: true });
  const operations = operationsOf(document);
  const check = new AnswerCheck();
  let ids = new Ids();
  const statuses = new Map<number, number>();
  const succeeded = new Set<Operation>();
  const findings: string[] = [];
  let keys: Keys = new Map();
  for (let i = 0; i < REQUESTS; i++) {
    if (i % REQUESTS_A_TENANT === 0) {
      ids = new Ids();
      keys = await newTenant(served, ids);
    }
    const operation = operations[i % operations.length];
    if (!operation) throw new Error("the document has no operation");
    const [key, request] = drawn(operation, keys, ids.known, SEED + i);
    note(request.body);
    const answer = await send(served.url, key, request);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    const wrong = check.wrong(operation, answer);
    const text = new TextDecoder().decode(answer.bytes);
    if (wrong)
      findings.push(`${shown(request)}\n  ${answer.status} ${wrong}: ${text}`.slice(0, 2_000));
    if (answer.status >= 300) continue;
    succeeded.add(operation);
    const own = key !== served.operatorKey || /\/(?:tenants|plans|coupons)/.test(operation.path);
    if (own && answer.type === "application/json") ids.learn(request.path, JSON.parse(text));
  }
  const counted = [...statuses].sort(([a], [b]) => a - b).map(([s, n]) => `${s}: ${n}`);
  const reached = `${succeeded.size} of ${operations.length} operations succeeded`;
  console.log(`${REQUESTS} requests from seed ${SEED}; ${counted.join(", ")}; ${reached}`);
  const { stderr } = served.command.output();
  expect(findings.join("\n"), stderr.slice(-4_000)).toBe("");
  // The last one may be on its way still.
  const lines = stderr.split("\n").slice(0, -1);
  expect(lines.filter((line) => !OF_RUNTIME.test(line)).flatMap(lineFaults)).toEqual([]);
});
