/** A tenant's move to another ledger that is killed at every step, while the tenant records. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { Client, crash, expectRecovery } from "./client.ts";
import { type Served, serve, temporaryDir } from "./command.ts";
import { brokenPromises, queryLedger } from "./estate.ts";

/** Before a step is noted, what comes before it is done; after it, nothing of it. */
const PLACES = [
  "before_copy",
  "after_copy",
  "before_fence",
  "after_fence",
  "before_finish",
  "after_finish",
  "before_verify",
  "before_switch",
  "after_switch",
  "before_moved",
  "after_moved",
];

const ledgerOfDemo = (stateDir: string) =>
  queryLedger<{ ledger: number }>(stateDir, "SELECT ledger FROM tenants WHERE id = 'ten_demo'");

/** `npm run ledger -- move ten_demo`, as an operator types it. */
async function move({ url, operatorKey }: Served, to: number): Promise<string> {
  const args = [resolve("scripts/ledger.ts"), "move", "ten_demo", "--to", `${to}`, "--url", url];
  const env = { ...process.env, BOXCOSTPRO_KEY: operatorKey };
  const ran = await promisify(execFile)(resolve("node_modules/.bin/node"), args, { env });
  return ran.stdout;
}

it("loses nothing, and goes on where it was", async () => {
  const [stateDir, client] = [temporaryDir(), new Client()];
  for (const place of PLACES) {
    const server = await serve(stateDir, `move:${place}`);
    const load = client.sendUntilGone(apiAt(server.url, server.demoKey));
    const moving = move(server, 0).catch(() => "");
    await server.command.waitFor(/^FAULT move$/m);
    await crash(server);
    await Promise.all([load, moving]);
    const switched = place === "after_moved" ? 0 : 1;
    expect([place, ledgerOfDemo(stateDir)]).toEqual([place, [{ ledger: switched }]]);
  }
  const server = await serve(stateDir, "none");
  expect(await move(server, 0)).toContain("ten_demo is in ledger 0");
  await crash(server);
  await expectRecovery(stateDir, client);
  expect(client.acknowledged.size).toBe(client.sent.size);
  expect(brokenPromises(stateDir)).toEqual({});
}, 400_000);
