/** /dashboard/webhooks and /emails: what leaves the installation, under one router. */
import { Hono } from "hono";
import type { PageEnv } from "../page/request.ts";
import { deliveryListPages } from "./deliveries.tsx";
import { emailListPages } from "./email-list.tsx";
import { emailPages } from "./emails.tsx";
import { suppressionPages } from "./suppressions.tsx";
import { webhookDeliveryPages } from "./webhook-delivery.tsx";
import { webhookPages } from "./webhooks.tsx";

export const deliverySection = new Hono<PageEnv>();
for (const pages of [
  deliveryListPages,
  webhookPages,
  webhookDeliveryPages,
  suppressionPages,
  emailListPages,
  emailPages,
]) {
  deliverySection.route("/", pages);
}
