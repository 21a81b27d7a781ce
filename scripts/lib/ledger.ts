/**
 * The product's databases and its cron trigger for scripts. Miniflare's own stand-ins start a
 * thread, ask the runtime once for each statement that is prepared, and wait; here a batch is one
 * request to a Worker that has the database.
 */
import type { V4WorkerOptions } from "miniflare";

/** The name of the Worker that answers. */
export const LEDGER_WORKER = "ledger";

const SCRIPT = `
export default {
  async fetch(request, env) {
    const { binding, asked, scheduledTime } = await request.json();
    if (scheduledTime !== undefined) {
      const { outcome } = await env.PRODUCT.scheduled({
        scheduledTime: new Date(scheduledTime),
        cron: "* * * * *",
      });
      return new Response(outcome, { status: outcome === "ok" ? 200 : 500 });
    }
    const db = env[binding];
    const statements = asked.map(({ sql, values }) => db.prepare(sql).bind(...values));
    try {
      return Response.json(await db.batch(statements));
    } catch (error) {
      return new Response(error.message, { status: 500 });
    }
  },
};`;

type Value = string | number | null;
type Result = { results: Record<string, unknown>[]; success: true; meta: object };
type Ask = (statements: readonly Statement[]) => Promise<Result[]>;
export type Fetcher = { fetch: (url: string, init?: object) => Promise<ResponseLike> };
type ResponseLike = { ok: boolean; text: () => Promise<string>; json: () => Promise<unknown> };

/**
 * The Worker, with the databases and the compatibility date of the product; `name` is the product's
 * where that runs, too.
 */
export function ledgerWorker(
  product: Pick<V4WorkerOptions, "d1Databases" | "compatibilityDate">,
  name?: string,
): object {
  const { d1Databases, compatibilityDate } = product;
  return {
    name: LEDGER_WORKER,
    modules: [{ type: "ESModule" as const, path: "ledger.js", contents: SCRIPT }],
    d1Databases,
    compatibilityDate,
    compatibilityFlags: ["service_binding_extra_handlers"],
    ...(name === undefined ? {} : { serviceBindings: { PRODUCT: name } }),
  };
}

/** Fires the product's cron trigger for this minute. Errors: what became of it instead. */
export async function sweepBy(worker: Fetcher): Promise<void> {
  const body = JSON.stringify({ scheduledTime: Date.now() });
  const answer = await worker.fetch("http://ledger.local/", { method: "POST", body });
  const outcome = await answer.text();
  if (!answer.ok) throw new Error(`the cron trigger: ${outcome}`);
}

/**
 * A database behind that Worker, by its binding: `prepare` with `bind`, `all`, `run` and `first`,
 * and `batch`. Values are text, numbers and null. Errors: the database's own message.
 */
export function databaseOf(worker: Fetcher, binding: string): D1Database {
  const ask: Ask = async (statements) => {
    const asked = statements.map(({ sql, values }) => ({ sql, values }));
    const body = JSON.stringify({ binding, asked });
    const answer = await worker.fetch("http://ledger.local/", { method: "POST", body });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as Result[];
  };
  const database = {
    prepare: (sql: string) => new Statement(ask, sql, []),
    batch: (statements: readonly Statement[]) => ask(statements),
  };
  return database as unknown as D1Database;
}

/** A statement with its values, which asks only when it is run. */
class Statement {
  readonly sql: string;
  readonly values: readonly Value[];
  readonly #ask: Ask;

  constructor(ask: Ask, sql: string, values: readonly Value[]) {
    this.#ask = ask;
    this.sql = sql;
    this.values = values;
  }

  bind(...values: Value[]): Statement {
    return new Statement(this.#ask, this.sql, values);
  }

  async all(): Promise<Result> {
    const [result] = await this.#ask([this]);
    if (!result) throw new Error(`no answer to: ${this.sql}`);
    return result;
  }

  run(): Promise<Result> {
    return this.all();
  }

  async first(): Promise<Record<string, unknown> | null> {
    return (await this.all()).results[0] ?? null;
  }
}
