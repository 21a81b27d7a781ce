/**
 * The product with bindings of the test's, FAULT being their JSON, and with places where the
 * process can be killed: once asked for, the first announcement that gets there stays there.
 */
import product from "../../scripts/platform/checked-worker.ts";
import type { Env, Job } from "../../src/platform/runtime/env.ts";

export { TenantMeter, Watch } from "../../scripts/platform/checked-worker.ts";

type Given = Env & { FAULT: string };

/** `relay`: on the way to the queue; `consume`: come off it. */
let place: string | null = null;

export default {
  async fetch(request: Request, given: Given, ctx: ExecutionContext) {
    const { pathname, search } = new URL(request.url);
    const said = decodeURIComponent(search.slice(1));
    const env = envOf(given);
    switch (pathname) {
      case "/test/hang":
        place = said;
        return new Response();
      case "/test/sweep":
        await product.scheduled({ scheduledTime: Date.now() } as ScheduledController, env);
        return new Response();
      case "/test/query":
        return Response.json((await env.DB.prepare(said).all()).results);
      default:
        return product.fetch(request, env, ctx);
    }
  },

  async queue(batch: MessageBatch<Job>, given: Given) {
    await hangAt("consume", batch.messages);
    return product.queue(batch, envOf(given));
  },

  scheduled: (event: ScheduledController, given: Given) => product.scheduled(event, envOf(given)),
};

function envOf(given: Given): Env {
  const queue = given.NEWS;
  const sendBatch = async (messages: Iterable<{ body: Job }>) => {
    const batch = [...messages];
    await hangAt("relay", batch);
    return queue.sendBatch(batch);
  };
  const NEWS = { send: queue.send.bind(queue), sendBatch } as Env["NEWS"];
  return { ...given, ...JSON.parse(given.FAULT), NEWS };
}

/** The test that reads the line kills the process before the wait is over. */
async function hangAt(here: string, messages: readonly { body: Job }[]): Promise<void> {
  if (place !== here || !messages.some(({ body }) => body.kind === "news")) return;
  console.log(`FAULT ${here}`);
  await scheduler.wait(600_000);
}
