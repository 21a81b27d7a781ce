/** An alert as the API shows it: what `alertBody` answers. */
import { z } from "@hono/zod-openapi";

export const alertSchema = z
  .object({
    subscription_id: z.string().nullable(),
    user_id: z.string().nullable(),
    metric_name: z.string(),
    threshold_percent: z.number(),
    usage_percent: z.number().nullable().openapi({ description: "Null where none is included" }),
    used_quantity: z.number(),
    included_quantity: z.number(),
    alert_level: z.enum(["warning", "critical"]),
    message: z.string().openapi({ example: "quotes_generated usage at 92% of limit" }),
    cause: z.enum(["usage", "limit_changed"]),
    event_id: z.string().nullable(),
  })
  .openapi("UsageAlert");
