/** All routes of documents. */
import type { AppEnv } from "../accounts/actor/actor.ts";
import { createApi } from "../platform/schema/openapi.ts";
import { brandingRoutes } from "./branding/branding-routes.ts";
import { documentChainRoutes } from "./chain/chain-routes.ts";
import { linkRoutes } from "./link/link-routes.ts";
import { verifyRoutes } from "./link/verify-routes.ts";
import { attachmentRoutes } from "./routes/attachment-routes.ts";
import { balanceRoutes } from "./routes/balance-routes.ts";
import { convertRoutes } from "./routes/convert-routes.ts";
import { customerRoutes } from "./routes/customer-routes.ts";
import { discardRoutes } from "./routes/discard-routes.ts";
import { documentKindRoutes } from "./routes/document-routes.ts";
import { invoiceRoutes } from "./routes/invoice-routes.ts";
import { issuerRoutes } from "./routes/issuer-routes.ts";
import { itemRoutes } from "./routes/item-routes.ts";
import { documentListRoutes } from "./routes/list-routes.ts";
import { paymentRoutes } from "./routes/payment-routes.ts";
import { pdfRoutes } from "./routes/pdf-routes.ts";
import { previewRoutes } from "./routes/preview-routes.ts";
import { quoteRoutes } from "./routes/quote-routes.ts";
import { recurringRoutes } from "./routes/recurring-routes.ts";
import { searchRoutes } from "./routes/search-routes.ts";
import { statementRoutes } from "./routes/statement-routes.ts";
import { xmlRoutes } from "./routes/xml-routes.ts";

export const documentRoutes = createApi<AppEnv>();
for (const routes of [
  issuerRoutes,
  customerRoutes,
  balanceRoutes,
  statementRoutes,
  itemRoutes,
  brandingRoutes,
  documentKindRoutes,
  documentListRoutes,
  attachmentRoutes,
  invoiceRoutes,
  paymentRoutes,
  recurringRoutes,
  discardRoutes,
  quoteRoutes,
  convertRoutes,
  searchRoutes,
  pdfRoutes,
  xmlRoutes,
  linkRoutes,
  documentChainRoutes,
  verifyRoutes,
  previewRoutes,
]) {
  documentRoutes.route("/", routes);
}
