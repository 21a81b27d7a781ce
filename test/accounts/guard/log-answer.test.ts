import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  countRow,
  MOST_LOGGED,
  MOST_SUCCEEDED,
  shownPath,
} from "../../../src/accounts/guard/log-answer.ts";
import {
  dropSurplusLogs,
  insertRequestLog,
  listRequestLogs,
  requestLogId,
} from "../../../src/accounts/store/request-log-store.ts";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { DAY_MS, MINUTE_MS } from "../../../src/core/time.ts";
import { dropOldLogs } from "../../../src/delivery/retain.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";

const NOW = Date.now();

/** The rows of a tenant once there are so many, which come after the answers. */
async function logged(tenantId: string, count: number) {
  const read = () => listRequestLogs(env.DB, tenantId, {}, 100);
  await expect.poll(async () => (await read()).length, { timeout: 10_000 }).toBe(count);
  return read();
}

function rowAt(tenant: string, atMs: number, more: { status?: number; path?: string } = {}) {
  return {
    id: requestLogId(atMs, crypto.getRandomValues(new Uint8Array(10))),
    tenant,
    atMs,
    method: "GET",
    path: "/api/tenant",
    status: 200,
    code: null,
    keyId: "key_1",
    userId: null,
    actedBy: null,
    durationMs: 1,
    requestId: `req_${crypto.randomUUID()}`,
    ...more,
  };
}

