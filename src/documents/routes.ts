/** All routes of documents. */
import type { AppEnv } from "../accounts/actor.ts";
import { createApi } from "../platform/openapi.ts";
import { brandingRoutes } from "./branding/branding-routes.ts";
import { documentKindRoutes } from "./document-routes.ts";
import { invoiceRoutes } from "./invoice-routes.ts";
import { linkRoutes } from "./link/link-routes.ts";
import { partyRoutes } from "./party/party-routes.ts";
import { pdfRoutes } from "./pdf-routes.ts";
import { previewRoutes } from "./preview-routes.ts";
import { quoteRoutes } from "./quote-routes.ts";
import { searchRoutes } from "./search/search-routes.ts";
import { xmlRoutes } from "./xml-routes.ts";

export const documentRoutes = createApi<AppEnv>();
for (const routes of [
  partyRoutes,
  brandingRoutes,
  documentKindRoutes,
  invoiceRoutes,
  quoteRoutes,
  searchRoutes,
  pdfRoutes,
  xmlRoutes,
  linkRoutes,
  previewRoutes,
]) {
  documentRoutes.route("/", routes);
}
