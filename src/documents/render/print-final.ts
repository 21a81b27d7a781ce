/** The PDF of a document that just became final. */
import { tenantClock } from "../../accounts/store/clock.ts";
import { Problem } from "../../core/errors.ts";
import { trackPdfGeneration } from "../../metering/record/track.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { DocumentKind } from "../kind/registry.ts";
import { printIssued } from "./print.ts";

/**
 * Renders a final document of an issuer before anybody asks for it, and counts that as the issuer's
 * usage. Does nothing where the document is another issuer's: its buyer hears of it as well.
 */
export async function printFinal(
  env: Env,
  issuer: string,
  kind: DocumentKind,
  id: string,
): Promise<void> {
  const { nowMs } = await tenantClock(env.DB, issuer);
  const tracked: Promise<void>[] = [];
  const user = { tenantId: issuer, nowMs, userId: null };
  try {
    await printIssued(env, issuer, kind, id, (key) =>
      tracked.push(trackPdfGeneration(env, user, key)),
    );
  } catch (error) {
    if (!(error instanceof Problem && error.code === "resource.not_found")) throw error;
  }
  await Promise.all(tracked);
}
