/** The price models: adding one is its file and its line here. Pure. */
import { flat } from "./flat.ts";
import { graduated } from "./graduated.ts";
import type { AnswerOf, InputOf, PriceFields, PriceModel, PriceRules } from "./model.ts";
import { packaged } from "./package.ts";
import { perUnit } from "./per-unit.ts";
import { volume } from "./volume.ts";

/** By the names that they have on the wire and in stored rows. */
export const PRICE_MODELS = {
  per_unit: perUnit,
  graduated,
  volume,
  package: packaged,
  flat,
} satisfies Record<string, PriceModel<object, PriceFields>>;

export type Model = keyof typeof PRICE_MODELS;
export const MODELS = Object.keys(PRICE_MODELS) as [Model, ...Model[]];
export const DEFAULT_MODEL: Model = "per_unit";

type TermsOf<M extends Model> = ReturnType<(typeof PRICE_MODELS)[M]["parse"]>;

/** A model's own terms. */
export type PriceTerms = { [M in Model]: TermsOf<M> }[Model];

/** What a plan asks for a metric; rates are decimal text of at most 12 places. */
export type Price = {
  metric: string;
  /** In micro-units; only what lies beyond it is billed. */
  includedMicro: bigint;
} & { [M in Model]: { model: M } & TermsOf<M> }[Model];

type Intersection<U> = (U extends unknown ? (part: U) => void : never) extends (
  part: infer I,
) => void
  ? I
  : never;
type ModelFields = Intersection<(typeof PRICE_MODELS)[Model]["fields"]>;

/** The fields of all models, each once. */
export const MODEL_FIELDS: ModelFields = Object.assign(
  {},
  ...Object.values(PRICE_MODELS).map(({ fields }) => fields),
);

export type ModelInput = InputOf<ModelFields>;

/** The rules of a model, for any price that has it. */
export function rulesOf(
  model: Model,
): PriceRules<PriceTerms, ModelInput, Partial<AnswerOf<ModelFields>>> {
  return PRICE_MODELS[model];
}

/** The price of a metric that its plan says nothing of: whatever is used costs nothing. */
export function freePrice(metric: string): Price {
  return { metric, includedMicro: 0n, model: "per_unit", unitPrice: "0" };
}
