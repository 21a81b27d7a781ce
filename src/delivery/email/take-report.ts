/** Taking providers' reports: into the log, the suppression list and the outbox. */
import { tenantClock } from "../../accounts/store/clock.ts";
import { asciiEmail } from "../../core/email-address.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { parseBody } from "../../platform/http/http.ts";
import { announce } from "../../platform/queue/outbox.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Callback, Report } from "./provider/contract.ts";
import { EMAIL_PROVIDERS, type ProviderName } from "./provider/registry.ts";
import { failedEvent } from "./send.ts";
import { advanceEmail, insertReport, insertSuppression, readEmail } from "./store.ts";
import type { EmailRow } from "./table.ts";

/**
 * Takes a provider's callback; the same one again changes nothing. Errors: 404 where reports of
 * this provider are not set up, 400 `hook.unsigned`, 503 for a message whose sending has yet to be
 * written down.
 */
export async function takeCallback(
  env: Env,
  provider: ProviderName,
  callback: Callback,
  realMs: number,
): Promise<void> {
  const { EMAIL_PROVIDER: own, EMAIL_CALLBACK_SECRET: secret } = env;
  if (own !== provider || !secret) throw notFound("callback");
  const { isGenuine, reportsOf } = EMAIL_PROVIDERS[provider];
  if (!isGenuine(callback, secret, realMs)) {
    throw new Problem("hook.unsigned", "the callback is not the provider's");
  }
  for (const report of reportsOf(parseBody(callback.body))) await takeReport(env, report, realMs);
}

async function takeReport(env: Env, report: Report, realMs: number): Promise<void> {
  const row = await readEmail(env.DB, report.message);
  if (row?.scope !== "") return; // another installation's on the same account
  if (row.status === "queued") {
    throw new Problem("service.busy", "the message is still being sent", { retryAfterSeconds: 60 });
  }
  const { nowMs } = await tenantClock(env.DB, row.tenant);
  try {
    await env.DB.batch(reportStatements(env, row, report, { nowMs, realMs }));
  } catch (error) {
    if (!isUniqueViolation(error, "email_reports")) throw error; // it came before
  }
}

function reportStatements(
  env: Env,
  row: EmailRow,
  { kind, permanent, reason, ...report }: Report,
  { nowMs, realMs }: { nowMs: number; realMs: number },
): D1PreparedStatement[] {
  const { id: email, tenant } = row;
  const address = asciiEmail(report.address).toLowerCase();
  const reported = { email, address, kind, reason, atMs: realMs };
  const statements = [insertReport(env.DB, reported), advanceEmail(env.DB, reported)];
  if (kind !== "delivered" && permanent) {
    const kept = { tenant, address, reason: kind, email, createdMs: realMs };
    statements.push(insertSuppression(env.DB, kept));
  }
  if (kind === "bounced") {
    const why = `${address} bounced${reason === null ? "" : `: ${reason}`}`;
    statements.push(announce(env.DB, failedEvent(row, why, nowMs)));
  }
  return statements;
}
