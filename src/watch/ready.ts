/** Whether the installation can do its work, and what of it is behind. */
import { SECOND_MS } from "../core/time.ts";
import { missingMigrations, neededMigrations } from "../platform/db/migrations.ts";
import type { Env } from "../platform/runtime/env.ts";
import { type Seen, type StageId, seeStages } from "./stages.ts";

/** `unavailable` cannot work; `behind` works, and is late with something. */
export type Readiness = {
  status: "ok" | "behind" | "unavailable";
  /** Why it cannot work. */
  reasons: readonly ("database" | "migrations")[];
  behind: readonly StageId[];
  /** Migrations that the database lacks. */
  missing: readonly string[];
  seen: Seen | null;
};

/** A database that has not answered by then does not answer. */
const PATIENCE_MS = 5 * SECOND_MS;

/** Looks. `needed` are the migrations that the code was built for. */
export async function readinessOf(
  env: Env,
  nowMs: number,
  needed: readonly string[] = neededMigrations(),
): Promise<Readiness> {
  const none = { behind: [], missing: [], seen: null };
  let missing: string[];
  try {
    missing = await inTime(missingMigrations(env.DB, needed));
  } catch {
    return { status: "unavailable", reasons: ["database"], ...none };
  }
  if (missing.length > 0) {
    return { status: "unavailable", reasons: ["migrations"], ...none, missing };
  }
  try {
    const seen = await inTime(seeStages(env, nowMs));
    const behind = seen.stages.filter(({ late }) => late).map(({ id }) => id);
    const status = behind.length === 0 ? "ok" : "behind";
    return { status, reasons: [], behind, missing, seen };
  } catch {
    return { status: "unavailable", reasons: ["database"], ...none };
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the database does not answer")), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
