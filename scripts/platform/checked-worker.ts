/**
 * The product with the platform's limits checked around its bindings: what `npm start` and the
 * tests run. A deployed one is src/index.ts itself.
 */
import { env as bindings } from "cloudflare:workers";
import product from "../../src/index.ts";
import { ErasableMeter as Meter } from "../../src/metering/object/erasable-meter.ts";
import type { Env, Job } from "../../src/platform/runtime/env.ts";
import { checkBindings, checkStorage } from "./check-bindings.ts";
import { invocation } from "./invocation.ts";

export { Watch } from "../../src/platform/watch/watch-object.ts";

checkBindings(bindings as unknown as Env);

export class TenantMeter extends Meter {
  constructor(ctx: DurableObjectState, env: Env) {
    checkStorage(ctx.storage.sql);
    super(ctx, env);
  }

  override alarm(): Promise<void> {
    return invocation("a meter's alarm", () => super.alarm());
  }
}

export default {
  fetch: (request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> =>
    invocation(`${request.method} ${request.url}`, () => product.fetch(request, env, ctx)),

  queue: (batch: MessageBatch<Job>, env: Env, ctx?: ExecutionContext): Promise<void> =>
    invocation(`messages of ${batch.queue}`, () => product.queue(batch, env, ctx)),

  scheduled: (event: ScheduledController, env: Env): Promise<void> =>
    invocation("the minute's sweep", () => product.scheduled(event, env)),
};
