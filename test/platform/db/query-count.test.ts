/** An invocation's queries are counted in all databases together. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { ledgerDb, ledgersOf } from "../../../src/platform/db/ledger.ts";
import { countingQueries } from "../../../src/platform/db/query-count.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";

const worker = env as unknown as Env;

it.each(ledgersOf(worker))("those of ledger %i use up the room that all share", async (ledger) => {
  const { env: counted, hasRoom } = countingQueries(worker);
  const ask = (of: number) => ledgerDb(counted, of).prepare("SELECT 1");
  await ledgerDb(counted, ledger).batch([ask(ledger)]);
  for (let i = 1; i < 499; i++) ask(ledger);
  expect(hasRoom()).toBe(true);
  ask(0);
  expect(hasRoom()).toBe(false);
});
