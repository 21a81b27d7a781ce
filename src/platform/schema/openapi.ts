/** Routes that document themselves: OpenAPI 3.1 from the zod schemas that also validate. */
import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Env as HonoEnv } from "hono";
import type { ZodType } from "zod";
import { NEWEST_VERSION, VERSION_HEADER, VERSION_NAMES } from "../../core/api-version.ts";
import { BUDGET_NAMES } from "../../core/budget.ts";
import { scaledInteger } from "../../core/decimal.ts";
import { ERRORS, type ErrorCode, Problem } from "../../core/errors.ts";
import { isPrinted } from "../../core/line-text.ts";
import { currencyExponent } from "../../core/money.ts";
import { LIMIT_HEADER, POLICY_HEADER } from "../../core/rate-limit.ts";
import { parseTime } from "../../core/time.ts";
import { plainWords } from "./plain-words.ts";

// A schema that says nothing itself says it so, to people and programs alike.
z.config({ customError: plainWords });

/** A sub-app whose validation failures become 422 problems with a pointer for each wrong field. */
export function createApi<E extends HonoEnv>(): OpenAPIHono<E> {
  return new OpenAPIHono<E>({
    defaultHook: (result) => {
      if (result.success) return;
      const at = result.target === "json" ? "" : `/${result.target}`;
      throw validationProblem(result.error.issues, at);
    },
  });
}

type Issue = { path: PropertyKey[]; message: string; code?: string; keys?: string[] };

/** What a problem lists: as many as somebody mends at once, by names of a readable length. */
const MAX_ERRORS = 50;
const MAX_NAME_LENGTH = 100;

/** A 422 that names the wrong fields, 50 at most, by RFC 6901 pointers. */
export function validationProblem(issues: readonly Issue[], at = ""): Problem {
  const errors = issues.slice(0, MAX_ERRORS).flatMap((issue) => {
    const pointer = at + issue.path.map((part) => `/${escapePointer(String(part))}`).join("");
    if (issue.code !== "unrecognized_keys") return [{ pointer, detail: issue.message }];
    return (issue.keys ?? []).slice(0, MAX_ERRORS).map((key) => ({
      pointer: `${pointer}/${escapePointer(key)}`,
      detail: "is not a field of this request",
    }));
  });
  const first = errors[0];
  const named = first && (first.pointer === "" ? "the body" : `${first.pointer}:`);
  const detail = first ? `${named} ${first.detail}` : "not valid";
  const found = issues.reduce((sum, { keys }) => sum + (keys?.length ?? 1), 0);
  const more = found > MAX_ERRORS ? ` (the first ${MAX_ERRORS} of ${found} are listed)` : "";
  return new Problem("request.invalid", detail + more, { errors: errors.slice(0, MAX_ERRORS) });
}

function escapePointer(part: string): string {
  const name = part.length > MAX_NAME_LENGTH ? `${part.slice(0, MAX_NAME_LENGTH)}…` : part;
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string(),
    request_id: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
    budget: z.enum(BUDGET_NAMES).optional().openapi({
      description:
        "Of `budget.reached`, and of `request.rate_limited` over a tenant's limit: which",
    }),
    limit: z.number().int().optional().openapi({ description: "What that budget holds" }),
  })
  .openapi("Problem");

const problemContent = { "application/problem+json": { schema: problemSchema } };

const MEANINGS: Record<number, string> = {
  400: "The body is not readable, or there is no such API version",
  401: "The API key is missing or not valid",
  403: "The key's role, or what the key is confined to, does not allow this",
  404: "Not found",
  409: "The resource is in another state, or the same request still runs",
  413: "The body is too large",
  415: "The body has another content type",
  416: "The file ends before the range begins",
  422: "A field is not valid; `errors` points to each",
  426: "The path is a WebSocket",
  429: "Too many requests",
  500: "Something went wrong on our side",
  503: "Busy; send the same request again",
};

/** Statuses that every route may give. */
const COMMON = [401, 403, 422, 429, 500, 503];

/** Response entries for the given problem statuses, beside those that every route may give. */
export function problems(...statuses: number[]) {
  const entries = [...COMMON, ...statuses].map((status) => [
    status,
    { description: MEANINGS[status] ?? "Refused", content: problemContent },
  ]);
  return Object.fromEntries(entries) as Record<
    number,
    { description: string; content: typeof problemContent }
  >;
}

/** What each answer to a key says of its limits (docs/limits.md), and of its version. */
export const ANSWER_HEADERS = {
  [POLICY_HEADER]: {
    description:
      "The limits that hold: `q` of what is named in `w` seconds. Reads and writes are counted " +
      "by instance of the Worker and by location, coarsely; `events`, on " +
      "answers to recording where the tenant has such a budget, exactly",
    schema: { type: "string" },
    example: '"reads";q=6000;w=60',
  },
  [LIMIT_HEADER]: {
    description: "What is left of each: `r` now, and all of it again after `t` seconds",
    schema: { type: "string" },
    example: '"reads";r=5988;t=1',
  },
  [VERSION_HEADER]: {
    description: "The version of the API in which this is answered",
    schema: { type: "string", enum: VERSION_NAMES },
    example: NEWEST_VERSION,
  },
  "Retry-After": {
    description: "The seconds to wait before the same request is sent again",
    schema: { type: "integer" },
    example: 1,
  },
} as const;

