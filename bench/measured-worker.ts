/**
 * The product with a count of the rows it writes, answered at /bench/rows, and with an edge cache
 * that can be taken away, by /bench/edge/off; rates are its own.
 */
import product from "../src/index.ts";
import { TenantMeter as Meter } from "../src/metering/object/tenant-meter.ts";

export { Watch } from "../src/platform/watch/watch-object.ts";

/** Of all objects and all drains of this process, which share one isolate. */
const rows = { object: 0, ledger: 0 };

type Env = ConstructorParameters<typeof Meter>[1];
type Exec = (...args: unknown[]) => { rowsWritten: number };

let counted = false;

/** Every statement of every object's storage goes through one method of one prototype. */
function countRows(sql: object): void {
  if (counted) return;
  counted = true;
  const prototype = Object.getPrototypeOf(sql) as { exec: Exec };
  const { exec } = prototype;
  prototype.exec = function (this: object, ...args) {
    const cursor = exec.apply(this, args);
    rows.object += cursor.rowsWritten;
    return cursor;
  };
}

export class TenantMeter extends Meter {
  constructor(ctx: DurableObjectState, env: Env) {
    countRows(ctx.storage.sql);
    super(ctx, env);
  }

  protected override async commitToLedger(statements: D1PreparedStatement[]): Promise<D1Result[]> {
    const results = await super.commitToLedger(statements);
    for (const { meta } of results) rows.ledger += meta.rows_written;
    return results;
  }
}

const { match } = Cache.prototype;
const EDGES = { on: { match }, off: { match: async () => undefined } };

export default {
  ...product,
  fetch: (request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> => {
    // Recording pays nothing for being measured: what is asked here is asked with GET.
    if (request.method !== "GET") return product.fetch(request, env, ctx);
    const [, asked, edge] = /\/bench\/(rows|edge)\/?(.*)$/.exec(request.url) ?? [];
    if (asked === "edge") Object.assign(Cache.prototype, EDGES[edge as keyof typeof EDGES]);
    return asked ? Response.json(rows) : product.fetch(request, env, ctx);
  },
};
