/** A step of an act on many things, in the audit log and for whoever asks for it again. */
import { commit } from "../../platform/db/db.ts";
import type { Step } from "../../platform/http/step.ts";
import type { Actor } from "../actor/actor.ts";
import { auditRow } from "./audit.ts";

/** Notes that a step was taken, with how many were done; answers it. Errors: those of D1. */
export async function noteStep(
  db: D1Database,
  actor: Actor,
  { action, target }: { action: string; target: string },
  step: Step,
): Promise<Step> {
  const answer = { made: target, shown: { ...step } };
  const entry = { action, target, detail: { done: step.done }, answer };
  await commit(db, [auditRow(db, actor, entry, actor.realMs)]);
  return step;
}
