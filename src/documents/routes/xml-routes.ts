/** E-invoices on their own: /api/invoices/{id}/xml and /api/credit-notes/{id}/xml. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { notFound } from "../../core/errors.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { E_INVOICE_KINDS, KINDS } from "../kind/registry.ts";
import { readFor } from "../lifecycle/list.ts";
import { E_INVOICE_FORMATS } from "../render/pack/registry.ts";
import { eInvoiceOf, xmlOf } from "../render/xml.ts";
import { eInvoiceView, showEInvoice } from "../wire/e-invoice-view.ts";
import { idOrNumberParam } from "../wire/route-parts.ts";

export const xmlRoutes = createApi<AppEnv>();

const formatQuery = z.strictObject({
  format: z.enum(E_INVOICE_FORMATS).optional().openapi({
    description: "unless given, the one that the issuer chose for the customer, or `cii`",
  }),
});

for (const kind of E_INVOICE_KINDS) {
  const { path, schemaName, noun } = KINDS[kind];
  xmlRoutes.openapi(
    createRoute({
      method: "get",
      path: `/api/${path}/{id}/xml`,
      operationId: `get${schemaName}Xml`,
      summary: "The e-invoice: EN 16931 in CII (Factur-X), XRechnung 3.0, Peppol BIS Billing 3",
      tags: ["E-invoices"],
      security,
      request: {
        params: idOrNumberParam,
        query: formatQuery,
      },
      responses: {
        200: {
          description: "The XML",
          content: { "application/xml": { schema: z.string() } },
        },
        ...problems(404, 409),
      },
    }),
    async (c) => {
      const actor = allow(c, "documents.read", "own", "theirs");
      const { row, nowMs } = await readFor(c.env, actor, kind, c.req.valid("param").id);
      const { format, xml } = await xmlOf(c.env, row, c.req.valid("query").format, nowMs);
      return c.body(xml, 200, {
        "Content-Type": "application/xml; charset=utf-8",
        "Content-Disposition": `attachment; filename=${row.number ?? row.id}-${format}.xml`,
      });
    },
  );
  xmlRoutes.openapi(
    createRoute({
      method: "get",
      path: `/api/${path}/{id}/warnings`,
      operationId: `list${schemaName}Warnings`,
      summary: "What it lacks to be a valid e-invoice of a format; a draft as if it were final",
      tags: ["E-invoices"],
      security,
      request: { params: idOrNumberParam, query: formatQuery },
      responses: {
        200: jsonReply(eInvoiceView, "The format, and a warning for each rule"),
        ...problems(404, 409),
      },
    }),
    async (c) => {
      const actor = allow(c, "documents.read", "own", "theirs");
      const { row, nowMs } = await readFor(c.env, actor, kind, c.req.valid("param").id);
      if (row.issuer !== actor.tenantId) throw notFound(noun);
      const state = await eInvoiceOf(c.env, row, nowMs, c.req.valid("query").format);
      if (!state) throw notFound("e-invoice");
      return c.json(showEInvoice(state), 200);
    },
  );
}