describe("the log of requests", () => {
  it("has what a key asked and was refused, and no recorded usage", async () => {
    const { tenantId, key } = await makeTenant();
    const event = { metric_name: "api_calls", quantity: 1 };
    expect((await call(key, "POST", "/api/usage/record", event)).status).toBe(201);
    expect((await call(key, "POST", "/api/usage/events", [event])).status).toBe(200);
    expect((await call(null, "GET", "/api/tenant")).status).toBe(401);
    const read = await call(key, "GET", "/api/customers?q=Jane%20Miller");
    await call(key, "POST", "/api/customers", { name: "" });
    await call(key, "POST", "/api/usage/record", { metric_name: "api_calls" });
    await call(key, "GET", "/api/metrics/jane.miller");
    await call(key, "GET", "/api/nothing/jane");
    await call(key, "POST", "/v1/billing/nothing/jane");
    const rows = await logged(tenantId, 6);
    const shown = rows.map(({ method, path, status, code }) => [method, path, status, code]);
    expect(shown.sort()).toEqual([
      ["GET", "/api/customers", 200, null],
      ["GET", "/api/metrics/{name}", 404, "resource.not_found"],
      ["GET", "/api/nothing/{}", 404, "route.not_found"],
      ["POST", "/api/customers", 422, "request.invalid"],
      ["POST", "/api/usage/record", 422, "request.invalid"],
      ["POST", "/v1/billing/{}/{}", 404, "route.not_found"],
    ]);
    const keyId = (await call(key, "GET", "/api/tenant")).body.key.id;
    expect(rows.find(({ path, status }) => path === "/api/customers" && status === 200)).toEqual(
      expect.objectContaining({
        tenant: tenantId,
        keyId,
        userId: null,
        actedBy: null,
        requestId: read.headers.get("x-request-id"),
      }),
    );
    expect(JSON.stringify(rows)).not.toMatch(/jane/i);
  });

  it("is the tenant's for whom a key of the operator acts, and names the operator", async () => {
    const { tenantId } = await makeTenant();
    const key = await operatorKey();
    const headers = { "boxcost-tenant": tenantId };
    await call(key, "GET", "/api/audit", undefined, headers);
    const [row] = await logged(tenantId, 1);
    expect(row).toMatchObject({ path: "/api/audit", actedBy: OPERATOR_TENANT });
  });

  it("has of a minute 60 of a tenant, and 40 where they succeed", () => {
    const tenant = "ten_counted";
    const count = (refused: boolean, atMs: number) =>
      Array.from({ length: 100 }, () => countRow(tenant, atMs, refused)).filter(Boolean).length;
    expect(count(false, NOW)).toBe(MOST_SUCCEEDED);
    expect(count(true, NOW)).toBe(MOST_LOGGED - MOST_SUCCEEDED);
    expect(countRow("ten_other", NOW, false)).not.toBeNull();
    expect(count(true, NOW + MINUTE_MS)).toBe(MOST_LOGGED);
  });

  it("is read by its own tenant, by status, path and request, page by page", async () => {
    const [own, other] = [await makeTenant(), await makeTenant()];
    const at = NOW - DAY_MS;
    const rows = [
      rowAt(own.tenantId, at),
      rowAt(own.tenantId, at + 1, { status: 404, path: "/api/invoices/{id}" }),
      rowAt(own.tenantId, at + 2, { status: 503, path: "/api/invoices" }),
    ];
    await env.DB.batch(rows.map((row) => insertRequestLog(env.DB, row)));
    const ids = async (key: string, query: string) =>
      (await call(key, "GET", `/api/request-logs?${query}`)).body.data
        .filter(({ path }: { path: string }) => path !== "/api/request-logs")
        .map(({ id }: { id: string }) => id);
    const [first, second, third] = rows.map(({ id }) => id);
    expect(await ids(own.key, "")).toEqual([third, second, first]);
    expect(await ids(other.key, "")).toEqual([]);
    expect(await ids(own.key, "status=4xx")).toEqual([second]);
    expect(await ids(own.key, "path=/api/invoices")).toEqual([third, second]);
    expect(await ids(own.key, `request_id=${rows[0]?.requestId}`)).toEqual([first]);
    expect(await ids(other.key, `request_id=${rows[0]?.requestId}`)).toEqual([]);
    const page = "/api/request-logs?path=/api/invoices&limit=1";
    const { next_cursor } = (await call(own.key, "GET", page)).body;
    expect(await ids(own.key, `path=/api/invoices&limit=1&cursor=${next_cursor}`)).toEqual([
      second,
    ]);
  });

  it("is kept for a week, and of a tenant the newest 10,000", async () => {
    const { tenantId } = await makeTenant();
    const rows = [rowAt(tenantId, NOW - 7 * DAY_MS - 1), rowAt(tenantId, NOW - 7 * DAY_MS)];
    await env.DB.batch(rows.map((row) => insertRequestLog(env.DB, row)));
    await dropOldLogs({ ...env, LOG_DAYS: "1000" }, NOW);
    expect(await listRequestLogs(env.DB, tenantId, {}, 10)).toEqual([rows[1]]);
    await env.DB.prepare(
      `INSERT INTO request_logs WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL
         SELECT i + 1 FROM n WHERE i < 10000)
       SELECT ? || i, ?, i, 'GET', '/', 200, NULL, 'key_1', NULL, NULL, 1, 'req' FROM n`,
    )
      .bind(`s${tenantId}`, tenantId)
      .run();
    await dropSurplusLogs(env.DB, tenantId).run();
    const kept = env.DB.prepare("SELECT count(*) AS n FROM request_logs WHERE tenant = ?");
    expect(await kept.bind(tenantId).first("n")).toBe(10_000);
    expect(await listRequestLogs(env.DB, tenantId, { path: "/api" }, 10)).toEqual([]);
    await env.DB.prepare("DELETE FROM request_logs WHERE tenant = ?").bind(tenantId).run();
  });
});

describe("a path as it is logged", () => {
  const ID = "inv_01m8nsznj0m1v521xvtyb7zfk5";

  it.each([
    [`/api/invoices/${ID}/finalize`, "/api/invoices/:id/finalize", `/api/invoices/${ID}/finalize`],
    ["/api/plans/jane", "/api/plans/:plan", "/api/plans/{plan}"],
    ["/api/a/b/c", "/api/a/:rest{.+}", "/api/a/:rest{.+}"],
    [`/api/invoces/${ID}/Jane`, null, `/api/invoces/${ID}/{}`],
    ["/lago/api/v1/customers/jane", null, "/lago/api/v1/customers/{}"],
  ])("%s of %s is %s", (path, pattern, shown) => {
    expect(shownPath(path, pattern)).toBe(shown);
  });
});
