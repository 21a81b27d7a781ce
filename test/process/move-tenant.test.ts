/** All of a tenant's data, exported and read back into an empty installation: nothing differs. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { type ApiDocument, type Operation, operationsOf } from "../support/document.ts";
import { type Estate, makeEstate } from "../support/estate.ts";
import { newState, runScript, type Served, serve, temporaryDir } from "./command.ts";

/** Two pixels. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGMQ" +
  "VDJ2CU0DAAO/AWZ9jOJjAAAAAElFTkSuQmCC";

/** A number from 0 up to `below`, the same each time. */
function drawer(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
}

/** A test tenant with one of everything, random usage over a year, and archived months. */
async function makeHouse({ url, operatorKey }: Served): Promise<{ id: string; estate: Estate }> {
  const operator = apiAt(url, operatorKey);
  const given = { name: "Mover", mode: "test", clock: "2026-01-01T00:00:00Z" };
  type Made = { id: string; key: string };
  const { id, key } = await operator.call<Made>("POST", "/api/tenants", given);
  const owner = apiAt(url, key);
  const estate = await makeEstate(
    async (as, method, path, body, type) => {
      const api = as === "owner" ? owner : operator;
      if (type === undefined) return api.call(method, path, body);
      const headers = { authorization: `Bearer ${key}`, "content-type": type };
      await fetch(url + path, { method, headers, body: String(body) });
    },
    id,
    "Mover",
  );
  const draw = drawer(7);
  await owner.call("PUT", "/api/metrics/people", { aggregation: "unique", property: "who" });
  await owner.call("PUT", "/api/metrics/peak", { aggregation: "max" });
  await fetch(`${url}/api/branding/logo`, {
    method: "PUT",
    headers: { authorization: `Bearer ${key}`, "content-type": "image/png" },
    body: Buffer.from(PNG, "base64"),
  });
  for (let month = 3; month <= 16; month++) {
    const now = new Date(Date.UTC(2026, month, 20)).toISOString();
    for (let done = false; !done; ) {
      ({ done } = await owner.call<{ done: boolean }>("POST", "/api/test-clock", { now }));
    }
    const events = Array.from({ length: 150 }, (_, i) => ({
      id: `${month}-${i}`,
      metric_name: ["people", "peak", "api_calls", "quotes_generated"][draw(4)],
      quantity: draw(1_000_000) / 1_000,
      user_id: `u${draw(9)}`,
      timestamp: new Date(Date.UTC(2026, month, 1 + draw(19), draw(24), draw(60))).toISOString(),
      metadata: { who: `w${draw(40)}`, region: ["eu", "us"][draw(2)] },
    }));
    await owner.call("POST", "/api/usage/events", events);
    await owner.call("POST", `/api/usage/events/${month}-${draw(150)}/void`);
  }
  const run = await operator.call<{ events: number }>("POST", `/api/tenants/${id}/archive/run`);
  expect(run.events).toBeGreaterThan(0);
  return { id, estate };
}

const isLeftOut = (path: string) =>
  NOT_COMPARED.some((name) => path.startsWith(`/api/${name}`)) || path.endsWith(".pdf");

/** What GET operations are asked: those without ids, and those of the estate's. */
function pathsOf(operations: readonly Operation[], estate: Estate): string[] {
  const own = operations.filter(({ method, path }) => {
    return method === "GET" && path.startsWith("/api/") && !isLeftOut(path);
  });
  return own.flatMap(({ path, parameters }) => {
    const needs = parameters.some(({ in: where, required }) => where === "query" && required);
    if (needs) return [];
    const [, kind] = /\/([a-z-]+)\/\{id\}/.exec(path) ?? [];
    if (!path.includes("{")) return [path];
    const rest = path.replace("{id}", "");
    if (kind === undefined || rest.includes("{")) return [];
    return (estate[kind] ?? []).map((id) => path.replace("{id}", encodeURIComponent(id)));
  });
}

