/** A format in which other products send usage, as the registry knows it. Pure. */
import type { z } from "@hono/zod-openapi";
import { Problem } from "../../core/errors.ts";
import { quantityJson } from "../../core/quantity.ts";
import { alertBody } from "../counter/limit.ts";
import type { Outcome } from "../record/record.ts";
import { warningsOf } from "../record/warning.ts";
import type { Mapped } from "./foreign.ts";
import type { UsageRule } from "./rule.ts";

/** A request as a format reads it. */
export type Sent = {
  /** The content type in small letters, without its parameters; "" where there is none. */
  type: string;
  text: string;
  headers: Headers;
  query: Record<string, string>;
  /** The usage rules of whoever sends it, for a format that is `ruled`. */
  rules: readonly UsageRule[];
  /** The rules for an event that names a tenant, where they are not those. */
  rulesOf?: (tenant: string) => readonly UsageRule[];
};

/** What a body holds. */
export type Taken = {
  events: Mapped[];
  /** True where it is one event, which is answered as one. */
  single: boolean;
};

/** What became of one foreign event. */
export type Result = { at: string; outcome: Outcome };

export type Format = {
  path: string;
  /** The operation's name for each method that it answers. */
  operations: Readonly<Partial<Record<"post" | "put", string>>>;
  summary: string;
  description: string;
  /** Bodies by content type, as the API's document shows them. */
  content: Readonly<Record<string, { schema: z.ZodType }>>;
  query?: z.ZodObject;
  /** What its answer to several events holds. */
  reply: z.ZodType;
  /** True where usage rules say what its events are. */
  ruled?: boolean;
  maxBytes: number;
  /** True for a content type that it reads. */
  takes: (type: string) => boolean;
  /** What a body holds. Errors: a Problem where it can be read as nothing. */
  read: (sent: Sent) => Taken;
  /** The answer to several events. Errors: the Problem that they come to. */
  answer: (results: readonly Result[]) => unknown;
};

/** Usage events that one request may become, and refusals that a problem names. */
export const MAX_FOREIGN_ITEMS = 20_000;
const MAX_NAMED = 50;

/** Errors: 413 for a body of more events than one request may hold. */
export function insistFew(count: number, most: number): void {
  if (count <= most) return;
  const detail = `a request has at most ${most} events, this one has ${count}; send them in parts`;
  throw new Problem("request.too_large", detail);
}

/** How many of each there are, why each refused one was, and the alerts that they fired. */
export function countsOf(results: readonly Result[]) {
  let [accepted, duplicates] = [0, 0];
  const refused: { at: string; detail: string }[] = [];
  const alerts: unknown[] = [];
  for (const { at, outcome } of results) {
    if (outcome.outcome === "refused") {
      refused.push({ at, detail: outcome.detail });
      continue;
    }
    if (outcome.outcome === "accepted") accepted++;
    else duplicates++;
    const whose = outcome.outcome === "accepted" && outcome.tenant;
    for (const alert of outcome.alerts) {
      alerts.push(whose ? { ...alertBody(alert), tenant_id: whose } : alertBody(alert));
    }
  }
  const warnings = warningsOf(results.map(({ outcome }) => outcome)).slice(0, MAX_NAMED);
  return { accepted, duplicates, refused, alerts, told: warnings.length > 0 ? { warnings } : {} };
}

/** The Problem of a request that was one event, null where it counts. */
export function problemOfOne([result]: readonly Result[]): Problem | null {
  if (result?.outcome.outcome !== "refused") return null;
  const { code, detail, remainingMicro } = result.outcome;
  return new Problem(code, detail, {
    ...(result.at === "" ? {} : { errors: [{ pointer: result.at, detail }] }),
    ...(remainingMicro === undefined
      ? {}
      : { members: { remaining: quantityJson(remainingMicro) } }),
  });
}

/** Why events could not be recorded now, with what became of the others, which count. */
export function postponedProblem(why: Problem, results: readonly Result[]): Problem {
  const { accepted, duplicates, refused, alerts, told } = countsOf(results);
  const detail =
    `${refused.length} of ${results.length} events were not recorded, the others count; send all ` +
    `of them again: ${why.message}`;
  return new Problem(why.code, detail, {
    ...why.extra,
    errors: refused.slice(0, MAX_NAMED).map(({ at, detail }) => ({ pointer: at, detail })),
    members: { accepted, duplicates, refused: refused.length, alerts, ...told },
  });
}

/**
 * The answer by status, which is all that most senders read: 200 where every event counts.
 * Errors: 422 `usage.items_refused` where some never will; the others count, and sending all of
 * them again is safe.
 */
export function answerByStatus(results: readonly Result[]) {
  const { accepted, duplicates, refused, alerts, told } = countsOf(results);
  const [first] = refused;
  if (!first) return { accepted, duplicates, refused: 0, alerts, ...told };
  const detail =
    `${refused.length} of ${results.length} events were refused, the others count; ` +
    `${first.at}: ${first.detail}`;
  throw new Problem("usage.items_refused", detail, {
    errors: refused.slice(0, MAX_NAMED).map(({ at, detail }) => ({ pointer: at, detail })),
    members: { accepted, duplicates, refused: refused.length, alerts, ...told },
  });
}
