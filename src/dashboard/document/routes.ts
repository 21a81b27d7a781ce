/** /dashboard/{quotes,invoices,credit-notes}: lists, forms and documents under one router. */
import { Hono } from "hono";
import type { PageEnv } from "../page/request.ts";
import { documentActions } from "./action-routes.ts";
import { attachmentPages } from "./attachment-pages.ts";
import { bulkPages } from "./bulk-page.tsx";
import { documentPages } from "./document-page.tsx";
import { documentForms } from "./form-page.tsx";
import { itemPages } from "./items.tsx";
import { documentLists } from "./list-page.tsx";
import { documentPreviews } from "./preview.tsx";
import { recurringPages } from "./recurring.tsx";

export const documentSection = new Hono<PageEnv>();
for (const pages of [
  documentLists,
  bulkPages,
  documentPreviews,
  documentForms,
  documentPages,
  documentActions,
  attachmentPages,
  itemPages,
  recurringPages,
]) {
  documentSection.route("/", pages);
}
