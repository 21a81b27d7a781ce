/** /api/bulk/{invoices,…}: an act on all documents that a filter leaves, in steps. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import type { Permission } from "../../accounts/actor/roles.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { invalidField } from "../../core/errors.ts";
import { kindHeading } from "../../documents/kind/kind.ts";
import {
  afterTheirOrigins,
  DOCUMENT_KINDS,
  type DocumentKind,
  KINDS,
} from "../../documents/kind/registry.ts";
import { filterQuery } from "../../documents/wire/route-parts.ts";
import { stepView } from "../../platform/http/step.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  lineInput,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { BULK_ACTS, type BulkAct, bulkActsOf, takeBulkStep } from "./bulk.ts";
import { handOutEmails } from "./send.ts";

export const bulkRoutes = createApi<AppEnv>();

const bulkBody = z
  .strictObject({
    act: z.enum(BULK_ACTS),
    filter: z.strictObject(filterQuery).openapi({ description: "as the list is filtered" }),
    reason: lineInput(300).optional().openapi({ description: "why they are voided" }),
    run: lineInput(100)
      .optional()
      .openapi({
        description:
          "a name of yours for all steps of an act: an e-mail is sent once under it, also where " +
          "a step is asked for again",
      }),
    cursor: z.string().max(500).nullable().optional(),
  })
  .openapi("BulkInput");

/** What an act on documents of a kind takes. */
export function permissionOf(kind: DocumentKind, act: BulkAct): Permission {
  if (act === "finalize") return "documents.finalize";
  return (act === "void" && KINDS[kind].voidPermission) || "documents.write";
}

for (const kind of afterTheirOrigins(DOCUMENT_KINDS)) {
  const record = KINDS[kind];
  const { path, schemaName, nouns } = record;
  bulkRoutes.openapi(
    createRoute({
      method: "post",
      path: `/api/bulk/${path}`,
      operationId: `act${schemaName}s`,
      summary: `Finalize, send, remind of or void the ${nouns} that a filter leaves, step by step`,
      description:
        "A call does at most 50 of them, newest first. Where `next_cursor` is not null, send the " +
        "same request with it as `cursor`; those made meanwhile are left out.",
      tags: [kindHeading(record)],
      security,
      request: { body: jsonBody(bulkBody) },
      responses: { 200: jsonReply(stepView, "What the step did"), ...problems() },
    }),
    async (c) => {
      const { act, filter, reason = null, run = null, cursor = null } = c.req.valid("json");
      const actor = allow(c, permissionOf(kind, act), "own", "theirs");
      if (!bulkActsOf(kind).includes(act)) throw invalidField("/act", `is not for ${nouns}`);
      if (act === "void" && record.owed && reason === null) {
        throw invalidField("/reason", "is required: say why they are voided");
      }
      const step = await takeBulkStep(c.env, actor, kind, { act, filter, reason, run, cursor });
      if (act === "send" || act === "remind") {
        c.executionCtx.waitUntil(handOutEmails(c.env, actor.tenantId, actor.realMs));
      }
      return c.json(step, 200);
    },
  );
}
