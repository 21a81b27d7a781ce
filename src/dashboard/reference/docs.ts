/** /openapi.json and /docs, from the routes' own schemas. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { version } from "../../../package.json";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { TENANT_HEADER } from "../../accounts/guard/acting.ts";
import { describeEvents } from "../../delivery/webhook/webhook-document.ts";
import { isIntake } from "../../metering/intake/registry.ts";
import { isRecording, isUpload } from "../../platform/http/http.ts";
import { TENANT_PROBLEMS, WRITE_PROBLEMS } from "../../platform/schema/openapi.ts";
import { guideRoutes } from "./pages.ts";
import { type ApiDocument, ReferencePage } from "./reference.tsx";

const DESCRIPTION = [
  "Metered billing and business documents.",
  "Errors are RFC 9457 problem+json with a stable `code`. Lists are cursor pages.",
  "Writes accept `Idempotency-Key`. Every answer has an `X-Request-Id` of its own; one that you " +
    "send is kept beside it in the audit log.",
  "Bodies may come with `Content-Encoding` gzip or deflate (with a zlib header or without); " +
    "their limits hold for what they unpack to. Another coding, or several, is answered 415.",
  "A backend keeps one key: with an operator's key, `BoxCost-Tenant` makes a request for a tenant.",
  "Numbers are exact: quantities and money are taken as JSON numbers or decimal strings.",
].join("\n\n");

const WRITES = ["post", "put", "patch", "delete"] as const;
const METHODS = ["get", ...WRITES] as const;
const KEY_PARAMETER = { $ref: "#/components/parameters/IdempotencyKey" };
const TENANT_PARAMETER = { $ref: "#/components/parameters/Tenant" };

/** Adds both to an app whose routes are all mounted. */
export function describeApi(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "apiKey", {
    type: "http",
    scheme: "bearer",
    description: "An API key, such as `bcp_live_…`",
  });
  app.openAPIRegistry.registerComponent("parameters", "IdempotencyKey", {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    description:
      "sent again within a day, the same request is answered as before and done once, also where " +
      "the first answer was lost: it is then made again from what was written, as that is by " +
      "then. While the first one's answer is on its way it is 409 `idempotency.in_progress`; " +
      "after a refusal the key may be used again. A tenant uses at most 100,000 keys in a day.",
    schema: { type: "string", minLength: 1, maxLength: 255 },
  });
  app.openAPIRegistry.registerComponent("parameters", "Tenant", {
    name: TENANT_HEADER,
    in: "header",
    required: false,
    description:
      "with a key of the operator: the tenant for which the request is made, percent-encoded as " +
      "in a path. It is answered as a key of that tenant with the same role would be, but counts " +
      "no `api_calls`. 404 where there is no such tenant; 403 `auth.not_for_tenant` for a key " +
      "of a tenant, for the operator itself, and at operations that are the operator's own.",
    schema: { type: "string", minLength: 1 },
  });
  describeEvents(app.openAPIRegistry);
  guideRoutes(app);
  let made: ReturnType<typeof documentOf> | undefined;
  const document = () => {
    made ??= documentOf(app);
    return made;
  };
  app.get("/openapi.json", (c) => c.json(document()));
  app.get("/docs/operations/:id{\\w+}", (c) => c.redirect(`/docs#${c.req.param("id")}`));
  app.get("/docs", (c) => {
    c.header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    const page = ReferencePage({ document: document() as unknown as ApiDocument });
    return c.html(`<!doctype html>${page}`);
  });
}

function documentOf(app: OpenAPIHono<AppEnv>) {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "BoxCostPro Edge", version, description: DESCRIPTION },
    servers: [{ url: "/" }],
  });
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = methods[method];
      if (!operation?.security) continue;
      operation.parameters = [...(operation.parameters ?? []), TENANT_PARAMETER];
      operation.responses = { ...TENANT_PROBLEMS, ...operation.responses };
    }
    for (const method of WRITES) {
      const operation = methods[method];
      if (!operation || isUpload(method.toUpperCase(), path)) continue;
      if (isIntake(method, path)) continue;
      operation.parameters = [...(operation.parameters ?? []), KEY_PARAMETER];
      if (isRecording(method.toUpperCase(), path)) continue;
      operation.responses = { ...WRITE_PROBLEMS, ...operation.responses };
    }
  }
  return document;
}
