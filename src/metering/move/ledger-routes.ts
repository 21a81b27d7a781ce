/** /api/ledgers: the databases in which usage lies, and moves between them, for the operator. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { reachedTenant } from "../../accounts/tenant/tenant.ts";
import { notFound } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { jurisdictionOf, ledgersOf } from "../../platform/db/ledger.ts";
import { listLedgers } from "../../platform/db/ledgers.ts";
import { pageById, type Slice, sliceOf } from "../../platform/http/slice.ts";
import { JURISDICTIONS } from "../../platform/runtime/jurisdiction.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { moveTenant, STEPS } from "./move.ts";
import { heldIn, tenantsOfLedger } from "./tenants.ts";

export const ledgerRoutes = createApi<AppEnv>();

/** Tenants of a ledger that are named beside it. */
const NAMED_TENANTS = 20;
const FIRST_NAMED: Slice = { after: null, limit: NAMED_TENANTS };

const ledgerNumber = z.number().int().min(0).max(999).openapi({ example: 1 });

const ledgersSchema = z
  .object({
    ledgers: z.array(
      z.object({
        ledger: ledgerNumber,
        jurisdiction: z
          .enum(JURISDICTIONS)
          .nullable()
          .openapi({ description: "Where its database is kept; null: anywhere" }),
        tenants: z.number().int(),
        bytes: z.number().int().openapi({ description: "Of its database, when it was seen last" }),
        seen_at: z.string().nullable(),
        first_tenants: z.array(z.string()).openapi({ description: `The first ${NAMED_TENANTS}` }),
      }),
    ),
  })
  .openapi("Ledgers");

const moveSchema = z
  .object({
    tenant_id: z.string(),
    ledger: ledgerNumber.openapi({ description: "Where it moves, or is" }),
    step: z.enum(STEPS).openapi({ description: "What comes next; `moved` once all is done" }),
    copied_rows: z.number().int(),
  })
  .openapi("LedgerMove");

ledgerRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/ledgers",
    operationId: "listLedgers",
    summary: "The databases in which usage lies, how large they are and how many tenants they have",
    tags: ["Ledgers"],
    security,
    responses: { 200: jsonReply(ledgersSchema, "The ledgers, by number"), ...problems() },
  }),
  async (c) => {
    allow(c, "operator.tenants");
    const found = await listLedgers(c.env);
    const ledgers = await Promise.all(
      found.map(async ({ ledger, tenants, bytes, seenMs }) => ({
        ledger,
        jurisdiction: jurisdictionOf(c.env, ledger),
        tenants,
        bytes,
        seen_at: seenMs === 0 ? null : timeText(seenMs),
        first_tenants: await tenantsOfLedger(c.env.DB, ledger, FIRST_NAMED),
      })),
    );
    return c.json({ ledgers }, 200);
  },
);

const heldSchema = z
  .object({
    tenant_id: z.string(),
    events: z.number().int().openapi({ description: "Those that are not archived" }),
    bytes: z.number().int().openapi({
      description: "About what their segments take, by the newest; series take as much again",
    }),
  })
  .openapi("LedgerTenant");

ledgerRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/ledgers/{ledger}/tenants",
    operationId: "listLedgerTenants",
    summary: "Tenants whose usage lies in a ledger, by id, and about how much each has there",
    tags: ["Ledgers"],
    security,
    request: {
      params: z.object({ ledger: z.string().max(20).openapi({ example: "1" }) }),
      query: z.strictObject(pageQuery),
    },
    responses: { 200: jsonReply(pageSchema(heldSchema), "A page"), ...problems(404) },
  }),
  async (c) => {
    allow(c, "operator.tenants");
    const { ledger: named } = c.req.valid("param");
    const ledger = ledgersOf(c.env).find((bound) => String(bound) === named);
    if (ledger === undefined) throw notFound("ledger");
    const slice = sliceOf(c.req.valid("query"));
    const rows = await heldIn(c.env, ledger, slice);
    return c.json(
      pageById(rows, slice, ({ id, ...held }) => ({ tenant_id: id, ...held })),
      200,
    );
  },
);

ledgerRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/ledgers/moves",
    operationId: "moveToLedger",
    summary: "Move a tenant's usage to another database, while it records",
    description:
      "Works for some seconds and answers how far it is: call it again until `step` is `moved`. " +
      "It goes on where it stopped, whatever happened between; the schedule goes on with a move " +
      "that nobody calls. What was moved is forgotten in its old place after 30 days.",
    tags: ["Ledgers"],
    security,
    request: {
      body: jsonBody(z.strictObject({ tenant_id: z.string().max(200), ledger: ledgerNumber })),
    },
    responses: { 200: jsonReply(moveSchema, "How far it is"), ...problems(404, 409, 422) },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants");
    const { tenant_id: id, ledger } = c.req.valid("json");
    const tenant = await reachedTenant(c.env, actor, id);
    const moved = await moveTenant(c.env, actor, tenant, ledger);
    const { step, rows } = moved;
    return c.json({ tenant_id: tenant.id, ledger: moved.ledger, step, copied_rows: rows }, 200);
  },
);
