/** The search dropped and made anew by the command, around a server's life. */
import { expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { newState, runScript, type Served, serve, untilEnded } from "./command.ts";

type Found = { customers: { name: string }[] };

async function stop(server: Served): Promise<void> {
  server.command.child.kill("SIGTERM");
  await server.command.ended;
  await untilEnded([server.runtimePid]);
}

it("can be dropped while others write, and finds every row once it is rebuilt", async () => {
  const stateDir = await newState();
  const command = async (verb: string) => {
    const { ended } = runScript("search.ts", [verb], { STATE_DIR: stateDir });
    expect((await ended).code).toBe(0);
  };
  const first = await serve(stateDir);
  const add = (server: Served, name: string) =>
    apiAt(server.url, server.demoKey).call("POST", "/api/customers", { name });
  const find = (server: Served) =>
    apiAt(server.url, server.demoKey).call<Found>(
      "GET",
      `/api/search?q=${encodeURIComponent("harbour キマイ lodz")}`,
    );
  await add(first, "Harbour before 株式会社キマイ Łódź");
  await stop(first);
  await command("drop");
  const without = await serve(stateDir);
  await add(without, "Harbour meanwhile 株式会社キマイ Łódź");
  await expect(find(without)).rejects.toThrow("503");
  await stop(without);
  await command("rebuild");
  const again = await serve(stateDir);
  const { customers } = await find(again);
  expect(customers.map(({ name }) => name)).toEqual([
    "Harbour meanwhile 株式会社キマイ Łódź",
    "Harbour before 株式会社キマイ Łódź",
  ]);
});
