/**
 * Errors as Stripe's clients read them. Pure. A client takes any body without `error` for success,
 * whatever the status is, and makes its class of the status and of `type`.
 */
import { type ErrorCode, Problem } from "../../core/errors.ts";

export type StripeErrorType =
  | "invalid_request_error"
  | "idempotency_error"
  | "api_error"
  | "temporary_session_expired";

export type StripeError = {
  status: number;
  type: StripeErrorType;
  message: string;
  code?: string;
  /** The parameter that is wrong, such as `payload[value]`. */
  param?: string;
};

/** Thrown by whoever refuses in Stripe's own words. */
export class StripeProblem extends Problem {
  readonly error: StripeError;

  constructor(error: StripeError) {
    super(error.status === 404 ? "resource.not_found" : "request.invalid", error.message);
    this.error = error;
  }
}

/** A request that is wrong: 400, with the parameter and the code where there are some. */
export function invalid(
  message: string,
  more: { param?: string; code?: string } = {},
): StripeProblem {
  return new StripeProblem({ status: 400, type: "invalid_request_error", message, ...more });
}

/** A form that cannot be read. */
export function invalidForm(why: string): StripeProblem {
  return invalid(`Invalid request: ${why}.`);
}

/** A parameter that is not there. */
export function missing(param: string): StripeProblem {
  return invalid(`Missing required param: ${param}.`, { param, code: "parameter_missing" });
}

/** A parameter that nothing here takes: it is refused rather than lost. */
export function unknown(param: string): StripeProblem {
  return invalid(`Received unknown parameter: ${param}`, { param, code: "parameter_unknown" });
}

/** Something that a path names and that is not there. */
export function noSuch(what: string, id: string): StripeProblem {
  const message = `No such ${what}: '${id}'`;
  return new StripeProblem({ ...refused(404, message), code: "resource_missing", param: "id" });
}

/** Something that a parameter names and that is not there. */
export function noSuchParam(what: string, param: string, id: string): StripeProblem {
  return invalid(`No such ${what}: '${id}'`, { code: "resource_missing", param });
}

function refused(status: number, message: string): StripeError {
  return { status, type: "invalid_request_error", message };
}

type Told = Pick<StripeError, "status"> & Partial<Omit<StripeError, "status" | "message">>;

/** What differs from the status and type that a status of ours has. */
const TOLD: Partial<Record<ErrorCode, Told>> = {
  "resource.not_found": { status: 404, code: "resource_missing" },
  "route.not_found": { status: 404 },
  "usage.limit_reached": { status: 400, code: "usage_limit_reached" },
  "request.rate_limited": { status: 429, code: "rate_limit" },
  "idempotency.key_reused": { status: 400, type: "idempotency_error" },
  "idempotency.answer_lost": { status: 400, type: "idempotency_error" },
  "idempotency.in_progress": {
    status: 409,
    type: "idempotency_error",
    code: "idempotency_key_in_use",
  },
  "idempotency.too_many": { status: 429, type: "idempotency_error" },
  // What is worth the same request once more: clients try a 409 again by themselves.
  "document.changed": { status: 409, code: "lock_timeout" },
};

/** Stripe's own words, where applications look for them. */
const WORDED: Partial<Record<ErrorCode, (detail: string) => string>> = {
  "idempotency.key_reused": () => KEY_REUSED,
  "route.not_found": (detail) =>
    detail.replace(/^no (\S+) (\S+) here/, "Unrecognized request URL ($1: $2)"),
};

export const KEY_REUSED =
  "Keys for idempotent requests can only be used with the same parameters they were first used " +
  "with. Try using a key other than the one that was sent if you meant to execute a different " +
  "request.";

/** A Problem as Stripe's clients read one. */
export function errorOf(problem: Problem): StripeError {
  if (problem instanceof StripeProblem) return problem.error;
  const { code, status, extra } = problem;
  const message = WORDED[code]?.(problem.message) ?? problem.message;
  const [field] = extra.errors ?? [];
  const param = field && paramOf(field.pointer);
  const told = TOLD[code] ?? { status: status === 422 || status === 409 ? 400 : status };
  const type = told.status >= 500 ? "api_error" : "invalid_request_error";
  return { type, message, ...(param ? { param } : {}), ...told };
}

/** A pointer into a body or query as Stripe names a parameter: `/address/city`, `address[city]`. */
function paramOf(pointer: string): string | undefined {
  const [first, ...rest] = pointer
    .replace(/^\/(?:query|header|path)\//, "/")
    .split("/")
    .slice(1);
  return first && first + rest.map((part) => `[${part}]`).join("");
}

/** A problem as its answer; the request's id is for whoever looks into it. */
export function stripeError(problem: Problem, requestId: string) {
  const { status, ...error } = errorOf(problem);
  const body = { error: { ...error, request_id: requestId } };
  return { status, type: "application/json", body };
}
