/** /openapi.json, from the routes' own schemas, and /docs, which shows it. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { version } from "../../../package.json";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { TENANT_HEADER } from "../../accounts/guard/acting.ts";
import {
  type ApiVersion,
  NEWEST_VERSION,
  VERSION_HEADER,
  VERSION_NAMES,
  versionNamed,
} from "../../core/api-version.ts";
import { notFound } from "../../core/errors.ts";
import { describeEvents } from "../../delivery/webhook/webhook-document.ts";
import { isIntake } from "../../metering/intake/registry.ts";
import { isRecording, isUpload } from "../../platform/http/http.ts";
import { ANSWER_HEADERS, NAMED_PROBLEMS, WRITE_PROBLEMS } from "../../platform/schema/openapi.ts";
import { documentAt } from "../../versions/document.ts";
import { describeDocument } from "./describe.ts";
import type { ApiDocument } from "./document.ts";
import { introduction } from "./introduction.ts";
import { REFERENCE_POLICY, referencePage } from "./page.ts";
import { guideRoutes } from "./pages.ts";

const WRITES = ["post", "put", "patch", "delete"] as const;
const METHODS = ["get", ...WRITES] as const;
const KEY_PARAMETER = { $ref: "#/components/parameters/IdempotencyKey" };
const TENANT_PARAMETER = { $ref: "#/components/parameters/Tenant" };
const VERSION_PARAMETER = { $ref: "#/components/parameters/ApiVersion" };

/** Adds all of it to an app whose routes are all mounted. */
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
      "The same request with the same key is done once, within a day, and answered as before. " +
      "409 `idempotency.in_progress` while the first answer is on its way; after a refusal the " +
      "key may be used again. An answer that was lost is made again from what was written, as " +
      "that is by then.",
    schema: { type: "string", minLength: 1, maxLength: 255 },
  });
  app.openAPIRegistry.registerComponent("parameters", "Tenant", {
    name: TENANT_HEADER,
    in: "header",
    required: false,
    description:
      "With a key of the operator: the tenant for which the request is made, by its id or your " +
      "own for it, percent-encoded as in a path. It is answered as that tenant's key of the " +
      "same role would be, but counts no `api_calls`. 404 where there is no such tenant; 403 " +
      "`auth.not_for_tenant` for a tenant's key, for the operator itself, and at operations " +
      "that are the operator's own.",
    schema: { type: "string", minLength: 1 },
  });
  app.openAPIRegistry.registerComponent("parameters", "ApiVersion", {
    name: VERSION_HEADER,
    in: "header",
    required: false,
    description:
      "The version of the API in which the request is written and answered; the key's own, its " +
      "`api_version`, unless given. 400 `request.version_unknown` for another one. Where a " +
      "version has an older shape, the answer says so in `Deprecation` and `Sunset`.",
    schema: { type: "string", enum: VERSION_NAMES },
  });
  for (const [name, header] of Object.entries(ANSWER_HEADERS)) {
    app.openAPIRegistry.registerComponent("headers", name, header);
  }
  describeEvents(app.openAPIRegistry);
  guideRoutes(app);
  app.get("/openapi.json", (c) => {
    const asked = c.req.query("version");
    const version = asked === undefined ? NEWEST_VERSION : versionNamed(asked);
    c.header("Cache-Control", "public, max-age=300");
    c.header("Content-Type", "application/json");
    c.header(VERSION_HEADER, version);
    return c.body(documentText(app, new URL(c.req.url).origin, version));
  });
  app.get("/docs", (c) => {
    c.header("Content-Security-Policy", REFERENCE_POLICY);
    return c.html(referencePage(c.env.DEMO_KEY));
  });
  app.get("/docs/operations/:id{\\w+}", (c) => {
    const hash = operationHash(app, c.req.param("id"));
    if (hash === null) throw notFound("operation");
    return c.redirect(`/docs#${hash}`);
  });
}

/** By version, and the address at which it was asked for, of which an installation has few. */
const texts = new Map<string, string>();
const MOST_TEXTS = 4;

function documentText(app: OpenAPIHono<AppEnv>, url: string, version: ApiVersion): string {
  const name = `${version} ${url}`;
  const known = texts.get(name);
  if (known !== undefined) return known;
  const document = documentOf(app);
  documentAt(document, version);
  describeDocument(document, url);
  const text = JSON.stringify(document);
  if (texts.size >= MOST_TEXTS) texts.clear();
  texts.set(name, text);
  return text;
}

/** Where the page shows an operation, as Scalar names its places. */
function operationHash(app: OpenAPIHono<AppEnv>, id: string): string | null {
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== "route" || definition.route.operationId !== id) continue;
    const { method, path, tags = [] } = definition.route;
    const tag = (tags[0] ?? "").toLowerCase().replaceAll(" ", "-");
    return `tag/${tag}/${method.toUpperCase()}${path}`;
  }
  return null;
}

function tellHeaders(response: { headers?: object }, status: string): void {
  const names = Object.keys(ANSWER_HEADERS).filter((name) => name !== "Retry-After");
  if (status === "429") names.push("Retry-After");
  const refs = names.map((name) => [name, { $ref: `#/components/headers/${name}` }]);
  response.headers = { ...response.headers, ...Object.fromEntries(refs) };
}

function documentOf(app: OpenAPIHono<AppEnv>): ApiDocument {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "BoxCostPro Edge", version, description: introduction() },
    servers: [{ url: "/" }],
  });
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = methods[method];
      if (!operation?.security) continue;
      operation.parameters = [...(operation.parameters ?? []), TENANT_PARAMETER, VERSION_PARAMETER];
      operation.responses = { ...NAMED_PROBLEMS, ...operation.responses };
      for (const [status, response] of Object.entries(operation.responses)) {
        if (/^2|^429$/.test(status)) tellHeaders(response, status);
      }
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
  return document as unknown as ApiDocument;
}
