/** The routes of reading usage, and of the catalogue of metrics. */
import type { AppEnv } from "../accounts/actor/actor.ts";
import { createApi } from "../platform/schema/openapi.ts";
import { metricRoutes } from "./metric/metric-routes.ts";
import { ledgerRoutes } from "./move/ledger-routes.ts";
import { eventRoutes } from "./read/event-routes.ts";
import { summaryRoutes } from "./read/summary-routes.ts";
import { refusedRoutes } from "./record/refused-routes.ts";

export const meteringRoutes = createApi<AppEnv>();

meteringRoutes.route("/", eventRoutes);
meteringRoutes.route("/", summaryRoutes);
meteringRoutes.route("/", metricRoutes);
meteringRoutes.route("/", refusedRoutes);
meteringRoutes.route("/", ledgerRoutes);
