/** Addresses that messages may go to. */
import { z } from "@hono/zod-openapi";

/** Addresses that one message, or one route of alerts, may name. */
export const MAX_RECIPIENTS = 10;

export const addressInput = z.email("is an e-mail address").max(254);
