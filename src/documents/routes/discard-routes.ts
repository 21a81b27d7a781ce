/** /api/quotes/{id}/void and its like: discarding a draft of a kind that cannot be voided later. */
import { createRoute } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { kindHeading } from "../kind/kind.ts";
import { DRAFT_KINDS, KINDS } from "../kind/registry.ts";
import { voidDraft } from "../lifecycle/draft.ts";
import { answerDocument, answeredView } from "../wire/e-invoice-view.ts";
import { idParam } from "../wire/route-parts.ts";

export const discardRoutes = createApi<AppEnv>();

// What is owed is voided with a reason, also once it is final: /api/invoices/{id}/void.
for (const kind of DRAFT_KINDS.filter((name) => !KINDS[name].owed)) {
  const record = KINDS[kind];
  discardRoutes.openapi(
    createRoute({
      method: "post",
      path: `/api/${record.path}/{id}/void`,
      operationId: `void${record.schemaName}`,
      summary: "Discard a draft",
      tags: [kindHeading(record)],
      security,
      request: { params: idParam },
      responses: { 200: jsonReply(answeredView, `The ${record.noun}`), ...problems(404, 409) },
    }),
    async (c) => {
      const actor = allow(c, "documents.write", "own", "theirs");
      const discarded = await voidDraft(c.env, actor, kind, c.req.valid("param").id);
      return c.json(await answerDocument(c.env, actor, discarded, actor.nowMs), 200);
    },
  );
}
