/** What the API refuses, as an error. */

/** A wrong field: an RFC 6901 pointer, and what to do. */
export type FieldError = { pointer: string; detail: string };

type Problem = {
  code?: string;
  detail?: string;
  title?: string;
  request_id?: string;
  errors?: FieldError[];
};

export class ApiError extends Error {
  readonly status: number;
  /** Stable, such as `usage.limit_reached`. */
  readonly code: string;
  readonly errors: readonly FieldError[];
  /** To quote when you report it. */
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(status: number, problem: Problem, headers: Headers) {
    super(problem.detail ?? problem.title ?? `the API answered ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.code = problem.code ?? "unknown";
    this.errors = problem.errors ?? [];
    this.requestId = problem.request_id ?? headers.get("x-request-id");
    const seconds = Number(headers.get("retry-after") ?? Number.NaN);
    this.retryAfterSeconds = Number.isFinite(seconds) ? seconds : null;
  }

  /** Whether the same request may go through later. */
  get isTemporary(): boolean {
    if (this.code === "usage.limit_reached") return false;
    // A budget that says no time has no room until something is taken away, or it is raised.
    if (this.code === "budget.reached") return this.retryAfterSeconds !== null;
    return this.status === 429 || this.status >= 500 || this.code === "idempotency.in_progress";
  }
}

export async function errorOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Problem;
  return new ApiError(response.status, problem, response.headers);
}
