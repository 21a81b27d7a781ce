/** /api/usage/proof: the meter's counters against the ledger's rollups and its events. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { quantityJson } from "../../core/quantity.ts";
import { timeText } from "../../core/time.ts";
import type { Count } from "../../metering/counter/terms.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { spanSchema } from "../subscription/subscription-schema.ts";
import { proveWindows, type WindowProof } from "./prove.ts";

const countSchema = z.object({ quantity: z.number(), events: z.number().int() });

const proofSchema = z
  .object({
    equal: z.boolean(),
    settled: z.boolean().openapi({
      description: "False where events came in during the reading: differences prove nothing",
    }),
    windows: z.array(
      spanSchema.extend({
        window_id: z.string(),
        equal: z.boolean(),
        counters: z.array(
          z.object({
            metric_name: z.string(),
            until: z.string(),
            meter: countSchema,
            rollups: countSchema,
            events: countSchema,
          }),
        ),
      }),
    ),
  })
  .openapi("UsageProof");

export const proofRoutes = createApi<AppEnv>();

/** Counts by metric and edge. */
type Counts = ReadonlyMap<string, Count>;

function byEdge(counts: readonly Count[]): Counts {
  return new Map(counts.map((count) => [edgeKey(count.metric, count.untilMs), count]));
}

function edgeKey(metric: string, untilMs: number): string {
  return `${untilMs} ${metric}`;
}

function countBody(counts: Counts, metric: string, untilMs: number) {
  const count = counts.get(edgeKey(metric, untilMs));
  return { quantity: quantityJson(BigInt(count?.valueMicro ?? 0)), events: count?.events ?? 0 };
}

function windowBody({ window, meter, rollups, events, equal }: WindowProof) {
  const metrics = new Set([...meter, ...rollups, ...events].map(({ metric }) => metric));
  const edges = [...window.cutsMs, window.endMs];
  const read = { meter: byEdge(meter), rollups: byEdge(rollups), events: byEdge(events) };
  return {
    window_id: window.id,
    start: timeText(window.startMs),
    end: timeText(window.endMs),
    equal,
    counters: [...metrics].sort().flatMap((metric) =>
      edges.map((untilMs) => ({
        metric_name: metric,
        until: timeText(untilMs),
        meter: countBody(read.meter, metric, untilMs),
        rollups: countBody(read.rollups, metric, untilMs),
        events: countBody(read.events, metric, untilMs),
      })),
    ),
  };
}

proofRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/proof",
    operationId: "proveUsage",
    summary: "Whether the meter's counters are the sums of the ledger, window by window",
    description:
      "Reads every event of the running windows, at most 5 million: meant for audits, not for " +
      "polling. Where they have more, name one window.",
    tags: ["Usage"],
    security,
    request: { query: z.strictObject({ window_id: z.string().max(100).optional() }) },
    responses: { 200: jsonReply(proofSchema, "The proof"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "usage");
    const { settled, windows } = await proveWindows(
      c.env,
      actor,
      c.req.valid("query").window_id ?? null,
    );
    const equal = windows.every((window) => window.equal);
    return c.json({ equal, settled, windows: windows.map(windowBody) }, 200);
  },
);
