/** The routes of what is kept for how long. */
import type { AppEnv } from "../accounts/actor/actor.ts";
import { createApi } from "../platform/schema/openapi.ts";
import { archiveRoutes } from "./archive/archive-routes.ts";
import { erasureRoutes } from "./erasure/erasure-routes.ts";
import { exportRoutes } from "./export/export-routes.ts";
import { tenantErasureRoutes } from "./tenant/tenant-routes.ts";

export const retentionRoutes = createApi<AppEnv>();
retentionRoutes.route("/", archiveRoutes);
retentionRoutes.route("/", exportRoutes);
retentionRoutes.route("/", erasureRoutes);
retentionRoutes.route("/", tenantErasureRoutes);
