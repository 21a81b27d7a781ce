/** The routes of accounts under one router, in the order of the API's document. */
import { createApi } from "../platform/schema/openapi.ts";
import type { AppEnv } from "./actor/actor.ts";
import { auditRoutes } from "./audit/audit-routes.ts";
import { auditChainRoutes } from "./audit/chain-routes.ts";
import { requestLogRoutes } from "./audit/request-log-routes.ts";
import { keyRoutes } from "./key/key-routes.ts";
import { roleRoutes } from "./role/role-routes.ts";
import { tenantRoutes } from "./tenant/tenant-routes.ts";
import { workRoutes } from "./tenant/work-routes.ts";
import { userRoutes } from "./user/user-routes.ts";

export const accountRoutes = createApi<AppEnv>();
accountRoutes.route("/", tenantRoutes);
accountRoutes.route("/", workRoutes);
accountRoutes.route("/", userRoutes);
accountRoutes.route("/", roleRoutes);
accountRoutes.route("/", keyRoutes);
accountRoutes.route("/", auditRoutes);
accountRoutes.route("/", auditChainRoutes);
accountRoutes.route("/", requestLogRoutes);
