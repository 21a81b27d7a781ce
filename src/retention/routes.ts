/** The routes of what is kept for how long. */
import type { AppEnv } from "../accounts/actor/actor.ts";
import { createApi } from "../platform/schema/openapi.ts";
import { archiveRoutes } from "./archive/archive-routes.ts";

export const retentionRoutes = createApi<AppEnv>();
retentionRoutes.route("/", archiveRoutes);
