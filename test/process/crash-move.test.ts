/** A tenant's move to another ledger that dies at every step and inside of them, under load. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { Client, crash, expectRecovery } from "./client.ts";
import { newState, type Served, serve } from "./command.ts";
import { brokenPromises, queryLedger } from "./estate.ts";

/**
 * Where the moving dies, and with the last place of each server all of it. Before a step is noted,
 * what comes before it is done; after it, nothing of it; a page is written, and not noted. First
 * the ledger gets batches of so many events: a pass has pages then, and of 5,000 it catches up.
 */
const SERVERS: readonly { batches: number[]; places: string[] }[] = [
  { batches: [500], places: ["before_copy", "after_copy", "page_copy"] },
  { batches: [5_000, 500], places: ["before_catch_up", "after_catch_up", "page_catch_up"] },
  { batches: [500], places: ["before_fence", "after_fence"] },
  { batches: [], places: ["before_finish"] },
  { batches: [], places: ["after_finish", "page_finish"] },
  { batches: [], places: ["before_verify", "after_verify", "before_switch"] },
  { batches: [], places: ["after_switch", "before_moved"] },
  { batches: [], places: ["after_moved"] },
];

const ledgerOfDemo = (stateDir: string) =>
  queryLedger<{ ledger: number }>(stateDir, "SELECT ledger FROM tenants WHERE id = 'ten_demo'");

/** Moves the tenant on until whoever does it is at a place, and dies there. */
async function moveUntil({ url, operatorKey, command }: Served, place: string): Promise<void> {
  const operator = apiAt(url, operatorKey);
  const reached = command.waitFor(new RegExp(`^FAULT move:${place}$`, "m"));
  const asked = { tenant_id: "ten_demo", ledger: 0 };
  const moving = async () => {
    for (let step = ""; step !== "moved"; ) {
      ({ step } = await operator.call<{ step: string }>("POST", "/api/ledgers/moves", asked));
    }
  };
  moving().catch(() => {}); // its server dies, or the schedule goes on with the move
  await reached;
}

/** `npm run ledger -- move ten_demo --to 0`, as an operator types it. */
async function move({ url, operatorKey }: Served): Promise<void> {
  const args = [resolve("scripts/ledger.ts"), "move", "ten_demo", "--to", "0", "--url", url];
  const env = { ...process.env, BOXCOSTPRO_KEY: operatorKey };
  const ran = await promisify(execFile)(resolve("node_modules/.bin/node"), args, { env });
  expect(ran.stdout).toContain("ten_demo is in ledger 0");
}

it("loses nothing, and goes on where it was", async () => {
  const [stateDir, client] = [await newState(), new Client()];
  for (const { batches, places } of SERVERS) {
    const server = await serve(stateDir, `move:${places}`);
    const api = apiAt(server.url, server.demoKey);
    for (const length of batches) await client.sendOne(api, length);
    if (batches.length > 0) await api.call("GET", "/api/usage/summary");
    const load = client.sendUntilGone(api);
    for (const place of places) await moveUntil(server, place);
    await crash(server);
    await load;
    const switched = places.includes("after_moved") ? 0 : 1;
    expect([places, ledgerOfDemo(stateDir)]).toEqual([places, [{ ledger: switched }]]);
  }
  await expectRecovery(stateDir, client, move);
  expect(client.acknowledged.size).toBe(client.sent.size);
  expect(brokenPromises(stateDir)).toEqual({});
}, 400_000);
