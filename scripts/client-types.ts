/**
 * `npm run client:types`: what is made of the API's document. The client's types, the contract that
 * is kept of the newest version, and the changelog of the versions.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VERSION_NAMES } from "../src/core/api-version.ts";
import { ROOT } from "./lib/build.ts";
import { clientTypes, type ApiDocument as Described } from "./lib/client-types.ts";
import { readOptions } from "./lib/options.ts";
import { exitOnSignals, runCommand } from "./lib/process.ts";
import { type ApiDocument, type Contract, contractOf } from "./lib/versions/contract.ts";
import { brokenPromises, keepContracts } from "./lib/versions/kept.ts";

const USAGE = {
  command: "npm run client:types",
  about:
    "Writes anew what is made of the API that this checkout has: client/src/api.ts with its " +
    "types, the contract that is kept of its newest version, and docs/api-changelog.md. Ends " +
    "with 1, and keeps nothing, where a version takes or answers what breaks its callers.",
  options: {
    anew: {
      type: "boolean",
      about: "keeps all versions as they are now, also what breaks; for what nobody uses yet",
    },
  },
  examples: ["npm run client:types", "npm run client:types -- --anew"],
} as const;

await runCommand(async () => {
  const { values } = readOptions(USAGE);
  const { startServer } = await import("./lib/server.ts");
  exitOnSignals();
  const stateDir = mkdtempSync(join(tmpdir(), "boxcostpro-types-"));
  process.once("exit", () => rmSync(stateDir, { recursive: true, force: true }));
  const server = await startServer({ port: 0, stateDir });
  const read = async (query: string) => (await fetch(`${server.url}/openapi.json${query}`)).json();
  const document = (await read("")) as Described;
  const contracts = new Map<string, Contract>();
  for (const version of VERSION_NAMES) {
    contracts.set(version, contractOf((await read(`?version=${version}`)) as ApiDocument));
  }
  await server.close();
  const broken = values.anew ? [] : brokenPromises(ROOT, contracts);
  writeFileSync(join(ROOT, "client/src/api.ts"), clientTypes(document));
  if (broken.length === 0) keepContracts(ROOT, contracts, { anew: values.anew ?? false });
  for (const { version, at, what } of broken) console.error(`${version}: ${at} ${what}`);
  if (broken.length > 0) {
    console.error("This breaks callers: give it a version in src/versions/, or take it back.");
  }
  process.exit(broken.length > 0 ? 1 : 0);
});
