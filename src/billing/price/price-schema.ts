/** The shapes of prices on the wire, made of the models' own fields. */
import { z } from "@hono/zod-openapi";
import { quantityJson } from "../../core/quantity.ts";
import { MAX_NAME } from "../../metering/event/item.ts";
import { lineInput } from "../../platform/schema/openapi.ts";
import { quantityInput } from "./field.ts";
import type { PriceField } from "./model.ts";
import { DEFAULT_MODEL, MODEL_FIELDS, MODELS, type Price, rulesOf } from "./registry.ts";

/** Prices that one version or simulation may have. */
export const MAX_PRICES = 100;
export const metricName = lineInput(MAX_NAME).openapi({ example: "api_calls" });

type Fields = typeof MODEL_FIELDS;
type Shape<Side extends "input" | "answer"> = { [K in keyof Fields]: Fields[K][Side] };

/** One side of every model's fields, as the shape of an object. */
function shapeOf<Side extends "input" | "answer">(side: Side): Shape<Side> {
  const fields = Object.entries<PriceField>(MODEL_FIELDS);
  return Object.fromEntries(fields.map(([name, field]) => [name, field[side]])) as Shape<Side>;
}

/** A metric's price, as plans and simulations take it. */
export const priceInput = z.strictObject({
  metric_name: metricName,
  included_quantity: quantityInput.optional(),
  model: z
    .enum(MODELS)
    .optional()
    .openapi({ description: `${DEFAULT_MODEL} unless given` }),
  ...shapeOf("input"),
});

/** A metric's price, as plans answer it. */
export const priceSchema = z.object({
  metric_name: z.string(),
  included_quantity: z.number(),
  model: z.enum(MODELS),
  ...shapeOf("answer"),
});

/** A price as it is answered: `metric_name`, `included_quantity`, `model`, and the model's own. */
export function priceBody(price: Price): z.infer<typeof priceSchema> {
  return {
    metric_name: price.metric,
    included_quantity: quantityJson(price.includedMicro),
    model: price.model,
    ...rulesOf(price.model).answer(price),
  };
}
