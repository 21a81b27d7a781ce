/** /dashboard: all pages under one router, each behind the session. */
import { Hono } from "hono";
import { Problem } from "../core/errors.ts";
import { assetRoutes } from "./asset.ts";
import { customerRoutes } from "./customer.tsx";
import { documentActionRoutes } from "./document/action-routes.ts";
import { documentPageRoutes } from "./document/document-page.tsx";
import { documentFormRoutes } from "./document/form-page.tsx";
import { documentListRoutes } from "./document/list-page.tsx";
import { overviewRoutes } from "./overview.tsx";
import { refusalPage } from "./page.tsx";
import { type PageEnv, pageHeaders, signedIn } from "./request.ts";
import { signInRoutes } from "./sign-in.tsx";

export const dashboardRoutes = new Hono<PageEnv>().basePath("/dashboard");

dashboardRoutes.onError((error, c) => refusalPage(c, error));
dashboardRoutes.use("*", pageHeaders);
dashboardRoutes.route("/", assetRoutes);
dashboardRoutes.route("/", signInRoutes);
dashboardRoutes.use("*", signedIn);
dashboardRoutes.route("/", overviewRoutes);
dashboardRoutes.route("/", documentListRoutes);
dashboardRoutes.route("/", customerRoutes);
dashboardRoutes.route("/", documentFormRoutes);
dashboardRoutes.route("/", documentPageRoutes);
dashboardRoutes.route("/", documentActionRoutes);
dashboardRoutes.all("*", (c) => {
  throw new Problem("route.not_found", `there is no page ${c.req.path}`);
});
