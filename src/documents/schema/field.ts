/** The schemas that fields of several objects are made of. */
import { z } from "@hono/zod-openapi";
import { startOfDay } from "../../core/period.ts";

/** A field that may be left out, or cleared by null. */
export const nullable = <T extends z.ZodType>(schema: T) => schema.nullable().optional();

const FORBIDDEN = /(?![\n\t])[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
const NOTHING_TO_SEE = /^[\s\p{Cf}\p{Default_Ignorable_Code_Point}]+$/u;

/** Text of at most `max` characters, which may have several lines. */
export function textInput(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !FORBIDDEN.test(text), "has no control characters but line ends and tabs")
    .refine((text) => !NOTHING_TO_SEE.test(text), "is more than spaces");
}

export const dayInput = z
  .string()
  .refine((text) => startOfDay(text, "UTC") !== null, "is a calendar day, such as 2026-01-31")
  .openapi({ format: "date", example: "2026-01-31" });
