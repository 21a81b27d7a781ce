/** What several events in another product's format are answered. */
import { z } from "@hono/zod-openapi";
import { problemSchema } from "../../platform/schema/openapi.ts";
import { tenantAlertSchema, warningSchema } from "../record/record-schema.ts";

const counts = {
  accepted: z.number().int(),
  duplicates: z.number().int(),
  refused: z.number().int(),
  alerts: z.array(tenantAlertSchema),
  warnings: z.array(warningSchema).optional(),
};

export const countsSchema = z.object(counts).openapi("IntakeResult");

/** A problem, which says of `usage.items_refused` what became of the others. */
export const refusedSchema = problemSchema
  .extend(z.object(counts).partial().shape)
  .openapi("IntakeProblem");
