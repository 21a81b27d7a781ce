/** What a price model is: one record a model, all of them in `registry.ts`. Pure. */
import type { z } from "@hono/zod-openapi";

/** A decimal as callers send it. */
export type Decimal = number | string;

/** A field of prices on the wire, in requests and in answers. */
export type PriceField = {
  input: z.ZodType;
  answer: z.ZodType;
  /** What the form of a plan calls it; null where the form has a place of its own for it. */
  label: string | null;
};
export type PriceFields = Readonly<Record<string, PriceField>>;

/** What a request says in these fields. */
export type InputOf<F extends PriceFields> = {
  [K in keyof F]?: z.output<F[K]["input"]> | undefined;
};
/** What an answer says in these fields. */
export type AnswerOf<F extends PriceFields> = { [K in keyof F]: z.output<F[K]["answer"]> };

/** A tier is (previous, up to], beyond the included quantity; the last one's bound is null. */
export type Tier = { upToMicro: bigint | null; unitPrice: string; flatFee: string };

/** A part of an interval, in milliseconds from the interval's start. */
export type TimeSpan = { fromMs: number; toMs: number; wholeMs: number };

/** What a segment bills: micro-units beyond the included quantity at its start and its end. */
export type Span = {
  from: bigint;
  to: bigint;
  /** At the period's end. */
  total: bigint;
  /** True for the first segment that this price begins in. */
  first: boolean;
  time: TimeSpan;
};

/** What becomes one charge: quantity × unit price + flat fee, or a fee by time. */
export type Part = {
  /** Index of the tier, or null where the model has none. */
  tier: number | null;
  quantityMicro: bigint;
  unitPrice: string;
  flatFee: string;
  /** Set for a fee by time, whose amount is a difference of rounded sums. */
  fee?: TimeSpan;
};

/** Notes what is wrong with a price that somebody sent; `field` is a pointer inside the price. */
export type FieldChecks = {
  wrong(field: string, detail: string): void;
  /** A rate in its shortest text; one that is missing is noted. */
  requireRate(value: Decimal | undefined, field: string): string;
  /** A fee is printed as it is, so one with more places than the currency is noted. */
  checkFee(value: Decimal | undefined, field: string): void;
};

/** How an offer words figures. */
export type OfferWords = { rate(rate: string): string; quantity(micro: bigint): string };

/** What a model does with its own terms. */
export type PriceRules<Terms, Input, Answer> = {
  /** What a charge counts: the metric's units, lots of them, or the time that goes by. */
  measure: "units" | "lots" | "time";
  parse(input: Input, checks: FieldChecks): Terms;
  answer(terms: Terms): Answer;
  /** Its tiers, whose bounds are blended by time like the included quantity; mostly none. */
  tiers(terms: Terms): readonly Tier[];
  /** `bounds` are the blended bounds of the tiers. */
  parts(terms: Terms, span: Span, bounds: readonly (bigint | null)[]): Part[];
  /** The rate of the first unit billed, or null where no unit is. */
  firstRate(terms: Terms): string | null;
  /** True where one counter can be billed by both in turn. */
  blendsWith(terms: Terms, other: Terms): boolean;
  /** What an offer says of a unit beyond the included ones. */
  offerText(terms: Terms, words: OfferWords): string;
};

/**
 * A model: the fields that it has on the wire, and its rules. Its terms are stored as JSON, so they
 * hold text, numbers and lists, and bigints under names that end in `Micro`.
 */
export type PriceModel<Terms, Fields extends PriceFields> = { fields: Fields } & PriceRules<
  Terms,
  InputOf<Fields>,
  AnswerOf<Fields>
>;
