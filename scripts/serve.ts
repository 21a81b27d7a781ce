/**
 * `node scripts/serve.ts [ENTRY]`: the server as a child process for tests. Prints one line of JSON
 * when it is ready; ends with SIGTERM, Ctrl-C, or its parent, whose end closes standard input.
 * ENTRY takes the place of the Worker's own entry, with the value of FAULT in its environment.
 */
import { fstatSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { exitOnSignals, portFromEnv, runCommand, stateDirFromEnv } from "./lib/process.ts";
import { demoKeyIn, seedServer } from "./lib/seed.ts";
import { startServer } from "./lib/server.ts";

await runCommand(async () => {
  exitOnSignals();
  const input = fstatSync(0);
  if (input.isFIFO() || input.isSocket()) {
    process.stdin.resume().once("close", () => process.exit(0));
  }
  const stateDir = stateDirFromEnv();
  const server = await startServer({
    port: portFromEnv(0),
    stateDir,
    entry: process.argv[2],
    bindings: { FAULT: process.env.FAULT ?? "", DEMO_KEY: demoKeyIn(stateDir) },
  });
  const keys = await seedServer(server, stateDir);
  const { url, runtimePid } = server;
  const ready = { url, pid: process.pid, runtimePid, operatorKey: keys.operator };
  process.stdout.write(`${JSON.stringify({ ...ready, demoKey: keys.demo })}\n`);
  flushCompileCache(); // most tests kill it, and the next server compiles as much
});
