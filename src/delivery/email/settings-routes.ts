/** /api/email-settings. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { putSettings } from "./automatic.ts";
import { readSettings } from "./store.ts";
import type { EmailSettings } from "./table.ts";

export const settingsRoutes = createApi<AppEnv>();

const tags = ["E-mail"];
const settingsFields = {
  send_invoices: z.boolean().openapi({ description: "to the customer, as soon as they are final" }),
  send_receipts: z.boolean().openapi({ description: "once an invoice is paid" }),
  send_credit_notes: z.boolean().openapi({ description: "as soon as they are issued" }),
  send_reminders: z
    .boolean()
    .openapi({ description: "when the issuer's schedule has one; true unless given" }),
};
const settingsView = z.object(settingsFields).openapi("EmailSettings");

function showSettings(row: EmailSettings): z.infer<typeof settingsView> {
  return {
    send_invoices: row.sendInvoices,
    send_receipts: row.sendReceipts,
    send_credit_notes: row.sendCreditNotes,
    send_reminders: row.sendReminders,
  };
}

settingsRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/email-settings",
    operationId: "getEmailSettings",
    summary: "Read what is sent without asking",
    tags,
    security,
    responses: { 200: jsonReply(settingsView, "The settings, or their defaults"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    return c.json(showSettings(await readSettings(c.env.DB, actor.tenantId)), 200);
  },
);

settingsRoutes.openapi(
  createRoute({
    method: "put",
    path: "/api/email-settings",
    operationId: "putEmailSettings",
    summary: "Say what is sent without asking; what is not given has its default",
    tags,
    security,
    request: {
      body: jsonBody(z.strictObject(settingsFields).partial().openapi("EmailSettingsInput")),
    },
    responses: { 200: jsonReply(settingsView, "The settings"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const given = c.req.valid("json");
    const settings = {
      sendInvoices: given.send_invoices ?? false,
      sendReceipts: given.send_receipts ?? false,
      sendCreditNotes: given.send_credit_notes ?? false,
      sendReminders: given.send_reminders ?? true,
    };
    return c.json(showSettings(await putSettings(c.env, actor, settings)), 200);
  },
);
