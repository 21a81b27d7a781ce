/** Lago's form of errors, and how each problem of ours becomes one. Pure. */
import { type ErrorCode, type FieldError, Problem } from "../../core/errors.ts";
import type { Refusal } from "../common/dialect.ts";

/** Codes of what is wrong with each field. */
export type Faults = Record<string, string[]>;
/** By field, or in a batch by the event's index and then by field. */
export type Details = Record<string, string[] | Faults>;

/** What Lago says of a refusal beside its status and the sentence. */
type Said = { status: number; code: string | null; details?: Details };

/** A refusal that only Lago's API knows, thrown by the routes of the dialect. */
export class LagoProblem extends Problem {
  readonly said: Said;

  constructor(base: ErrorCode, detail: string, said: Said) {
    super(base, detail);
    this.said = said;
  }
}

/** 422 with codes for each field; `detail` says what to do. */
export function invalid(details: Details, detail: string): LagoProblem {
  return new LagoProblem("request.invalid", detail, said422(details));
}

function said422(details: Details): Said {
  return { status: 422, code: "validation_errors", details };
}

/** 404 `<resource>_not_found`; `hint` goes on with what to do. */
export function lacking(resource: string, hint = ""): LagoProblem {
  const said = { status: 404, code: `${resource}_not_found` };
  const detail = `${resource.replaceAll("_", " ")} not found${hint}`;
  return new LagoProblem("resource.not_found", detail, said);
}

/** 405 for what is not possible as things stand. */
export function notAllowed(code: string, detail: string): LagoProblem {
  return new LagoProblem("resource.conflict", detail, { status: 405, code });
}

/** Lago's name of each status. */
const NAMES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Payload Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** A problem as Lago's clients read it; `message` says in words what to do. */
export function lagoError(problem: Problem): Refusal {
  const { status, code, details } = problem instanceof LagoProblem ? problem.said : saidOf(problem);
  const body = {
    status,
    error: NAMES[status] ?? "Error",
    ...(code === null ? {} : { code }),
    ...(details === undefined ? {} : { error_details: details }),
    message: problem.message,
  };
  return { status, type: "application/json", body };
}

/** Problems that Lago's clients know under a status and code of their own. */
const KNOWN: Partial<Record<ErrorCode, Said>> = {
  "subscription.none": { status: 405, code: "no_active_subscription" },
  "resource.conflict": { status: 405, code: "not_allowed" },
  "document.changed": { status: 405, code: "not_allowed" },
  "route.not_found": { status: 404, code: "endpoint_not_found" },
  "route.unknown_host": { status: 404, code: "endpoint_not_found" },
};

function saidOf({ code, message, status, extra }: Problem): Said {
  const known = KNOWN[code];
  if (known) return known;
  if (status === 401) return { status, code: null };
  if (status === 404) return { status, code: `${resourceIn(message)}_not_found` };
  const isOfState = status === 409 || status === 410;
  if (status === 422 || isOfState) return said422(detailsOf(extra.errors ?? [], code));
  return { status: NAMES[status] ? status : status < 500 ? 400 : 500, code: lastOf(code) };
}

/** `customer` of "customer not found". */
function resourceIn(message: string): string {
  const [, named] = /^([a-z ]{1,40}) not found$/.exec(message) ?? [];
  return named === undefined ? "resource" : named.replaceAll(" ", "_");
}

function lastOf(code: ErrorCode): string {
  return code.slice(code.indexOf(".") + 1);
}

/** Lago's names of fields that verbs refuse by ours. */
const FIELDS: Readonly<Record<string, string>> = {
  start_date: "subscription_at",
  plan: "plan_code",
  base_price: "plan_code",
  when: "plan_code",
  metric_name: "code",
  event_type: "code",
  value_path: "field_name",
  property: "field_name",
  group_paths: "filters",
};

/** The fields that a problem points to, each by Lago's name of the last part of its pointer. */
function detailsOf(errors: readonly FieldError[], code: ErrorCode): Faults {
  const details: Faults = {};
  for (const { pointer } of errors) {
    const name = pointer.split("/").at(-1) || "base";
    details[FIELDS[name] ?? name] = ["value_is_invalid"];
  }
  return errors.length > 0 ? details : { base: [lastOf(code)] };
}

const MINUTE_S = 60;

/** What Lago's clients are told with a 429: they wait for as long as `reset` says, in seconds. */
export function rateLimitHeaders(
  policy: string | null,
  retryAfter: string | null,
): [string, string][] {
  const quota = /;q=(\d+)/.exec(policy ?? "")?.[1];
  return [
    ...(quota === undefined ? [] : [["x-ratelimit-limit", quota] as [string, string]]),
    ["x-ratelimit-remaining", "0"],
    ["x-ratelimit-reset", retryAfter ?? String(MINUTE_S)],
  ];
}
