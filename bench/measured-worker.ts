/**
 * The product with a count of the rows it writes, answered at /bench/rows, with all that a bill
 * counts at /bench/counts, and with an edge cache that can be taken away, by /bench/edge/off; rates
 * are its own.
 */
import product from "../src/index.ts";
import { TenantMeter as Meter } from "../src/metering/object/tenant-meter.ts";
import { countAlarm, countCommit, countObjectRows, countsOf } from "./count.ts";

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
    countObjectRows(args[0], cursor.rowsWritten);
    return cursor;
  };
}

let alarmsCounted = false;

function countAlarms(storage: object): void {
  if (alarmsCounted) return;
  alarmsCounted = true;
  const prototype = Object.getPrototypeOf(storage) as Pick<DurableObjectStorage, "setAlarm">;
  const { setAlarm } = prototype;
  prototype.setAlarm = function (this: DurableObjectStorage, ...args) {
    countAlarm();
    return setAlarm.apply(this, args);
  };
}

export class TenantMeter extends Meter {
  constructor(ctx: DurableObjectState, env: Env) {
    countRows(ctx.storage.sql);
    countAlarms(ctx.storage);
    super(ctx, env);
  }

  protected override async commitToLedger(statements: D1PreparedStatement[]): Promise<D1Result[]> {
    const startedMs = performance.now();
    const results = await super.commitToLedger(statements);
    for (const { meta } of results) rows.ledger += meta.rows_written;
    countCommit(statements, results, performance.now() - startedMs);
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
    const [, asked, edge] = /\/bench\/(rows|counts|edge)\/?(.*)$/.exec(request.url) ?? [];
    if (asked === "edge") Object.assign(Cache.prototype, EDGES[edge as keyof typeof EDGES]);
    if (asked === "counts") return Response.json(countsOf(env));
    return asked ? Response.json(rows) : product.fetch(request, env, ctx);
  },
};