const problemRef = { schema: { $ref: "#/components/schemas/Problem" } };

function referred(...statuses: number[]) {
  const content = { "application/problem+json": problemRef };
  const entries = statuses.map((one) => [one, { description: MEANINGS[one] ?? "", content }]);
  return Object.fromEntries(entries) as Record<
    number,
    { description: string; content: typeof content }
  >;
}

/** Response entries for what the body's reader and Idempotency-Key may answer to any write. */
export const WRITE_PROBLEMS = referred(400, 409, 413, 415);

/** Response entries for what naming a tenant, or a version, may be answered by any operation. */
export const NAMED_PROBLEMS = referred(400, 404);

/** A JSON request body that must be there. */
export function jsonBody<T extends ZodType>(schema: T) {
  return { content: { "application/json": { schema } }, required: true } as const;
}

/** A JSON response. */
export function jsonReply<T extends ZodType>(schema: T, description: string) {
  return { content: { "application/json": { schema } }, description } as const;
}

/** What an operation answers that counts up to a bound: one count for each value of `by`. */
export function countsReply<S extends z.ZodRawShape>(by: S) {
  const counted = z.object({
    ...by,
    count: z.number().int(),
    more: z.boolean().openapi({ description: "there are more than were counted" }),
  });
  return jsonReply(z.object({ data: z.array(counted) }), "The counts");
}

/** Some entries of a list, by their ids. */
export const idsInput = z
  .string()
  .max(9_000)
  .optional()
  .openapi({ description: "ids with commas between them" });

export const security: { apiKey: string[] }[] = [{ apiKey: [] }];

/**
 * A decimal as callers send it: a JSON number or a decimal string. Stays what it was. `belowZero`:
 * what to write instead of a negative one.
 */
export function decimalInput(options: {
  decimals: number;
  negative?: boolean;
  belowZero?: string;
}) {
  return z
    .union([z.number(), z.string().max(60)])
    .superRefine((value, ctx) => {
      const scaled = scaledInteger(value, options.decimals);
      if (!scaled.ok) {
        const why =
          scaled.reason === "too_precise"
            ? `has at most ${options.decimals} decimals`
            : "is a number or a decimal string";
        ctx.addIssue({ code: "custom", message: why });
      } else if (scaled.value < 0n && !options.negative) {
        const instead = options.belowZero === undefined ? "" : `; ${options.belowZero}`;
        ctx.addIssue({ code: "custom", message: `is 0 or more${instead}` });
      }
    })
    .openapi({ type: ["number", "string"], example: "1.25" });
}

/** An RFC 3339 time with an offset. Stays text; `parseTime` gives its milliseconds. */
export const timeInput = z
  .string()
  .refine((text) => parseTime(text) !== null, "is an RFC 3339 time, such as 2026-01-31T00:00:00Z")
  .openapi({ format: "date-time", example: "2026-01-31T00:00:00Z" });

export const currencyInput = z
  .string()
  .superRefine((code, ctx) => {
    if (currencyExponent(code) !== null) return;
    const meant = currencyMeant(code);
    const advice = meant === null ? ", such as EUR" : `; use ${meant}`;
    ctx.addIssue({ code: "custom", message: `is an ISO 4217 currency code${advice}` });
  })
  .openapi({ example: "USD" });

/** The code that was meant by one in other letters, or by a sign or a name. */
function currencyMeant(text: string): string | null {
  const word = text.trim().toUpperCase();
  if (currencyExponent(word) !== null) return word;
  return Object.hasOwn(CURRENCY_WORDS, word) ? (CURRENCY_WORDS[word] ?? null) : null;
}

const CURRENCY_WORDS: Readonly<Record<string, string>> = {
  "€": "EUR",
  EURO: "EUR",
  EUROS: "EUR",
  "£": "GBP",
  UKP: "GBP",
  "₹": "INR",
  RS: "INR",
  SFR: "CHF",
  RMB: "CNY",
  NTD: "TWD",
  ZŁ: "PLN",
  "₩": "KRW",
};

/** A schema of one line of text of at most `max` characters, with something in it. */
export function lineInput(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine(isPrinted, "is more than spaces, without characters that cannot be printed");
}

/** `limit` and `cursor` of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: z.string().max(500).optional(),
};

/** The envelope of every list. */
export function pageSchema<T extends ZodType>(item: T) {
  return z.object({ data: z.array(item), next_cursor: z.string().nullable() });
}

/** The envelope of a list that can be sorted, and read backwards. */
export function sortedPageSchema<T extends ZodType>(item: T) {
  return pageSchema(item).extend({ previous_cursor: z.string().nullable() });
}