/** Their answers are the installation's, secrets, files, or what is kept of the last hours. */
const NOT_COMPARED = [
  "export",
  "tenants",
  "tenant",
  "health",
  "failing-work",
  "revenue",
  "usage/live",
  "usage/proof",
  "hooks",
  "plans",
  "coupons",
  "tenant-counts",
  "request-logs",
  "tenant/budgets",
  "payment-providers",
  "subscription-counts",
  "subscriptions",
  "exports/subscriptions",
  "credits",
  "search",
  "pdf",
];
const QUERIES = [
  "/api/usage/summary?start_date=2026-01-01T00:00:00Z&end_date=2027-06-01T00:00:00Z&window=month",
  "/api/usage/summary?start_date=2026-05-01T00:00:00Z&end_date=2027-06-01T00:00:00Z&user_id=u3",
  "/api/usage/events?limit=200",
  "/api/invoices?limit=200",
  "/api/audit?limit=200",
  "/api/billing/periods?limit=200",
  "/api/webhooks/events?after=0&limit=200",
];

async function answersOf({ url, operatorKey }: Served, tenant: string, paths: readonly string[]) {
  const headers = { authorization: `Bearer ${operatorKey}`, "boxcost-tenant": tenant };
  const all: Record<string, string> = {};
  for (const path of paths) {
    const answer = await fetch(url + path, { headers });
    const text = await answer.text();
    // Links name the installation, and are signed by it.
    const plain = text
      .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "")
      .replaceAll(/\/d\/[\w.-]+/g, "/d/")
      .replaceAll(/"(?:request_id|sealed_at)":"[^"]*"/g, "");
    all[path] = `${answer.status} ${plain}`;
  }
  return all;
}

async function archive(server: Served, args: string[]) {
  const env = { BOXCOSTPRO_URL: server.url, BOXCOSTPRO_KEY: server.operatorKey };
  const command = runScript("archive.ts", [...args, "--json"], env);
  const { code } = await command.ended;
  return { code, ...command.output() };
}

/** Where two texts part. */
function diffAt(one: string, other: string): [string, string] {
  let at = 0;
  while (one[at] === other[at] && at < one.length) at++;
  return [one.slice(at - 80, at + 120), other.slice(at - 80, at + 120)];
}

it("a tenant that moves answers in another installation as it did", async () => {
  const [from, to] = [await serve(await newState()), await serve(await newState())];
  const { id, estate } = await makeHouse(from);
  const document = (await (await fetch(`${from.url}/openapi.json`)).json()) as ApiDocument;
  const folder = temporaryDir();
  const exported = await archive(from, ["export", id, folder]);
  expect([exported.code, exported.stderr]).toEqual([0, ""]);
  const { files } = JSON.parse(exported.stdout) as { files: string[] };
  const operator = apiAt(from.url, from.operatorKey);
  // The original answers of archived months, too.
  const { data } = await operator.call<{ data: { month: string }[] }>(
    "GET",
    `/api/tenants/${id}/archive`,
  );
  for (const { month } of data) await archive(from, ["restore", id, month, "--days", "9"]);

  const loaded = await archive(to, ["load", ...files]);
  expect([loaded.code, loaded.stderr]).toEqual([0, ""]);
  const paths = [...pathsOf(operationsOf(document), estate), ...QUERIES];
  expect(paths.length).toBeGreaterThan(60);
  const was = await answersOf(from, id, paths);
  const is = await answersOf(to, id, paths);
  const differ = paths.filter((path) => was[path] !== is[path]);
  const shown = differ.map((path) => [path, diffAt(was[path] ?? "", is[path] ?? "")]);
  expect(shown).toEqual([]);

  const proof = await apiAt(to.url, to.operatorKey, id).call<{ equal: boolean }>(
    "GET",
    "/api/usage/proof",
  );
  expect(proof.equal).toBe(true);

  // It goes on from there: the next number, the next event, and nothing counts twice.
  const again = { id: "16-1", metric_name: "api_calls", quantity: 1 };
  const twice = await fetch(`${to.url}/api/usage/record`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${to.operatorKey}`,
      "boxcost-tenant": id,
      "content-type": "application/json",
    },
    body: JSON.stringify({ ...again, timestamp: "2027-05-02T00:00:00Z" }),
  });
  expect(twice.status).toBe(409);
  // Again, it changes nothing: the tenant is there.
  const second = await archive(to, ["load", ...files]);
  expect([second.code, second.stderr]).toMatchObject([
    1,
    expect.stringContaining("has the tenant already"),
  ]);
  // A file that was changed is not read.
  const broken = join(temporaryDir(), "broken.zip");
  const bytes = readFileSync(files[0] ?? "");
  bytes[300] = (bytes[300] ?? 0) ^ 1;
  writeFileSync(broken, bytes);
  expect((await archive(to, ["load", broken])).code).toBe(1);
}, 240_000);
