/** `npm run client:types`: writes client/src/api.ts from the document of the product as it is. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./lib/build.ts";
import { type ApiDocument, clientTypes } from "./lib/client-types.ts";
import { readOptions } from "./lib/options.ts";
import { exitOnSignals, runCommand } from "./lib/process.ts";

const USAGE = {
  command: "npm run client:types",
  about: "Writes client/src/api.ts anew, the types of the API that this checkout has.",
  examples: ["npm run client:types"],
} as const;

await runCommand(async () => {
  readOptions(USAGE);
  const { startServer } = await import("./lib/server.ts");
  exitOnSignals();
  const stateDir = mkdtempSync(join(tmpdir(), "boxcostpro-types-"));
  process.once("exit", () => rmSync(stateDir, { recursive: true, force: true }));
  const server = await startServer({ port: 0, stateDir });
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as ApiDocument;
  await server.close();
  writeFileSync(join(ROOT, "client/src/api.ts"), clientTypes(document));
  process.exit(0);
});
