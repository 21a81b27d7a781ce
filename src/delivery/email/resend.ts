/** E-mails that were not sent, sent again: one, or all that a filter leaves, step by step. */
import { type Actor, onTheWay } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { noteStep } from "../../accounts/audit/note-step.ts";
import { Problem } from "../../core/errors.ts";
import { commit } from "../../platform/db/db.ts";
import { countingQueries } from "../../platform/db/query-count.ts";
import { idBefore, type Step, takeStep } from "../../platform/http/step.ts";
import { schedule } from "../../platform/queue/due.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { dueRow, insistMayWait } from "./send.ts";
import { type EmailFilter, listEmails, ownEmail, updateEmail } from "./store.ts";
import type { EmailRow } from "./table.ts";

/** Its provider never took it, so the same message is no second one. */
const UNSENT: readonly EmailRow["status"][] = ["failed", "suppressed"];

/** What a step looks at: each row has its letter with it. */
const MOST_LETTERS = 100;

/** Whether an e-mail can be sent again. */
export function isResendable({ status }: Pick<EmailRow, "status">): boolean {
  return UNSENT.includes(status);
}

/**
 * Sends an e-mail again that failed, or whose recipients were suppressed, as it was written then;
 * the caller wakes it. Errors: 404, 409 for any other, 429 `budget.reached`.
 */
export async function resendEmail(env: Env, actor: Actor, id: string): Promise<EmailRow> {
  const row = await ownEmail(env.DB, actor, id);
  if (!isResendable(row)) {
    throw new Problem("resource.conflict", `the e-mail is ${row.status}: send the document again`);
  }
  await insistMayWait(env, actor, actor.realMs);
  const change = { status: "queued" as const, attempts: 0, reason: null };
  await commit(env.DB, [
    updateEmail(env.DB, id, change),
    schedule(env.DB, dueRow(row, actor.realMs)),
    auditRow(env.DB, actor, { action: "email.resend", target: id }, actor.realMs),
  ]);
  return { ...row, ...change };
}

/** Takes one step of sending again what a filter leaves. Errors: as `takeStep`, 422. */
export async function resendStep(
  env: Env,
  actor: Actor,
  filter: EmailFilter,
  cursor: string | null,
): Promise<Step> {
  const { env: counted, hasRoom } = countingQueries(env);
  const asked = { ...filter, viewer: actor, before: idBefore(cursor) };
  const rows = await listEmails(counted.DB, asked, MOST_LETTERS + 1);
  const step = await takeStep(rows, {
    hasRoom,
    most: MOST_LETTERS,
    nameOf: ({ id, subject }) => ({ id, number: subject }),
    isPossible: isResendable,
    act: async ({ id }) => {
      await resendEmail(counted, onTheWay(actor), id);
    },
  });
  return noteStep(env.DB, actor, { action: "email.bulk", target: "emails" }, step);
}
