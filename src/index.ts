/** The Worker's entry: fetch, queue, scheduled, and the Durable Object class. */
import { createApp } from "./app.ts";
import type { Env } from "./platform/env.ts";

export { TenantMeter } from "./metering/tenant-meter.ts";

const app = createApp();

export default {
  fetch: (request: Request, env: Env, ctx: ExecutionContext) => app.fetch(request, env, ctx),
};
