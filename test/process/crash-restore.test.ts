/** A database or an object that is set back to an earlier state, and a database that is away. */
import { describe, expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { Client, crash, expectRecovery, expectStoredOnce } from "./client.ts";
import { newState, type Served, serve } from "./command.ts";
import { brokenPromises, keepPart, queryLedger } from "./estate.ts";

/** Two minutes in the long form. */
const DOWN_MS = process.env.CRASH_ROUNDS === undefined ? 3_000 : 120_000;
const DEADLINE_MS = 180_000;

async function sendSome(client: Client, { url, demoKey }: Served, batches: number): Promise<void> {
  for (let i = 0; i < batches; i++) await client.sendOne(apiAt(url, demoKey));
}

/** Sends some, and has the ledger take all of it. */
async function sendAndDrain(client: Client, server: Served, batches: number): Promise<void> {
  await sendSome(client, server, batches);
  await apiAt(server.url, server.demoKey).call("GET", "/api/usage/summary");
}

/** Events in the ledger, as seen from beside the server. */
function storedEvents(stateDir: string): number {
  const sql = "SELECT coalesce(sum(n), 0) AS n FROM usage_segments";
  return queryLedger<{ n: number }>(stateDir, sql)[0]?.n ?? 0;
}

async function untilStored(stateDir: string, events: number, timeoutMs: number): Promise<void> {
  const giveUpMs = Date.now() + timeoutMs;
  while (storedEvents(stateDir) !== events) {
    if (Date.now() > giveUpMs) expect(storedEvents(stateDir)).toBe(events);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe("a database that is set back to an earlier state", () => {
  it("is refilled when it happens under load", async () => {
    const [stateDir, client] = [await newState(), new Client()];
    const first = await serve(stateDir, "none");
    await sendAndDrain(client, first, 40);
    await crash(first);
    const setBack = keepPart(stateDir, "d1");
    const second = await serve(stateDir, "none");
    await sendAndDrain(client, second, 40);
    const load = client.sendUntilGone(apiAt(second.url, second.demoKey));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await crash(second);
    await load;
    setBack();
    expect(storedEvents(stateDir)).toBeLessThan(client.acknowledged.size);
    await expectRecovery(stateDir, client);
    expect(brokenPromises(stateDir)).toEqual({});
  });

  it("is refilled at the next call where nothing more is sent", async () => {
    const [stateDir, client] = [await newState(), new Client()];
    const first = await serve(stateDir, "none");
    await sendAndDrain(client, first, 20);
    await crash(first);
    const setBack = keepPart(stateDir, "d1");
    const second = await serve(stateDir, "none");
    await sendAndDrain(client, second, 30);
    await crash(second);
    setBack();
    expect(storedEvents(stateDir)).toBeLessThan(client.sent.size);
    const { url, demoKey } = await serve(stateDir, "none");
    await expectStoredOnce(apiAt(url, demoKey), client);
  });
});

describe("an object that is set back behind the database", () => {
  it("takes over what it forgot before it records anything", async () => {
    const [stateDir, client] = [await newState(), new Client()];
    const first = await serve(stateDir, "none");
    await sendAndDrain(client, first, 30);
    await crash(first);
    const setBack = keepPart(stateDir, "do");
    const second = await serve(stateDir, "none");
    await sendAndDrain(client, second, 40);
    await crash(second);
    setBack();
    await expectRecovery(stateDir, client);
    expect(brokenPromises(stateDir)).toEqual({});
  });
});

describe("a database that answers nothing but errors", () => {
  it(
    "loses nothing, and everything is drained without a further call",
    async () => {
      const [stateDir, client] = [await newState(), new Client()];
      const server = await serve(stateDir, "ledger_down");
      const over = new Promise((resolve) => setTimeout(resolve, DOWN_MS));
      await sendSome(client, server, 120);
      expect(client.refused).toBe(0);
      expect(client.acknowledged.size).toBe(client.sent.size);
      await over;
      expect(storedEvents(stateDir)).toBe(0);
      await fetch(`${server.url}/fault/ledger-up`);
      await untilStored(stateDir, client.sent.size, DEADLINE_MS + DOWN_MS);
      await expectStoredOnce(apiAt(server.url, server.demoKey), client);
    },
    2 * DEADLINE_MS + 2 * DOWN_MS,
  );
});
