/** The log says what failed, and nothing of persons or keys. */
import { DrizzleQueryError } from "drizzle-orm/errors";
import { afterEach, expect, it, vi } from "vitest";
import { createApp } from "../../../src/app.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { inRequest, lineText, withoutPersons } from "../../../src/platform/runtime/log.ts";
import { lineFaults, noteSent } from "../../support/log-guard.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("has no address, key or credential of what an error says", () => {
  const said =
    "Error: UNIQUE for anna.o'neil+x@mail.example.com with Bearer bcp_live_0123456789abcdef, " +
    "bcp_op_AbCdEf012345_x and whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw at ten_01m8pj5xnwrwdcazge " +
    "from 203.0.113.7, 2001:db8::7 and 2001:db8:0:0:1:2:3:4 at 12:30:45";
  const text = withoutPersons(said);
  expect(text).not.toMatch(/anna|mail\.example|0123456789|AbCdEf|MfKQ|203\.0|2001/);
  expect(text).toContain("ten_01m8pj5xnwrwdcazge");
  expect(text).toContain("at 12:30:45");
  expect(
    JSON.parse(lineText("warn", { at: "x", error: said, inner: { a: [said] }, n: 1 })),
  ).toEqual({ level: "warn", at: "x", error: text, inner: { a: [text] }, n: 1 });
});

it("tells of an error what failed and why, without the values of its row or a quoted body", () => {
  const cause = new Error("D1_ERROR: no such column: x");
  const failed = new DrizzleQueryError("insert into t values (?, ?)", ["Ada\nByron", 7], cause);
  const line = inRequest("req_0123456789ab", () => lineText("error", { at: "x", error: failed }));
  expect(JSON.parse(line)).toEqual({
    level: "error",
    request_id: "req_0123456789ab",
    at: "x",
    error:
      "Error: Failed query: insert into t values (?, ?)\n" +
      "caused by Error: D1_ERROR: no such column: x",
  });
  for (const body of ['Ada "Byron" King', '{"name": "Ada Byron", oops}', '{"name": 1} Ada Byron']) {
    let error: unknown;
    try {
      JSON.parse(body);
    } catch (thrown) {
      error = thrown;
    }
    const told = lineText("error", { at: "x", error });
    expect(told).toContain("SyntaxError");
    expect(told).not.toMatch(/Ada|Byron|King/);
  }
});

it("is held to that in every test, by a guard that refuses", () => {
  noteSent({ buyer: { name: "Grace Brewster", phone: "+15550100", id: "cus_0123456789" } });
  const good = {
    level: "warn",
    at: "meter",
    tenant: "ten_01m8pj5xnwrwdcazge",
    id: "cus_0123456789",
  };
  expect(lineFaults(JSON.stringify(good))).toEqual([]);
  const faultOf = (more: object | string) => {
    const line = typeof more === "string" ? more : JSON.stringify({ ...good, ...more });
    return lineFaults(line).map((fault) => fault.slice(0, fault.indexOf(": ")));
  };
  expect(faultOf("the sweep failed: it did")).toEqual(["no JSON"]);
  expect(faultOf("[1]: no")).toEqual(["no JSON"]);
  expect(faultOf({ level: undefined })).toEqual(["no level"]);
  expect(faultOf({ at: undefined })).toEqual(["no place"]);
  expect(faultOf({ at: "onError" })).toEqual(["no request id"]);
  expect(faultOf({ request_id: "mine" })).toEqual(["another request id"]);
  expect(faultOf({ error: "for nobody-else@log.example.com" })).toEqual(["an e-mail address"]);
  expect(faultOf({ error: `bcp_live_${"k".repeat(43)}` })).toContain("a key or token");
  expect(faultOf({ error: `${"aB3".repeat(15)}=` })).toEqual(["a long secret"]);
  expect(faultOf({ error: "from 203.0.113.7" })).toEqual(["an IP address"]);
  expect(faultOf({ error: "from 2001:db8::7" })).toEqual(["an IP address"]);
  expect(faultOf({ error: "Failed query\nparams: 1" })).toEqual(["a statement's parameters"]);
  expect(faultOf({ error: 'was {"a":1}' })).toEqual(["a body"]);
  expect(faultOf({ error: "for Grace Brewster" })).toEqual(["what was sent"]);
  expect(faultOf({ error: "for +15550100" })).toEqual(["what was sent"]);
});

it("has a line for a request that failed, with its id and none of what was sent", async () => {
  const lines: string[] = [];
  for (const level of ["warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(line));
  }
  const prepare = () => {
    throw new Error("no database for anna@mail.example.com");
  };
  const env = { PUBLIC_URL: "https://api.test", DB: { prepare, batch: prepare } };
  const ctx = { waitUntil: () => {}, passThroughOnException: () => {} };
  const request = new Request("https://api.test/api/usage/record?secret=in-the-query", {
    method: "POST",
    headers: { authorization: `Bearer bcp_live_${"k".repeat(43)}` },
    body: '{"metric_name":"in the body"}',
  });
  const answer = await createApp().fetch(
    request,
    env as unknown as Env,
    ctx as unknown as ExecutionContext,
  );
  expect(answer.status).toBe(500);
  expect(lines.flatMap(lineFaults)).toEqual([]);
  const all = lines.join("\n");
  expect(all).not.toMatch(/anna|kkkk|in-the-query|in the body/);
  const requestId = answer.headers.get("x-request-id");
  const logged = lines.map((line) => JSON.parse(line));
  expect(logged.map(({ request_id }) => request_id)).toEqual(logged.map(() => requestId));
  expect(logged.find(({ at }) => at === "request")).toMatchObject({
    method: "POST",
    route: "/api/usage/record",
    status: 500,
  });
  expect(logged.find(({ at }) => at === "onError").stack).toContain("at ");
});
