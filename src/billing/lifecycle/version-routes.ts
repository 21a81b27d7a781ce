/** /api/plans/{plan}/versions: a plan is edited by its next version (operator). */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { MAX_PAGE, pageOf } from "../../platform/http/http.ts";
import { sliceOf } from "../../platform/http/slice.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { findByName, inputOf, planAnswer, planParam } from "../plan/plan-routes.ts";
import { planSchema, planVersionSchema, versionBody, versionInput } from "../plan/plan-schema.ts";
import { listVersions, type PlanVersion, readVersions } from "../plan/plan-store.ts";
import { createVersion } from "./rollout.ts";

export const versionRoutes = createApi<AppEnv>();

versionRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/plans/{plan}/versions",
    operationId: "listPlanVersions",
    summary: "All versions of a plan, newest first",
    tags: ["Plans"],
    security,
    request: { params: planParam, query: z.strictObject(pageQuery) },
    responses: {
      200: jsonReply(pageSchema(planVersionSchema), "The versions"),
      ...problems(404),
    },
  }),
  async (c) => {
    allow(c, "billing.read");
    const plan = await findByName(c.env, c.req.valid("param").plan);
    const slice = sliceOf(c.req.valid("query"), MAX_PAGE);
    const versions = await listVersions(c.env.DB, plan.id, slice);
    const offers = await readVersions(
      c.env.DB,
      versions.map(({ id }) => id),
    );
    const show = (row: PlanVersion) => versionBody(row, offers.get(row.id)?.offers ?? []);
    return c.json(
      pageOf(versions, slice.limit - 1, ({ version }) => [version], show),
      200,
    );
  },
);

versionRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/plans/{plan}/versions",
    operationId: "createPlanVersion",
    summary: "Edit a plan by a new version (operator); it applies from each next boundary on",
    tags: ["Plans"],
    security,
    request: { params: planParam, body: jsonBody(versionInput) },
    responses: { 201: jsonReply(planSchema, "The plan"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "operator.plans");
    const { plan: name } = c.req.valid("param");
    const { plan } = await createVersion(c.env, actor, name, inputOf(c.req.valid("json")));
    return c.json(await planAnswer(c.env, plan), 201);
  },
);
