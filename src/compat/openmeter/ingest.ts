/** Taking OpenMeter's events: counted when they are answered, and refused by name. */
import type { Context, Hono } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { type FieldError, Problem } from "../../core/errors.ts";
import type { Result } from "../../metering/intake/format.ts";
import { lacksValue } from "../../metering/intake/rule.ts";
import { MAX_BATCH_BYTES } from "../../metering/record/batch-body.ts";
import { readText } from "../../platform/http/http.ts";
import { contentType, enter } from "../common/dialect.ts";
import { type Recorded, recordEvents, type Told, warn } from "../common/record.ts";
import { whoseAre } from "../common/whose.ts";
import { eventsIn } from "./event.ts";

const MAX_NAMED = 50;

/** Adds the routes that take events, which nothing stands before but the guard. */
export function routeIngest(app: Hono<AppEnv>): void {
  app.post("/openmeter/api/v1/events", enter, (c) => take(c, 204));
  app.post("/openmeter/api/v3/openmeter/events", enter, (c) => take(c, 202));
  app.post("/api/v1/events", enter, (c) => take(c, 204));
}

async function take(c: Context<AppEnv>, status: 202 | 204): Promise<Response> {
  const actor = allow(c, "usage.write", "tenants");
  const recorded = await badWhereTooLarge(async () => {
    const text = await readText(c, MAX_BATCH_BYTES);
    const events = eventsIn(contentType(c), text);
    const subjects = events.flatMap(({ subject }) => (subject === null ? [] : [subject]));
    const whose = await whoseAre(c.env, actor, subjects);
    const told = events.map(({ event, subject }): Told => {
      if (subject === null) return { event, whose: null };
      const found = whose.get(subject);
      if (found === undefined) throw new Error("a subject was not looked up");
      return { event, whose: found };
    });
    return recordEvents(c.env, told);
  });
  warn(c, recorded.results);
  insistAllCount(recorded);
  return c.body(null, status);
}

/** Collectors send 413 again for ever, and let go of what is answered 400. */
async function badWhereTooLarge<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "request.too_large") throw error;
    throw new Problem("request.invalid", error.message);
  }
}

/**
 * Errors: 429 and 503 where some may be sent again, 400 naming what never counts: the others do. An
 * id that was used within its source counts once, whatever came with it the second time.
 */
function insistAllCount({ results, postponed }: Recorded): void {
  if (postponed) throw postponed;
  const refused = results.flatMap(refusalsOf);
  const [first] = refused;
  if (!first) return;
  const detail =
    `${refused.length} of ${results.length} events were refused, the others count; ` +
    `${first.pointer || "the event"}: ${first.detail}`;
  throw new Problem("usage.items_refused", detail, { errors: refused.slice(0, MAX_NAMED) });
}

/** Why an event is refused; a value that one of several meters does not find in it is no reason. */
function refusalsOf(results: readonly Result[]): FieldError[] {
  const isCounted = results.some(counts);
  return results.flatMap((result) => {
    const { at, outcome } = result;
    if (outcome.outcome !== "refused" || counts(result)) return [];
    if (isCounted && lacksValue(outcome.detail)) return [];
    return [{ pointer: at, detail: outcome.detail }];
  });
}

/** True for what counts, now or since its id was used first. */
function counts({ outcome }: Result): boolean {
  return outcome.outcome !== "refused" || outcome.code === "usage.conflict";
}
