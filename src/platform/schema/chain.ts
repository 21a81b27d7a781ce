/** How places in a hash chain, and what breaks one, are answered. */
import { z } from "@hono/zod-openapi";

const EXAMPLE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/** The number and hash of a link. */
export const chainPlaceSchema = z
  .object({
    seq: z.number().int().openapi({ example: 42 }),
    hash: z.string().openapi({ example: EXAMPLE, description: "empty where there is none yet" }),
  })
  .openapi("ChainPlace");

/** How far a chain is sealed. */
export const chainHeadSchema = chainPlaceSchema.extend({
  sealed_at: z.string().nullable().openapi({ description: "null where nothing is sealed yet" }),
});

/** What is wrong with a chain, and where. */
export const chainFaultSchema = z
  .object({
    kind: z.enum(["changed", "missing", "inserted", "order"]),
    seq: z.number().int(),
    id: z.string().nullable(),
    detail: z.string().openapi({ example: "it is not what its hash was made of" }),
  })
  .openapi("ChainFault");
