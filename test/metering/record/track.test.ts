import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  trackApiCall,
  trackEmailSent,
  trackInvoiceGeneration,
  trackPdfGeneration,
  trackQuoteGeneration,
  trackStorageUsage,
} from "../../../src/metering/record/track.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant } from "../../support/api.ts";

const worker = env as unknown as Env;

describe("counting the product's own operations", () => {
  it("counts each once for an id, and storage by its size", async () => {
    const { tenantId, key } = await makeTenant();
    const tracked = { tenantId, nowMs: Date.now(), userId: null };
    for (let again = 0; again < 2; again++) {
      await trackQuoteGeneration(worker, tracked, "q1");
      await trackInvoiceGeneration(worker, tracked, "i1");
      await trackApiCall(worker, tracked, "r1");
      await trackStorageUsage(worker, tracked, "s1", 2_500_000n);
      await trackEmailSent(worker, tracked, "m1");
      await trackPdfGeneration(worker, tracked, "p1");
    }
    const { body } = await call(key, "GET", "/api/usage/summary");
    const totals = body.metrics.map((row: Record<string, unknown>) => [
      row.metric_name,
      row.total_quantity,
    ]);
    expect(totals).toEqual([
      ["api_calls", 1],
      ["email_sent", 1],
      ["invoices_generated", 1],
      ["pdf_generated", 1],
      ["quotes_generated", 1],
      ["storage_gb", 2.5],
    ]);
  });
});
