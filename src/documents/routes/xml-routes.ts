/** E-invoices on their own: /api/invoices/{id}/xml and /api/credit-notes/{id}/xml. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { createApi, problems, security } from "../../platform/schema/openapi.ts";
import { E_INVOICE_KINDS, KINDS } from "../kind/registry.ts";
import { readFor } from "../lifecycle/list.ts";
import { E_INVOICE_FORMATS } from "../render/pack/registry.ts";
import { xmlOf } from "../render/xml.ts";
import { idOrNumberParam } from "../wire/route-parts.ts";

export const xmlRoutes = createApi<AppEnv>();

for (const kind of E_INVOICE_KINDS) {
  const { path, schemaName } = KINDS[kind];
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
        query: z.strictObject({ format: z.enum(E_INVOICE_FORMATS).optional() }),
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
      const actor = allow(c, "documents.read");
      const { row, nowMs } = await readFor(c.env, actor, kind, c.req.valid("param").id);
      const { format = "cii" } = c.req.valid("query");
      const xml = await xmlOf(c.env, row, format, nowMs);
      return c.body(xml, 200, {
        "Content-Type": "application/xml; charset=utf-8",
        "Content-Disposition": `attachment; filename=${row.number ?? row.id}-${format}.xml`,
      });
    },
  );
}
