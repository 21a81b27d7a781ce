import { expect, it } from "vitest";
import {
  errorOf,
  invalid,
  missing,
  noSuch,
  stripeError,
} from "../../../src/compat/stripe/error.ts";
import { ERRORS, type ErrorCode, invalidField, Problem } from "../../../src/core/errors.ts";

it("is an error for a client, whatever was refused", () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const { status, type, body } = stripeError(new Problem(code, "why"), "req_1");
    expect(type).toBe("application/json");
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body.error).toMatchObject({ request_id: "req_1" });
    expect(body.error.message).not.toBe("");
    expect(body.error.type).toBe(
      status >= 500
        ? "api_error"
        : code.startsWith("idempotency.")
          ? "idempotency_error"
          : "invalid_request_error",
    );
  }
});

it("asks a client to try again only where the same request may succeed", () => {
  const retried = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => {
    const { status } = errorOf(new Problem(code, "why"));
    return status === 409 || status >= 500;
  });
  expect(retried.filter((code) => ERRORS[code].status < 500).sort()).toEqual([
    "document.changed",
    "idempotency.in_progress",
  ]);
});

it("says a hard limit as 400, which no client tries again", () => {
  expect(errorOf(new Problem("usage.limit_reached", "calls has a hard limit"))).toEqual({
    status: 400,
    type: "invalid_request_error",
    code: "usage_limit_reached",
    message: "calls has a hard limit",
  });
});

it("names the parameter that is wrong", () => {
  expect(errorOf(invalidField("/address/city", "is one line"))).toMatchObject({
    status: 400,
    param: "address[city]",
  });
  expect(errorOf(missing("payload[value]"))).toMatchObject({
    status: 400,
    message: "Missing required param: payload[value].",
    code: "parameter_missing",
    param: "payload[value]",
  });
  expect(errorOf(noSuch("invoice", "inv_1"))).toMatchObject({
    status: 404,
    code: "resource_missing",
    message: "No such invoice: 'inv_1'",
  });
  expect(errorOf(invalid("no"))).toEqual({
    status: 400,
    type: "invalid_request_error",
    message: "no",
  });
});
