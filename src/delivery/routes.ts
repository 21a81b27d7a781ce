/** The routes of delivery under one router, in the order of the API's document. */
import type { AppEnv } from "../accounts/actor/actor.ts";
import { createApi } from "../platform/schema/openapi.ts";
import { alertingRoutes } from "./alert/alerting-routes.ts";
import { bulkRoutes } from "./email/bulk-routes.ts";
import { callbackRoutes } from "./email/callback-routes.ts";
import { emailRoutes } from "./email/email-routes.ts";
import { inboxRoutes } from "./email/inbox-routes.tsx";
import { settingsRoutes } from "./email/settings-routes.ts";
import { suppressionRoutes } from "./email/suppression-routes.ts";
import { timelineRoutes } from "./timeline/timeline-routes.ts";
import { webhookDeliveryRoutes } from "./webhook/delivery-routes.ts";
import { endpointRoutes } from "./webhook/endpoint-routes.ts";
import { eventRoutes } from "./webhook/event-routes.ts";

export const deliveryRoutes = createApi<AppEnv>();
deliveryRoutes.route("/", endpointRoutes);
deliveryRoutes.route("/", emailRoutes);
deliveryRoutes.route("/", bulkRoutes);
deliveryRoutes.route("/", timelineRoutes);
deliveryRoutes.route("/", settingsRoutes);
deliveryRoutes.route("/", alertingRoutes);
deliveryRoutes.route("/", suppressionRoutes);
deliveryRoutes.route("/", callbackRoutes);
deliveryRoutes.route("/", inboxRoutes);
deliveryRoutes.route("/", webhookDeliveryRoutes);
deliveryRoutes.route("/", eventRoutes);
