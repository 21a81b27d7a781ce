/**
 * The product with faults where a crash hurts most. FAULT names which; all else is the product, but
 * for small generations, so that seals and merges happen all the time.
 */

import product, { TenantMeter as Meter } from "../../scripts/platform/checked-worker.ts";
import { ledgerDb, ledgersOf } from "../../src/platform/db/ledger.ts";

export { Watch } from "../../scripts/platform/checked-worker.ts";

type Env = ConstructorParameters<typeof Meter>[1] & { FAULT?: string };

/** Whoever asks this ends `ledger_down`. */
const LEDGER_UP = "/fault/ledger-up";
let isDown = true;

export default {
  ...product,
  fetch: (request: Request, env: Env, ctx: ExecutionContext) => {
    if (request.url.endsWith(LEDGER_UP)) {
      isDown = false;
      return new Response();
    }
    return product.fetch(request, faultyEnv(env, request.url.endsWith("/moves")), ctx);
  },
  // The schedule goes on with a move that nobody calls.
  queue: (batch: Parameters<typeof product.queue>[0], env: Env, ctx: ExecutionContext) =>
    product.queue(batch, faultyEnv(env, true), ctx),
};

function faultyEnv(env: Env, moves: boolean): Env {
  const name = faultOf(env);
  if (name === "after_change") return hanging(env);
  return name === "move" && moves ? stopping(env) : env;
}

/** Where moves still stop. */
let places: string[] | undefined;

/**
 * `move:PLACE,PLACE…`: whoever moves a tenant to the control database never gets past the next of
 * these places. `before_STEP`, `after_STEP`: that it notes a step; `page_STEP`: it has written a
 * page of that step.
 */
function stopping(env: Env): Env {
  const { DB } = env;
  let [id, page] = ["", ""];
  const batch = async (statements: D1PreparedStatement[]) => {
    places ??= (env.FAULT ?? "").slice("move:".length).split(",");
    const [next] = places;
    const made = statements as unknown as Made[];
    const noted = made.find(({ statement }) => statement.includes("UPDATE ledger_moves"));
    const step = noted?.statement.includes("'moved'") ? "moved" : noted?.params[1];
    const isPage = made.some(({ statement }) => statement.startsWith("INSERT OR REPLACE INTO"));
    const isBefore = noted !== undefined && next === `before_${step}`;
    const results = isBefore ? [] : await DB.batch(statements);
    const isAfter = noted ? next === `after_${step}` : isPage && next === page;
    if (noted) [id, page] = [String(noted.params[0]), `page_${step}`];
    if (!isBefore && !isAfter) return results;
    places.shift();
    // Whoever goes on does not wait until the lease of the dead ends.
    const release = "UPDATE ledger_moves SET state = json_set(state, '$.leaseMs', 0) WHERE id = ?";
    await DB.prepare(release).bind(id).run();
    console.log(`FAULT move:${next}`);
    return new Promise<never>(() => {});
  };
  return Object.assign({}, env, { DB: { prepare: DB.prepare.bind(DB), batch } as D1Database });
}

type Made = { statement: string; params: unknown[] };

/** `after_change`: a request's own batch is written, and nothing of it comes after that. */
function hanging(env: Env): Env {
  const unanswered = "SELECT 1 FROM idempotency WHERE essentials IS NOT NULL AND status IS NULL";
  const batch = async (statements: D1PreparedStatement[]) => {
    const results = await env.DB.batch(statements);
    if ((await env.DB.prepare(unanswered).first()) === null) return results;
    console.log("FAULT after_change");
    return new Promise<never>(() => {});
  };
  const prepare = env.DB.prepare.bind(env.DB);
  return Object.assign({}, env, { DB: { prepare, batch } as D1Database });
}

/** The first transactions set a tenant up and are left alone. */
const SPARED = 10;
const GENERATION_IDS = "200";
let transactions = 0;

/** How far the parts of the object's storage have come, of which a transaction moves one. */
const MOVES = `SELECT
  (SELECT count(*) FROM generations WHERE sealed_ms > 0) AS seal,
  (SELECT count(*) FROM seen_sets WHERE level > 0) AS merge,
  (SELECT count(*) FROM frozen) AS freeze`;

type Place = "seal" | "merge" | "freeze";

// Without members of its own: the product's constructor calls these methods before it has any.
export class TenantMeter extends Meter {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, Object.assign({}, env, { GENERATION_IDS }));
  }

  /**
   * `rollback`: two of five transactions throw after all their work, a retry among them. `seal`,
   * `merge`, `freeze`: the first transaction that did one never gets to its end.
   */
  protected override transact<T>(work: () => T): T {
    const place = faultOf(this.env) as Place;
    if ((place as string) === "rollback") return super.transact(() => failing(work));
    if (place !== "seal" && place !== "merge" && place !== "freeze") return super.transact(work);
    const moved = () => Number(this.ctx.storage.sql.exec(MOVES).one()[place]);
    return super.transact(() => {
      const before = moved();
      const result = work();
      if (moved() > before) hang(place);
      return result;
    });
  }

  /**
   * `after_ledger`: D1 has the batch, and the object never hears of it; `after_series`: the same
   * for the series. `ledger_down`: D1 answers nothing but errors until LEDGER_UP.
   */
  protected override async commitToLedger(statements: D1PreparedStatement[]): Promise<D1Result[]> {
    const name = faultOf(this.env);
    if (name === "ledger_down" && isDown) throw new Error("fault: the ledger is down");
    const before = name === "after_series" ? await seriesUpTo(this.env) : null;
    const results = await super.commitToLedger(statements);
    const after = name === "after_series" ? await seriesUpTo(this.env) : null;
    if (name !== "after_ledger" && before === after) return results;
    console.log(`FAULT ${name}`);
    return new Promise(() => {});
  }
}

/** A fault's name, without what stands behind it. */
function faultOf(env: unknown): string {
  const [name = ""] = (env as { FAULT: string }).FAULT.split(":");
  return name;
}

async function seriesUpTo(env: Env): Promise<number> {
  const marks = ledgersOf(env).map((ledger) =>
    ledgerDb(env, ledger)
      .prepare("SELECT sum(series_up_to) AS upTo FROM usage_watermarks")
      .first<number>("upTo"),
  );
  return (await Promise.all(marks)).reduce<number>((sum, upTo) => sum + (upTo ?? 0), 0);
}

function failing<T>(work: () => T): T {
  const result = work();
  if (++transactions > SPARED && transactions % 5 < 2) throw new Error("fault");
  return result;
}

/** Stays where it is for ever: the test that reads this line ends the process. */
function hang(place: Place): never {
  console.log(`FAULT ${place}`);
  for (;;);
}
