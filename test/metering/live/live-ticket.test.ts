import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { makeTicket, openTicket } from "../../../src/metering/live/live-ticket.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";

const worker = env as unknown as Env;

it("a ticket is good for a minute", async () => {
  const { ticket } = await makeTicket(worker, "ten_a", 1_000);
  expect(await openTicket(worker, ticket, 60_999)).toBe("ten_a");
  await expect(openTicket(worker, ticket, 61_000)).rejects.toMatchObject({ code: "auth.invalid" });
});
