/** /api/usage/live: usage as it happens, over a WebSocket. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { notForTenant, TENANT_HEADER } from "../../accounts/guard/acting.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { budgetOf, budgetReached } from "../../accounts/store/budget-store.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { invalidField, Problem } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { openSocket } from "../meter/meter.ts";
import { makeTicket, openTicket } from "./live-ticket.ts";

const PATH = "/api/usage/live";

/** To be mounted before the guard: a ticket stands for a key. */
export const liveTicketRoutes = createApi<AppEnv>();

liveTicketRoutes.get(PATH, async (c, next) => {
  const ticket = c.req.query("ticket");
  if (ticket === undefined) return next();
  if (c.req.header(TENANT_HEADER) !== undefined) {
    throw notForTenant(`a ticket names its tenant: send it without ${TENANT_HEADER}`);
  }
  const tenant = await openTicket(c.env, ticket, Date.now());
  const { nowMs } = await tenantClock(c.env.DB, tenant);
  return connect(c, tenant, nowMs);
});

export const liveRoutes = createApi<AppEnv>();

liveRoutes.openapi(
  createRoute({
    method: "get",
    path: PATH,
    operationId: "watchUsage",
    summary: "Usage as it happens, over a WebSocket",
    description:
      "First a frame `snapshot` with every metric of the running period, then a frame `usage` " +
      "with those that changed, at most four times a second, and a frame `alert` for each alert " +
      "at once. Each has `live_seq`; a socket opened with the last one as `after` is sent the " +
      "alerts since, some perhaps twice. `ping` is answered with `pong`. Now and then a frame " +
      "`check` brings an `answer` to send back as it is: who is a million characters behind it " +
      "is closed with 4001. A socket is closed with 4000 after an hour.",
    tags: ["Usage"],
    security,
    request: {
      query: z.strictObject({
        after: z.coerce.number().int().min(0).optional(),
        ticket: z.string().optional().openapi({ description: "in place of the API key" }),
      }),
    },
    responses: { 101: { description: "The socket is open" }, ...problems(426) },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "usage");
    return connect(c, actor.tenantId, actor.nowMs);
  },
);

liveRoutes.openapi(
  createRoute({
    method: "post",
    path: `${PATH}/ticket`,
    operationId: "createLiveTicket",
    summary: "A ticket that opens the live socket from a browser, for a minute",
    tags: ["Usage"],
    security,
    responses: {
      201: jsonReply(z.object({ ticket: z.string(), expires_at: z.string() }), "The ticket"),
      ...problems(),
    },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "usage");
    const { ticket, expiresMs } = await makeTicket(c.env, actor);
    return c.json({ ticket, expires_at: timeText(expiresMs) }, 201);
  },
);

/**
 * Errors: 426 where the request is no upgrade, 429 `budget.reached`, 503 where the tenant's other
 * sockets are read too slowly.
 */
async function connect(c: Context<AppEnv>, tenant: string, nowMs: number): Promise<Response> {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
    c.header("Upgrade", "websocket");
    throw new Problem("request.upgrade_required", "open this address as a WebSocket");
  }
  const after = Number(c.req.query("after") ?? Number.NaN);
  if (c.req.query("after") !== undefined && !(Number.isSafeInteger(after) && after >= 0)) {
    throw invalidField("/query/after", "is a live_seq");
  }
  const most = (await budgetOf(c.env.DB, { tenantId: tenant }, "live_sockets")) ?? 0;
  const opening = { nowMs, after: Number.isNaN(after) ? null : after, most };
  const response = await openSocket(c.env, tenant, opening);
  if (response.status === 101) return response;
  if (response.status === 429) throw budgetReached("live_sockets", most);
  const detail = "the tenant's open live sockets are read too slowly; close some of them";
  throw new Problem("service.busy", detail, { retryAfterSeconds: 10 });
}
