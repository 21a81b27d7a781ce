/** /dashboard/webhooks and /emails: what leaves the installation, under one router. */
import { Hono } from "hono";
import type { PageEnv } from "../page/request.ts";
import { emailPages } from "./emails.tsx";
import { suppressionPages } from "./suppressions.tsx";
import { webhookDeliveryPages } from "./webhook-delivery.tsx";
import { webhookPages } from "./webhooks.tsx";

export const deliverySection = new Hono<PageEnv>();
for (const pages of [webhookPages, webhookDeliveryPages, suppressionPages, emailPages]) {
  deliverySection.route("/", pages);
}
