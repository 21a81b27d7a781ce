/** `npm start`: everything embedded, from nothing to a running product. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { readOptions } from "./lib/options.ts";
import { exitOnSignals, portFromEnv, runCommand, stateDirFromEnv } from "./lib/process.ts";
import { seedSample } from "./lib/sample.ts";
import { demoKeyIn, type Keys, seedServer } from "./lib/seed.ts";

const DEFAULT_PORT = 8787;

const USAGE = {
  command: "npm start",
  about:
    "Builds the Worker, migrates its database, makes a demo tenant, and serves all of it on this " +
    "machine. A second start changes nothing; Ctrl-C ends it.",
  environment: {
    PORT: `where it serves, on 127.0.0.1 (default: ${DEFAULT_PORT})`,
    STATE_DIR: "database, files and the first keys (default: .state)",
    PUBLIC_URL: "a further address at which it answers, and where links point",
  },
  examples: ["npm start", "PORT=9000 STATE_DIR=/tmp/try npm start"],
} as const;

await runCommand(async () => {
  readOptions(USAGE);
  // Miniflare is most of what this compiles; the next start reads it.
  enableCompileCache(join(import.meta.dirname, "../.build/compiled"));
  const { startServer } = await import("./lib/server.ts");
  exitOnSignals();
  const onProgress = (step: string) => {
    const seconds = (performance.now() / 1000).toFixed(1).padStart(5);
    console.log(`${seconds} s  ${step}`);
  };
  const stateDir = stateDirFromEnv();
  const port = portFromEnv(DEFAULT_PORT);
  const bindings = { DEMO_KEY: demoKeyIn(stateDir) };
  const server = await startServer({ port, stateDir, bindings, onProgress });
  onProgress("seeding");
  const keys = await seedServer(server, stateDir);
  const sample = await seedSample(server, stateDir, keys.operator);
  onProgress("ready");
  console.log(welcome(server.url, { ...keys, sample }, stateDir));
});

function welcome(url: string, keys: Keys & { sample: string }, stateDir: string): string {
  return `
BoxCostPro Edge runs at  ${url}
  dashboard              ${url}/dashboard   sign in with any of the keys
  guides                 ${url}/docs/guides
  API reference          ${url}/docs
  OpenAPI 3.1            ${url}/openapi.json
  demo tenant's API key  ${keys.demo}
  operator's API key     ${keys.operator}
  a tenant to look at    ${keys.sample}
  state and keys         ${stateDir}

Try next, in another terminal:

  curl -s ${url}/api/usage/record \\
    -H 'Authorization: Bearer ${keys.demo}' \\
    -H 'Content-Type: application/json' \\
    -d '{"metric_name": "api_calls", "quantity": 950}'

README and the guides go on from there; npm run demo plays months in seconds. Ctrl-C ends it.
`;
}
