/** The log says what failed, and nothing of persons or keys. */
import { afterEach, expect, it, vi } from "vitest";
import { createApp } from "../../../src/app.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { lineText, withoutPersons } from "../../../src/platform/runtime/log.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("has no address, key or credential of what an error says", () => {
  const said =
    "Error: UNIQUE for anna.o'neil+x@mail.example.com with Bearer bcp_live_0123456789abcdef, " +
    "bcp_op_AbCdEf012345_x and whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw at ten_01m8pj5xnwrwdcazge";
  const text = withoutPersons(said);
  expect(text).not.toMatch(/anna|mail\.example|0123456789|AbCdEf|MfKQ/);
  expect(text).toContain("ten_01m8pj5xnwrwdcazge");
  expect(JSON.parse(lineText({ at: "x", error: said, inner: { a: [said] }, n: 1 }))).toEqual({
    at: "x",
    error: text,
    inner: { a: [text] },
    n: 1,
  });
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
  const all = lines.join("\n");
  expect(all).not.toMatch(/anna|kkkk|in-the-query|in the body/);
  const logged = lines.map((line) => JSON.parse(line)).find(({ at }) => at === "request");
  expect(logged).toMatchObject({
    request_id: answer.headers.get("x-request-id"),
    method: "POST",
    route: "/api/usage/record",
    status: 500,
  });
});
