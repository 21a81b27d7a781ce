/** The databases that the files of a runtime share. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { guardRows } from "../../scripts/platform/row-guard.ts";

let made: Promise<void> | null = null;

/** Migrates and guards them, once: the setup runs again for each file, this module does not. */
export function makeDatabases(): Promise<void> {
  made ??= make();
  return made;
}

async function make(): Promise<void> {
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
  await guardRows(env.DB);
  await applyD1Migrations(env.LEDGER_1, env.LEDGER_MIGRATIONS);
  await guardRows(env.LEDGER_1);
}
