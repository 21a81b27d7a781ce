/** `npm start`: everything embedded, from nothing to a running product. */
import { exitOnSignals, portFromEnv, runCommand, stateDirFromEnv } from "./lib/process.ts";
import { seedSample } from "./lib/sample.ts";
import { demoKeyIn, type Keys, seedServer } from "./lib/seed.ts";
import { startServer } from "./lib/server.ts";

const DEFAULT_PORT = 8787;

await runCommand(async () => {
  exitOnSignals();
  const startedMs = performance.now();
  const onProgress = (step: string) => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(5);
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

The README's quickstart goes on from there; npm run demo plays months in seconds. Ctrl-C ends it.
`;
}
