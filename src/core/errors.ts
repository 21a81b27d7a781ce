/**
 * The one error vocabulary. Code that refuses something throws a `Problem`; `app.ts` turns it into
 * RFC 9457 problem+json once. Anything else that is thrown becomes `internal` and reveals nothing.
 */
export const ERRORS = {
  "request.unreadable": { status: 400, title: "The body is not readable" },
  "request.invalid": { status: 422, title: "The request is not valid" },
  "request.too_large": { status: 413, title: "The body is too large" },
  "request.unsupported_media_type": { status: 415, title: "The content type is not supported" },
  "request.unsupported_encoding": { status: 415, title: "The content encoding is not supported" },
  "request.range_unsatisfiable": { status: 416, title: "The range is not in the file" },
  "request.upgrade_required": { status: 426, title: "The path is a WebSocket" },
  "request.rate_limited": { status: 429, title: "Too many requests" },
  "request.version_unknown": { status: 400, title: "The API version is not known" },
  "request.cursor_invalid": { status: 422, title: "The cursor is not one of ours" },
  "idempotency.key_reused": { status: 422, title: "The Idempotency-Key names another request" },
  "idempotency.in_progress": { status: 409, title: "The first request is still running" },
  "idempotency.answer_lost": { status: 409, title: "It was done, and its answer was lost" },
  "idempotency.too_many": { status: 429, title: "Too many Idempotency-Keys in a day" },
  "auth.missing": { status: 401, title: "An API key is required" },
  "auth.invalid": { status: 401, title: "The API key is not valid" },
  "auth.signed_out": { status: 401, title: "Nobody is signed in" },
  "auth.forged": { status: 403, title: "The form did not come from this session" },
  "auth.link_spent": { status: 410, title: "The sign-in link has ended" },
  "auth.forbidden": { status: 403, title: "The key's role does not allow this" },
  "auth.address_refused": { status: 403, title: "The key is not taken from this address" },
  "auth.not_for_tenant": { status: 403, title: "The request cannot be made for a tenant" },
  "members.email_taken": { status: 409, title: "A user has this e-mail address" },
  "members.role_in_use": { status: 409, title: "Users or keys have this role" },
  "members.last_owner": { status: 409, title: "A tenant keeps at least one owner" },
  "tenants.external_id_taken": { status: 409, title: "The external id is another tenant's" },
  "resource.not_found": { status: 404, title: "Not found" },
  "route.unknown_host": { status: 421, title: "The address is not this installation's" },
  "route.not_found": { status: 404, title: "No such path" },
  "resource.conflict": { status: 409, title: "The resource is in another state" },
  "clock.not_test": { status: 409, title: "Only test tenants have a clock to move" },
  "clock.backwards": { status: 422, title: "A clock only moves forward" },
  "usage.conflict": { status: 409, title: "The id was used for another event" },
  "usage.archived": { status: 409, title: "The events are archived" },
  "usage.damaged": { status: 409, title: "A file of events is not as it was written" },
  "usage.billed": { status: 403, title: "What a plan prices is the operator's to correct" },
  "usage.limit_reached": { status: 429, title: "The plan's hard limit is reached" },
  "usage.event_too_old": { status: 422, title: "The event's time is before the window" },
  "usage.event_in_future": { status: 422, title: "The event's time is after the window" },
  "usage.quantity_overflow": { status: 422, title: "The total would pass the largest quantity" },
  "usage.too_many_values": { status: 422, title: "There are too many distinct values to count" },
  "usage.too_many_metrics": { status: 422, title: "The tenant has too many metrics" },
  "usage.metric_undeclared": { status: 422, title: "Nobody declared the metric" },
  "usage.items_refused": { status: 422, title: "Some of the events were refused" },
  "usage.unavailable": { status: 503, title: "Recording is paused while the ledger is repaired" },
  "budget.reached": { status: 429, title: "A budget of the tenant is used up" },
  "einvoice.incomplete": { status: 422, title: "The document lacks what an e-invoice needs" },
  "link.gone": { status: 410, title: "The link has ended" },
  "document.changed": { status: 409, title: "The document was changed at the same time" },
  "coupon.spent": { status: 409, title: "The coupon cannot be redeemed again" },
  "hook.unsigned": { status: 400, title: "The event's signature is not valid" },
  "period.open": { status: 409, title: "The period is not over" },
  "subscription.exists": { status: 409, title: "The tenant has a subscription already" },
  "subscription.none": { status: 404, title: "No active subscription found" },
  "webhook.no_secret": { status: 503, title: "The installation cannot keep secrets yet" },
  "service.secret_lost": { status: 503, title: "The installation's secret is not the one it was" },
  "service.no_public_url": { status: 503, title: "The installation has no address yet" },
  "service.busy": { status: 503, title: "The service is busy" },
  internal: { status: 500, title: "Something went wrong on our side" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** One field that is wrong: an RFC 6901 pointer into the body, query or path, and what to do. */
export type FieldError = { pointer: string; detail: string };

export type ProblemExtra = {
  errors?: FieldError[];
  /** Seconds for the Retry-After header. */
  retryAfterSeconds?: number;
  /** Further members of the problem object, such as `remaining`. */
  members?: Record<string, unknown>;
};

/** Thrown by whoever refuses; `detail` says what happened and what to do next. */
export class Problem extends Error {
  readonly code: ErrorCode;
  readonly extra: ProblemExtra;

  constructor(code: ErrorCode, detail: string, extra: ProblemExtra = {}) {
    super(detail);
    this.name = "Problem";
    this.code = code;
    this.extra = extra;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** 404 for what does not exist and for what is another tenant's: the answer is the same. */
export function notFound(what: string): Problem {
  return new Problem("resource.not_found", `${what} not found`);
}

/** 422 with one wrong field. */
export function invalidField(pointer: string, detail: string): Problem {
  return new Problem("request.invalid", detail, { errors: [{ pointer, detail }] });
}

/** What a problem says, with the field that it is about where its words alone do not name that. */
function detailOf({ message, extra }: { message: string; extra?: ProblemExtra }): string {
  const [only, more] = extra?.errors ?? [];
  if (only === undefined || more !== undefined || only.detail !== message) return message;
  return only.pointer === "" ? `the body ${message}` : `${only.pointer}: ${message}`;
}

/** The RFC 9457 object of a problem. */
export function problemBody(
  problem: { code: ErrorCode; message: string; extra?: ProblemExtra },
  requestId: string,
): Record<string, unknown> {
  const { status, title } = ERRORS[problem.code];
  return {
    type: `urn:boxcostpro:problem:${problem.code}`,
    title,
    status,
    code: problem.code,
    detail: detailOf(problem),
    request_id: requestId,
    ...(problem.extra?.errors ? { errors: problem.extra.errors } : {}),
    ...(problem.extra?.members ?? {}),
  };
}
