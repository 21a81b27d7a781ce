/** /api/payment-providers, and /hooks, where providers send their signed events. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { notFound } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { MAX_BODY_BYTES, parseBody, readText } from "../../platform/http/http.ts";
import { insistPublicUrl } from "../../platform/runtime/public-url.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { connectProvider, disconnectProvider, type Hook, hooksOf, takeEvent } from "./hook.ts";
import { PROVIDERS, type Provider, providerNamed } from "./registry.ts";

export const providerRoutes = createApi<AppEnv>();

const providerParam = z.object({
  provider: z
    .string()
    .max(50)
    .openapi({ example: "stripe", description: PROVIDERS.join(" or ") }),
});

function providerOf({ provider }: z.infer<typeof providerParam>): Provider {
  const found = PROVIDERS.find((name) => name === provider);
  if (!found) throw notFound("payment provider");
  return found;
}

const hookSchema = z
  .object({ provider: z.enum(PROVIDERS), url: z.string(), updated_at: z.string() })
  .openapi("PaymentProvider");

function hookBody({ provider, id, updatedMs }: Hook, origin: string): z.infer<typeof hookSchema> {
  return { provider, url: `${origin}/hooks/${provider}/${id}`, updated_at: timeText(updatedMs) };
}

providerRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/payment-providers",
    operationId: "listPaymentProviders",
    summary: "The payment providers whose events are taken, and where they send them",
    tags: ["Payments"],
    security,
    responses: { 200: jsonReply(z.object({ data: z.array(hookSchema) }), "All"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const hooks = await hooksOf(c.env.DB, actor.tenantId);
    const data = hooks.map((hook) => hookBody(hook, insistPublicUrl(c.env)));
    return c.json({ data }, 200);
  },
);

providerRoutes.openapi(
  createRoute({
    method: "put",
    path: "/api/payment-providers/{provider}",
    operationId: "connectPaymentProvider",
    summary: "Take a provider's events, signed with its secret; answers where to send them",
    tags: ["Payments"],
    security,
    request: {
      params: providerParam,
      body: jsonBody(z.strictObject({ secret: z.string().min(8).max(200) })),
    },
    responses: { 200: jsonReply(hookSchema, "Where to send the events"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const provider = providerOf(c.req.valid("param"));
    const origin = insistPublicUrl(c.env);
    const hook = await connectProvider(c.env, actor, provider, c.req.valid("json").secret);
    return c.json(hookBody(hook, origin), 200);
  },
);

providerRoutes.openapi(
  createRoute({
    method: "delete",
    path: "/api/payment-providers/{provider}",
    operationId: "disconnectPaymentProvider",
    summary: "Take a provider's events no longer",
    tags: ["Payments"],
    security,
    request: { params: providerParam },
    responses: { 204: { description: "Done" }, ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    await disconnectProvider(c.env, actor, providerOf(c.req.valid("param")));
    return c.body(null, 204);
  },
);

for (const provider of PROVIDERS) {
  const { operationId, header } = providerNamed(provider);
  providerRoutes.openapi(
    createRoute({
      method: "post",
      path: `/hooks/${provider}/{hook}`,
      operationId,
      summary: "Where the provider sends its events; the signature is the key",
      tags: ["Payments"],
      request: { params: z.object({ hook: z.string().max(100) }) },
      responses: {
        200: jsonReply(z.object({ payment_id: z.string().nullable() }), "What was booked"),
        ...problems(400, 404, 409),
      },
    }),
    async (c) => {
      const body = await readText(c, MAX_BODY_BYTES);
      parseBody(body);
      const signed = { body, signature: c.req.header(header) ?? "" };
      const { hook } = c.req.valid("param");
      const paymentId = await takeEvent(c.env, provider, hook, signed, Date.now());
      return c.json({ payment_id: paymentId }, 200);
    },
  );
}
