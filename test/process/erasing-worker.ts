/**
 * The product with two calls of the schedule that a test makes at a time that it names: going on
 * with a tenant's erasure, and comparing R2's list of erasures. FAULT names where the first dies.
 */
import product from "../../scripts/platform/checked-worker.ts";
import { invocation } from "../../scripts/platform/invocation.ts";
import type { Env } from "../../src/platform/runtime/env.ts";
import { catchUpTenants, runTenantErasure } from "../../src/retention/tenant/tenant-erasure.ts";

export { TenantMeter, Watch } from "../../scripts/platform/checked-worker.ts";

/** The calls: `?tenant=…&at=` a time in epoch milliseconds. */
const ERASE = "/fault/erase";
const CATCH_UP = "/fault/catch-up";

export default {
  ...product,
  fetch: async (request: Request, env: Env & { FAULT: string }, ctx: ExecutionContext) => {
    const { pathname, searchParams } = new URL(request.url);
    const [tenant, at] = [searchParams.get("tenant") ?? "", Number(searchParams.get("at"))];
    if (pathname === ERASE) {
      await invocation(ERASE, () => runTenantErasure(dying(env), tenant, at));
      return Response.json({});
    }
    if (pathname !== CATCH_UP) return product.fetch(request, env, ctx);
    return Response.json({ found: await invocation(CATCH_UP, () => catchUpTenants(env, at)) });
  },
};

/** Where it still dies. */
let places: string[] | undefined;

/**
 * `PLACE,PLACE…`: whoever erases never gets past the next of these. `before_N`, `after_N`: that it
 * notes step N as done; `page_N`: that it notes how far step N is.
 */
function dying(env: Env & { FAULT: string }): Env {
  const { DB } = env;
  const prepare = (sql: string): D1PreparedStatement => {
    const prepared = DB.prepare(sql);
    if (!/^update "tenant_erasures" set "step" = \?, "place" = \?/.test(sql)) return prepared;
    const binding = prepared.bind.bind(prepared);
    const bind = (...values: unknown[]) => {
      const bound = binding(...values);
      const run = bound.run.bind(bound);
      return Object.assign(bound, { run: () => noting(env.FAULT, values, run) });
    };
    return Object.assign(prepared, { bind });
  };
  return { ...env, DB: { prepare, batch: DB.batch.bind(DB) } as D1Database };
}

/** Notes how far an erasure is, unless it dies before that, or behind it. */
async function noting(fault: string, [step, place]: unknown[], run: () => Promise<D1Result>) {
  places ??= fault.split(",");
  const [next] = places;
  const isBefore = next === (place === null ? `before_${Number(step) - 1}` : `page_${step}`);
  const isAfter = place === null && next === `after_${Number(step) - 1}`;
  if (!isBefore && !isAfter) return run();
  if (isAfter) await run();
  places.shift();
  console.log(`FAULT erase:${next}`);
  return new Promise<never>(() => {});
}
