/** What a version of a plan offers, as metering and rating take it. Pure. */
import type { Price } from "../price/registry.ts";

/** When a base fee is billed: with the period that it is for, or before it. */
export type BaseTiming = "arrears" | "advance";

/** A price with what the meter enforces of it. */
export type Offer = { price: Price; hard: boolean; thresholds: readonly number[] };

/** A plan's version, as far as metering and rating need it. */
export type Version = {
  id: string;
  planId: string;
  planCode: string;
  planName: string;
  version: number;
  currency: string;
  graceMs: number;
  finalizeZero: boolean;
  /** What a period bills at least, before tax; 0 for none. */
  minimumMinor: bigint;
  /** Less than this, before tax, is carried to the next document. */
  leastInvoiceMinor: bigint;
  offers: readonly Offer[];
};

/** What changes recorded usage or how it counts; a version may grant it to tenants. */
export const CORRECTION_ACTS = ["void", "declare", "import"] as const;
export type CorrectionAct = (typeof CORRECTION_ACTS)[number];

export type Versions = ReadonlyMap<string, Version>;
