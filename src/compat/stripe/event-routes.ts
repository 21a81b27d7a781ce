/** Meter events in both versions, their stream, and taking them back. */
import type { Context, Hono } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { hashName } from "../../metering/intake/foreign.ts";
import { enter } from "../common/dialect.ts";
import { adjust } from "./adjust.ts";
import { invalid } from "./error.ts";
import {
  adjustmentFrom,
  eventFrom,
  eventFromV2,
  showAdjustment,
  showAdjustmentV2,
  showEvent,
  showEventV2,
  streamFrom,
} from "./event.ts";
import { insistKnown } from "./param.ts";
import { recordEvent, recordStream } from "./record.ts";
import { paramsIn, readBody } from "./request.ts";
import { bySession, makeSession } from "./session.ts";

const SESSION = "/v2/billing/meter_event_session";

/** Gives an application the routes that record: they have an identity of their own. */
export function routeRecording(app: Hono<AppEnv>): void {
  app.post("/v1/billing/meter_events", enter, readBody, async (c) => {
    const actor = allow(c, "usage.write", "tenants");
    const event = eventFrom(await paramsIn(c));
    return c.json(showEvent(await recordEvent(c.env, actor, event, keyIn(c))));
  });

  app.post("/v2/billing/meter_events", enter, readBody, async (c) => {
    const actor = allow(c, "usage.write", "tenants");
    const event = eventFromV2(await paramsIn(c));
    return c.json(showEventV2(await recordEvent(c.env, actor, event, keyIn(c))));
  });

  app.post("/v2/billing/meter_event_stream", bySession, enter, readBody, async (c) => {
    const actor = allow(c, "usage.write", "tenants");
    await recordStream(c.env, actor, streamFrom(await paramsIn(c)));
    return c.json({});
  });

  app.post(SESSION, enter, readBody, async (c) => {
    const { realMs, mode } = allow(c, "usage.write", "tenants");
    insistKnown(await paramsIn(c), []);
    const live = mode === "live";
    return c.json(await makeSession(c.env, c.req.raw.headers, { realMs, live }));
  });
}

/** Gives an application the routes that take events back. */
export function routeAdjustments(app: Hono<AppEnv>): void {
  app.post("/v1/billing/meter_event_adjustments", async (c) => {
    const { actor, adjustment } = await adjusted(c);
    return c.json(showAdjustment(adjustment, actor.mode === "live"));
  });

  app.post("/v2/billing/meter_event_adjustments", async (c) => {
    const { actor, adjustment } = await adjusted(c);
    const name = hashName(JSON.stringify([actor.tenantId, adjustment]));
    const id = `mtradj_${name.slice("hash:".length)}`;
    const how = { id, atMs: actor.nowMs, live: actor.mode === "live" };
    return c.json(showAdjustmentV2(adjustment, how));
  });
}

async function adjusted(c: Context<AppEnv>) {
  const actor: Actor = allow(c, "usage.void", "tenants");
  const adjustment = adjustmentFrom(await paramsIn(c));
  await adjust(c.env, actor, adjustment);
  return { actor, adjustment };
}

/** The request's Idempotency-Key, or null. Errors: 400. */
function keyIn(c: Context<AppEnv>): string | null {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return null;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw invalid("The Idempotency-Key has 1 to 255 visible ASCII characters.");
}
