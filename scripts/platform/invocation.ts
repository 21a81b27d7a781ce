/** Queries of one invocation of the Worker, wherever in it they are made. */
import { AsyncLocalStorage } from "node:async_hooks";
import { insistWithin } from "./limits.ts";

type Count = { of: string; queries: number; statements: number };

const running = new AsyncLocalStorage<Count>();

let watch: { of: string; most: { queries: number; statements: number } } | undefined;

/**
 * The most queries, and the most statements, that one invocation whose name begins with `of` makes
 * while `run` does. Others run at any time: queues do what earlier tests of a runtime left to them.
 */
export async function mostAsked(of: string, run: () => Promise<unknown>) {
  const most = { queries: 0, statements: 0 };
  watch = { of, most };
  try {
    await run();
  } finally {
    watch = undefined;
  }
  return most;
}

/** Runs an invocation with a count of its own. */
export function invocation<T>(of: string, run: () => T): T {
  return running.run({ of, queries: 0, statements: 0 }, run);
}

/** Counts a query, or a batch of them. Errors: `Breach` where it is one too many. */
export function countQuery(statements: number): void {
  const count = running.getStore();
  if (!count) return;
  count.queries += 1;
  count.statements += statements;
  if (watch && count.of.startsWith(watch.of)) {
    watch.most.queries = Math.max(watch.most.queries, count.queries);
    watch.most.statements = Math.max(watch.most.statements, count.statements);
  }
  insistWithin("queries", count.queries, count.of);
}

/** Runs what a check asks by itself: no part of the invocation that it looks at. */
export function outside<T>(run: () => T): T {
  return running.exit(run);
}
