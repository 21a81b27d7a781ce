/**
 * The server as a child process for tests and benches: prints one line of JSON when it is ready,
 * and ends with SIGTERM, Ctrl-C, or its parent, whose end closes standard input.
 */
import { fstatSync } from "node:fs";
import { exitOnSignals, portFromEnv, runCommand, stateDirFromEnv } from "./lib/process.ts";
import { seedServer } from "./lib/seed.ts";
import { startServer } from "./lib/server.ts";

await runCommand(async () => {
  exitOnSignals();
  const input = fstatSync(0);
  if (input.isFIFO() || input.isSocket()) {
    process.stdin.resume().once("close", () => process.exit(0));
  }
  const faults = process.env.FAULTS;
  const stateDir = stateDirFromEnv();
  const server = await startServer({
    port: portFromEnv(0),
    stateDir,
    bindings: faults ? { FAULTS: faults } : {},
  });
  const keys = await seedServer(server, stateDir);
  const { url, runtimePid } = server;
  const ready = { url, pid: process.pid, runtimePid, operatorKey: keys.operator };
  process.stdout.write(`${JSON.stringify({ ...ready, demoKey: keys.demo })}\n`);
});
