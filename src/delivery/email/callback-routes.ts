/** /hooks/email, where the installation's e-mail provider reports what became of messages. */
import { createRoute } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { MAX_BODY_BYTES, readText } from "../../platform/http/http.ts";
import { createApi, problems } from "../../platform/schema/openapi.ts";
import { takeCallback } from "./take-report.ts";
import { EMAIL_PROVIDERS, type ProviderName } from "./wire.ts";

export const callbackRoutes = createApi<AppEnv>();

const SECRETS: Record<ProviderName, { name: string; secret: string }> = {
  resend: { name: "Resend", secret: "the signing secret, whsec_…" },
  postmark: { name: "Postmark", secret: "the user:password that its webhook's address carries" },
  sendgrid: { name: "SendGrid", secret: "the verification key of the signed event webhook" },
};

for (const provider of EMAIL_PROVIDERS) {
  const { name, secret } = SECRETS[provider];
  callbackRoutes.openapi(
    createRoute({
      method: "post",
      path: `/hooks/email/${provider}`,
      operationId: `take${name}Report`,
      summary: `Where ${name} reports deliveries, bounces and complaints`,
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
