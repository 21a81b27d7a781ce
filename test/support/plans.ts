/** What SQLite's plans of statements read more of than they answer. */
import { expect } from "vitest";
import { explain, readSchema } from "../../scripts/platform/check-plan.ts";
import { planFault } from "../../scripts/platform/plan.ts";

/** Each statement that no index serves, with the step of its plan; one without a plan fails. */
export async function unservedOf(
  db: D1Database,
  asked: readonly { statement: string; params: unknown[] }[],
): Promise<string[]> {
  const schema = await readSchema(db);
  const faults: string[] = [];
  for (const one of asked) {
    const { statement } = one;
    const steps = await explain(db, one);
    expect([statement, steps.length > 0]).toEqual([statement, true]);
    const fault = planFault(statement, steps, schema);
    if (fault !== null) faults.push(`${fault}: ${statement}`);
  }
  return faults;
}
