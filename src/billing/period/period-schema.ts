/** The shapes of periods and their lines on the wire, and how rows become them. */
import { z } from "@hono/zod-openapi";
import { tenantNameInput } from "../../accounts/tenant/external-id.ts";
import { exactNumber } from "../../core/decimal.ts";
import { moneyJson } from "../../core/money.ts";
import { timeText } from "../../core/time.ts";
import { BILLED_KINDS } from "../../documents/kind/registry.ts";
import { pageQuery } from "../../platform/schema/openapi.ts";
import { periodRef, spanBody } from "../subscription/subscription-schema.ts";
import type { StatementLine } from "./statement.ts";
import type { ClosedPeriod } from "./store.ts";
import { detailText, wordsFor } from "./wording.ts";

export const lineSchema = z.object({
  kind: z.enum(["base", "base_credit", "usage", "commitment", "adjustment"]),
  metric_name: z.string().nullable(),
  name: z.string(),
  detail: z.string().nullable(),
  quantity: z.number(),
  unit_price: z.number(),
  flat_fee: z.number(),
  amount: z.number(),
  tier: z.number().int().nullable(),
  start: z.string(),
  end: z.string(),
  arithmetic: z.string(),
});

/** A statement's line as it is answered, in English. */
export function lineBody(line: StatementLine, currency: string): z.infer<typeof lineSchema> {
  return {
    kind: line.kind,
    metric_name: line.metric,
    name: line.name,
    detail: detailText(line.detail, wordsFor("en", null, currency)),
    quantity: exactNumber(line.quantity),
    unit_price: exactNumber(line.unitPrice),
    flat_fee: exactNumber(line.flatFee),
    amount: moneyJson(BigInt(line.amountMinor), currency),
    tier: line.tier === null ? null : line.tier + 1,
    start: timeText(line.fromMs),
    end: timeText(line.toMs),
    arithmetic: line.arithmetic,
  };
}

export const periodSchema = z
  .object({
    id: z.string(),
    subscription_id: z.string(),
    tenant_id: z.string(),
    number: z.number().int(),
    kind: z.enum(["regular", "trial", "opening"]),
    start: z.string(),
    end: z.string(),
    closed_at: z.string(),
    up_to_seq: z.number().int(),
    proof: z.enum(["equal", "different", "incomparable"]).openapi({
      description: "Whether the frozen counts were the ledger's; incomparable: more had come in",
    }),
    lines: z.array(lineSchema),
    net: z.number(),
    currency: z.string(),
    document_id: z.string().nullable(),
  })
  .openapi("BillingPeriod");

/** A closed period as it is answered. */
export function periodBody(period: ClosedPeriod): z.infer<typeof periodSchema> {
  const { currency } = period;
  return {
    ...spanBody(period),
    subscription_id: period.subscriptionId,
    tenant_id: period.tenant,
    number: period.number,
    kind: period.kind,
    closed_at: timeText(period.closedMs),
    up_to_seq: period.upToSeq,
    proof: period.drift === null ? "incomparable" : period.drift.length > 0 ? "different" : "equal",
    lines: period.lines.map((line) => lineBody(line, currency)),
    net: moneyJson(period.netMinor, currency),
    currency,
    document_id: period.documentId,
  };
}

export const periodQuery = z.strictObject({
  tenant_id: tenantNameInput.optional(),
  subscription_id: z.string().max(100).optional(),
  ...pageQuery,
});

export const previewSchema = z
  .object({
    subscription_id: z.string(),
    period: periodRef,
    document: z.enum(BILLED_KINDS).nullable(),
    lines: z.array(lineSchema),
    net: z.number().openapi({ description: "Of the lines, before discounts" }),
    carried: z.number().openapi({
      description: "Of earlier periods, too little for documents of their own, that this one bills",
    }),
    discount: z.number().openapi({
      description: "What coupons and granted credit take off net and carried",
    }),
    tax: z.number(),
    total: z.number(),
    prepaid: z.number(),
    currency: z.string(),
  })
  .openapi("BillingPreview");
