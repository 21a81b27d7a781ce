/** /api/test-clock. What runs on the way is handed in, since it spans every feature. */
import { createRoute, z } from "@hono/zod-openapi";
import { parseTime, timeText } from "../../core/time.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  problems,
  security,
  timeInput,
} from "../../platform/schema/openapi.ts";
import type { AppEnv } from "../actor/actor.ts";
import { allow } from "../guard/guard.ts";
import { type Advance, type Advanced, insistTest, moveClock } from "./test-clock.ts";

const ranSchema = z.object({ kind: z.string(), ref: z.string(), at: z.string() });

function shown({ kind, ref, at }: Advanced["ran"][number]): z.infer<typeof ranSchema> {
  return { kind, ref, at: timeText(at) };
}

/** The routes of the test clock; `advance` runs what becomes due on the way. */
export function testClockRoutes(advance: Advance) {
  const routes = createApi<AppEnv>();

  routes.openapi(
    createRoute({
      method: "get",
      path: "/api/test-clock",
      operationId: "getTestClock",
      summary: "Where the test tenant's clock stands",
      tags: ["Test clock"],
      security,
      responses: { 200: jsonReply(z.object({ now: z.string() }), "Its time"), ...problems(409) },
    }),
    (c) => {
      const actor = c.get("actor");
      insistTest(actor);
      return c.json({ now: timeText(actor.nowMs) }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: "post",
      path: "/api/test-clock",
      operationId: "moveTestClock",
      summary: "Move the test tenant's clock forward; repeat until `done`",
      tags: ["Test clock"],
      security,
      request: { body: jsonBody(z.strictObject({ now: timeInput })) },
      responses: {
        200: jsonReply(
          z.object({
            now: z.string(),
            target: z.string(),
            done: z.boolean(),
            ran: z.array(ranSchema),
            failed: z.array(ranSchema).openapi({
              description: "What failed on the way, and is tried again later on this clock",
            }),
          }),
          "How far it came, and what ran on the way",
        ),
        ...problems(409),
      },
    }),
    async (c) => {
      const actor = allow(c, "clock.move");
      const toMs = parseTime(c.req.valid("json").now) ?? Number.NaN;
      const { now, done, ran, failed } = await moveClock(c.env, actor, toMs, advance);
      return c.json(
        {
          now: timeText(now),
          target: timeText(toMs),
          done,
          ran: ran.map(shown),
          failed: failed.map(shown),
        },
        200,
      );
    },
  );
  return routes;
}
