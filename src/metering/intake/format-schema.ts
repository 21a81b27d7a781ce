/** What several events in another product's format are answered. */
import { z } from "@hono/zod-openapi";
import { alertSchema } from "../counter/alert-schema.ts";

export const countsSchema = z
  .object({
    accepted: z.number().int(),
    duplicates: z.number().int(),
    refused: z.number().int(),
    alerts: z.array(alertSchema),
  })
  .openapi("IntakeResult");
