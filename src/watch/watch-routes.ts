/**
 * /metrics and /readyz: for Prometheus, and for whatever asks whether a request may be sent here.
 * Neither is a part of the API that has versions; docs/operations.md says what they answer.
 */
import { Hono } from "hono";
import type { AppEnv } from "../accounts/actor/actor.ts";
import { allow, guard, shield } from "../accounts/guard/guard.ts";
import { SECOND_MS } from "../core/time.ts";
import { tellNow } from "../platform/watch/counts.ts";
import { EXPOSITION_TYPE } from "../platform/watch/exposition.ts";
import { metricsText } from "./metrics.ts";
import { type Readiness, readinessOf } from "./ready.ts";

export const watchRoutes = new Hono<AppEnv>();

watchRoutes.get("/metrics", guard, shield, async (c) => {
  const { realMs } = allow(c, "operator.metrics");
  await tellNow(c.env, realMs);
  const text = await metricsText(c.env, realMs);
  return c.body(text, 200, { "Content-Type": EXPOSITION_TYPE });
});

/** Anybody may ask, so an isolate looks at most so often. */
const KEEP_MS = 5 * SECOND_MS;
let kept: { atMs: number; readiness: Readiness } | null = null;
let looking = false;

watchRoutes.get("/readyz", async (c, next) => {
  if (c.req.header("authorization") !== undefined) return next();
  const nowMs = Date.now();
  if (kept === null || (kept.atMs <= nowMs - KEEP_MS && !looking)) {
    looking = true;
    const readiness = await readinessOf(c.env, nowMs).finally(() => {
      looking = false;
    });
    kept = { atMs: nowMs, readiness };
  }
  const { status, reasons, behind } = kept.readiness;
  return c.json({ status, reasons, behind }, status === "unavailable" ? 503 : 200);
});

watchRoutes.get("/readyz", guard, shield, async (c) => {
  const { realMs } = allow(c, "operator.metrics");
  const { status, reasons, behind, missing, seen } = await readinessOf(c.env, realMs);
  const body = {
    status,
    reasons,
    behind,
    missing_migrations: missing,
    stages: (seen?.stages ?? []).map(({ id, lagMs, backlog, more }) => ({
      id,
      lag_seconds: lagMs / SECOND_MS,
      backlog,
      more,
    })),
  };
  return c.json(body, status === "unavailable" ? 503 : 200);
});
