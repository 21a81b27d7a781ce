import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../support/api.ts";

describe("the guard", () => {
  it("lets nobody in without a key, and says how to send one", async () => {
    const { status, body, headers } = await call(null, "GET", "/api/none");
    expect(status).toBe(401);
    expect(body).toMatchObject({ status: 401, code: "auth.missing" });
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(headers.get("www-authenticate")).toBe('Bearer realm="api"');
  });

  it("answers an authenticated caller 404 where nothing is", async () => {
    const { key } = await makeTenant();
    const { status, body, headers } = await call(key, "GET", "/api/none");
    expect(status).toBe(404);
    expect(body.code).toBe("route.not_found");
    expect(headers.get("ratelimit-policy")).toBe('"key";q=6000;w=60');
    expect(headers.get("x-request-id")).toBe(body.request_id);
  });
});
