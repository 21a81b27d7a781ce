/** What the OpenAPI document says of the two recording routes. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { batchItemSchema, itemSchema } from "../event/item-schema.ts";
import { batchBody, batchSchema, laterSchema, recordedSchema } from "./record-schema.ts";
import { MAX_BATCH_TENANTS } from "./tenants.ts";
import { LATER_WARNINGS, WARNINGS } from "./warning.ts";

/** Describes them, and answers nothing. */
export const recordOperations = createApi<AppEnv>();

const prefer =
  "Send `Prefer: respond-async` for a 202 as soon as id and time are fixed and kept; what cannot " +
  `be counted afterwards is listed at \`/api/usage/refused\`. ${LATER_WARNINGS}`;

recordOperations.openAPIRegistry.registerPath(
  createRoute({
    method: "post",
    path: "/api/usage/record",
    operationId: "recordUsage",
    summary: "Record one usage event",
    description: `Durable, deduplicated by (source, id) and counted when it answers. ${prefer}`,
    tags: ["Usage"],
    security,
    request: { body: jsonBody(itemSchema) },
    responses: {
      201: jsonReply(recordedSchema, "Recorded"),
      200: jsonReply(recordedSchema, "Recorded before, with the same payload"),
      202: jsonReply(laterSchema, "Queued"),
      ...problems(400, 409, 413, 415),
    },
  }),
);

const MINIMAL =
  "With `Prefer: respond-async, return=minimal` the body is kept as it was sent, compressed or " +
  "not, and read later: the answer is its `id` alone, ids that items lack are made of that or " +
  "the `Idempotency-Key`, and whatever is wrong with the body or an item is listed there. A key " +
  "of the operator has it so with `BoxCost-Tenant` alone.";

const MISSING_IDS =
  "An item without an id has one of the request's name and its position, `name:0`, `name:1` and " +
  "so on. The name is the `Idempotency-Key`: with one, a request whose items have no ids is safe " +
  "to send again too. Without one each request has a name of its own, since two that are equal " +
  "may both have happened; the answer names the ids, of refused items as well.";

recordOperations.openAPIRegistry.registerPath(
  createRoute({
    method: "post",
    path: "/api/usage/events",
    operationId: "recordUsageBatch",
    summary: "Record up to 5,000 usage events",
    description:
      "A JSON array, or one JSON object a line (application/x-ndjson), at most 2 MB. One result " +
      "for each item, in order; with ids it is safe to send again whole. With a key of the " +
      `operator items may name a \`tenant\` each, of ${MAX_BATCH_TENANTS} at most: what one is ` +
      `refused is the answer to its items alone. ${WARNINGS} ${MISSING_IDS} ${prefer} ${MINIMAL}`,
    tags: ["Usage"],
    security,
    request: {
      body: {
        required: true,
        content: {
          "application/json": { schema: batchBody },
          "application/x-ndjson": { schema: batchItemSchema },
        },
      },
    },
    responses: {
      200: jsonReply(batchSchema, "What became of each item"),
      202: jsonReply(z.union([batchSchema, laterSchema]), "Queued, or kept as it was sent"),
      ...problems(400, 413, 415),
    },
  }),
);
