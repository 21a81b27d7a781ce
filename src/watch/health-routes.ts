/** /api/health: what waits, is late or fails over all tenants, for the operator. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../accounts/actor/actor.ts";
import { allow } from "../accounts/guard/guard.ts";
import { SECOND_MS, timeText } from "../core/time.ts";
import { MOST_COUNTED } from "../platform/queue/backlog.ts";
import { createApi, jsonReply, problems, security } from "../platform/schema/openapi.ts";
import { firstOf, SIGNS, type Sign, signsOf, type Waiting } from "./health.ts";
import { resealOf } from "./reseal.ts";
import { type Seen, STAGES, seeStages } from "./stages.ts";

export const healthRoutes = createApi<AppEnv>();

/** Things that are listed of each sign. */
export const SHOWN = 20;

const waitingSchema = z.object({
  tenant_id: z.string(),
  what: z.string().openapi({ description: "A type of event or work, or an endpoint's host" }),
  since: z.string().nullable(),
  why: z.string(),
});

const healthSchema = z
  .object({
    status: z.enum(["ok", "attention"]).openapi({
      description: "`attention` while any sign needs somebody",
    }),
    at: z.string(),
    stages: z
      .array(
        z.object({
          id: z.enum(STAGES),
          lag_seconds: z.number().openapi({ description: "How long the first work waits" }),
          backlog: z
            .number()
            .int()
            .nullable()
            .openapi({ description: `Counted to ${MOST_COUNTED}; null where nobody can count it` }),
          more: z.boolean().openapi({ description: "There is more than is counted" }),
          late: z.boolean().openapi({ description: "It lags for longer than it should" }),
        }),
      )
      .openapi({ description: "What work passes through, in its order" }),
    meters: z
      .array(
        z.object({
          tenant_id: z.string(),
          since: z.string(),
          events: z.number().int(),
          halted: z.boolean(),
          reason: z.string(),
        }),
      )
      .openapi({ description: `Meters that cannot put their journal into the ledger, ${SHOWN}` }),
    secret_change: z
      .object({
        done: z.boolean().openapi({ description: "DELIVERY_SECRET_PREVIOUS can be taken away" }),
        resealed: z.number().int(),
        unreadable: z.number().int().openapi({ description: "Sealed under neither secret" }),
      })
      .nullable()
      .openapi({ description: "How far it is; null where DELIVERY_SECRET is not being changed" }),
    dead_letters: z
      .number()
      .int()
      .openapi({ description: `Counted to ${MOST_COUNTED}` }),
    signs: z.array(
      z.object({
        id: z.enum(SIGNS),
        count: z
          .number()
          .int()
          .openapi({ description: `Counted to ${MOST_COUNTED}` }),
        more: z.boolean().openapi({ description: "There are more than are counted" }),
        since: z.string().nullable().openapi({ description: "Since when the first of them" }),
        needs_attention: z.boolean(),
        first: z.array(waitingSchema).openapi({ description: `The first ${SHOWN}` }),
      }),
    ),
  })
  .openapi("Health");

function showSign({ id, backlog, bad }: Sign, first: readonly Waiting[]) {
  const { count, sinceMs } = backlog;
  return {
    id,
    count: Math.min(count, MOST_COUNTED),
    more: count > MOST_COUNTED,
    since: count === 0 || sinceMs === null ? null : timeText(sinceMs),
    needs_attention: bad,
    first: first.map(({ tenant, what, atMs, why }) => ({
      tenant_id: tenant,
      what,
      since: atMs === null ? null : timeText(atMs),
      why,
    })),
  };
}

function showSeen({ stages, meters, deadLetters }: Seen) {
  return {
    stages: stages.map(({ id, lagMs, backlog, more, late }) => ({
      id,
      lag_seconds: lagMs / SECOND_MS,
      backlog,
      more,
      late,
    })),
    meters: meters.slice(0, SHOWN).map(({ tenant, sinceMs, events, halted, reason }) => ({
      tenant_id: tenant,
      since: timeText(sinceMs),
      events,
      halted,
      reason,
    })),
    dead_letters: Math.min(deadLetters.count, MOST_COUNTED),
  };
}

function showChange(change: Awaited<ReturnType<typeof resealOf>>) {
  if (change === null) return { secret_change: null };
  const { doneMs, resealed, unreadable } =
    change === "begins" ? { doneMs: null, resealed: 0, unreadable: 0 } : change;
  return { secret_change: { done: doneMs !== null, resealed, unreadable } };
}

healthRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/health",
    operationId: "getHealth",
    summary: "What waits, is late or fails, over all tenants (operator)",
    description:
      "How far each stage is behind, from a meter's journal to e-mails and webhooks; meters that " +
      "cannot drain; and as signs: announcements and e-mails that were not handed on yet, work " +
      "that is due for more than two minutes or whose last attempt failed, endpoints that only " +
      "fail, and what was given up in the last 24 hours. Each is tried again by itself; what " +
      "needs somebody says so.",
    tags: ["Tenants"],
    security,
    responses: { 200: jsonReply(healthSchema, "The signs"), ...problems() },
  }),
  async (c) => {
    const { realMs } = allow(c, "operator.tenants");
    const [signs, first, seen, change] = await Promise.all([
      signsOf(c.env.DB, realMs),
      firstOf(c.env.DB, realMs, SHOWN),
      seeStages(c.env, realMs),
      resealOf(c.env),
    ]);
    const isBad =
      signs.some(({ bad }) => bad) ||
      seen.stages.some(({ late }) => late) ||
      seen.meters.length > 0 ||
      seen.deadLetters.count > 0;
    const status = isBad ? ("attention" as const) : ("ok" as const);
    const shown = signs.map((sign) => showSign(sign, first[sign.id]));
    return c.json(
      { status, at: timeText(realMs), ...showSeen(seen), ...showChange(change), signs: shown },
      200,
    );
  },
);
