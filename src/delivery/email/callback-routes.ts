/** /hooks/email, where the installation's e-mail provider reports what became of messages. */
import { createRoute } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { MAX_BODY_BYTES, readText } from "../../platform/http/http.ts";
import { createApi, problems } from "../../platform/schema/openapi.ts";
import { EMAIL_PROVIDERS, PROVIDER_NAMES } from "./provider/registry.ts";
import { takeCallback } from "./take-report.ts";

export const callbackRoutes = createApi<AppEnv>();

for (const provider of PROVIDER_NAMES) {
  const { title, secret } = EMAIL_PROVIDERS[provider];
  callbackRoutes.openapi(
    createRoute({
      method: "post",
      path: `/hooks/email/${provider}`,
      operationId: `take${title}Report`,
      summary: `Where ${title} reports deliveries, bounces and complaints`,
      description: `EMAIL_CALLBACK_SECRET is ${secret}. A report that comes again changes nothing.`,
      tags: ["E-mail"],
      responses: { 204: { description: "Taken" }, ...problems(400, 404) },
    }),
    async (c) => {
      const body = await readText(c, MAX_BODY_BYTES);
      const callback = { body, headers: c.req.raw.headers };
      await takeCallback(c.env, provider, callback, Date.now());
      return c.body(null, 204);
    },
  );
}
