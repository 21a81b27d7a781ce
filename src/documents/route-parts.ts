/** What the document routes share. */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../accounts/actor.ts";
import { pageQuery } from "../platform/openapi.ts";
import { relay } from "../platform/outbox.ts";
import { LIST_STATUSES } from "./list.ts";
import { dayInput } from "./schema.ts";

export const idParam = z.object({ id: z.string().max(200).openapi({ description: "its id" }) });
export const idOrNumberParam = z.object({
  id: z.string().max(200).openapi({ description: "its id, or its number" }),
});

export const listQuery = z.strictObject({
  status: z.enum(LIST_STATUSES).optional(),
  customer_id: z.string().max(200).optional(),
  subscription_id: z.string().max(200).optional(),
  issued_from: dayInput.optional(),
  issued_to: dayInput.optional(),
  q: z.string().min(1).max(200).optional().openapi({ description: "text in names or the number" }),
  role: z
    .enum(["issuer", "recipient"])
    .optional()
    .openapi({ description: "only what the tenant issued, or only what it received" }),
  ...pageQuery,
});

/** A PDF as a response. */
export const pdfReply = {
  description: "The PDF",
  content: { "application/pdf": { schema: z.string().openapi({ format: "binary" }) } },
} as const;

/** Hands what was just announced to the queue, after the answer. */
export function relaySoon(c: Context<AppEnv>): void {
  c.executionCtx.waitUntil(relay(c.env.DB, c.env.JOBS, c.var.actor.realMs));
}
