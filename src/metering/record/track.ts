/**
 * Recording for code inside the Worker, and the six helpers that count this product's own
 * operations. Each is idempotent by the id of what it tracks.
 */
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { logWarning } from "../../platform/runtime/log.ts";
import { OWN_SOURCE } from "../event/item.ts";
import { lineMicro } from "../event/line.ts";
import { UNPREPARED } from "../meter/batch.ts";
import { isHalted, meterOf } from "../meter/meter.ts";
import { BatchBuilder } from "./prepare.ts";

/** Whose usage it is: a tenant, at its time, of a user or of none. */
export type Tracked = { tenantId: string; nowMs: number; userId: string | null };

/**
 * Records one event of a tenant. `micro` are micro-units; the same `id` counts once.
 * Errors: one where recording is halted; a hard limit refuses silently.
 */
export async function recordUsage(
  env: Env,
  tracked: Tracked,
  event: { metric: string; micro: bigint; id?: string; metadata?: string },
): Promise<void> {
  const builder = new BatchBuilder(tracked.nowMs, 1, UNPREPARED);
  const { metric, micro, metadata = "" } = event;
  builder.add({
    id: event.id ?? makeId("evt", tracked.nowMs),
    userId: tracked.userId,
    item: {
      id: null,
      source: OWN_SOURCE,
      metric,
      micro: lineMicro(micro),
      atMs: null,
      userId: null,
      metadata,
      cap: false,
    },
  });
  const answer = await meterOf(env, tracked.tenantId).record(
    tracked.tenantId,
    builder.build(),
    tracked.nowMs,
  );
  if (isHalted(answer)) throw new Error(`recording is halted: ${answer.halted}`);
}

const ONE = 1_000_000n;

/** Counting ourselves is best effort: what it counts has already happened. */
async function track(env: Env, tracked: Tracked, metric: string, id: string, micro = ONE) {
  try {
    await recordUsage(env, tracked, { metric, micro, id: `${metric}:${id}` });
  } catch (error) {
    logWarning({ at: "track", metric, id, error });
  }
}

/** Counts a quote, once. */
export function trackQuoteGeneration(env: Env, tracked: Tracked, quoteId: string): Promise<void> {
  return track(env, tracked, "quotes_generated", quoteId);
}

/** Counts an invoice, once. */
export function trackInvoiceGeneration(
  env: Env,
  tracked: Tracked,
  invoiceId: string,
): Promise<void> {
  return track(env, tracked, "invoices_generated", invoiceId);
}

/** Counts a request of a tenant's key, once for each request id. */
export function trackApiCall(env: Env, tracked: Tracked, requestId: string): Promise<void> {
  return track(env, tracked, "api_calls", requestId);
}

/** `micro` micro-GB, once per id of what was stored. */
export function trackStorageUsage(
  env: Env,
  tracked: Tracked,
  storedId: string,
  micro: bigint,
): Promise<void> {
  return track(env, tracked, "storage_gb", storedId, micro);
}

/** Counts a message that the provider accepted, once. */
export function trackEmailSent(env: Env, tracked: Tracked, messageId: string): Promise<void> {
  return track(env, tracked, "email_sent", messageId);
}

/** Counts a PDF, once for each document and content. */
export function trackPdfGeneration(env: Env, tracked: Tracked, contentKey: string): Promise<void> {
  return track(env, tracked, "pdf_generated", contentKey);
}
