/** What was acknowledged is stored once, whatever ends the server and whenever. */
import { describe, expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { Client, crash, expectRecovery } from "./client.ts";
import { newState, serve } from "./command.ts";

describe("an acknowledged event is stored exactly once", () => {
  it("when the server is killed under load, again and again", async () => {
    const stateDir = await newState();
    const client = new Client();
    for (const loadMs of [400, 900]) {
      const server = await serve(stateDir);
      const load = client.sendUntilGone(apiAt(server.url, server.demoKey));
      await new Promise((resolve) => setTimeout(resolve, loadMs));
      await crash(server);
      await load;
    }
    await expectRecovery(stateDir, client);
  });

  it("when it is killed after the ledger has a drain that the journal still holds", async () => {
    const stateDir = await newState();
    const client = new Client();
    const server = await serve(stateDir, "after_ledger");
    const load = client.sendUntilGone(apiAt(server.url, server.demoKey));
    await server.command.waitFor(/^FAULT after_ledger$/m);
    await crash(server);
    await load;
    await expectRecovery(stateDir, client);
  });

  it("when transactions fail after all their work", async () => {
    const stateDir = await newState();
    const client = new Client();
    const server = await serve(stateDir, "rollback");
    const api = apiAt(server.url, server.demoKey);
    for (let i = 0; i < 60; i++) await client.sendOne(api);
    expect(client.refused).toBeGreaterThan(0);
    expect(client.acknowledged.size).toBeGreaterThan(0);
    await crash(server);
    await expectRecovery(stateDir, client);
  });
});
