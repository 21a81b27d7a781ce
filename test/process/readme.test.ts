/**
 * The code of README and of every guide, run as it is written against one server: in the Node that
 * runs this, or in that of CALLER_NODE (`npm run test:nodes` takes each that is promised). The
 * client is the one that README has people pack and install.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { globSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { type ApiDocument, clientTypes } from "../../scripts/lib/client-types.ts";
import { type Served, serve, temporaryDir } from "./command.ts";
import { blocksOf, type Place, runPage } from "./guide/blocks.ts";
import { expectReceivers } from "./guide/receivers.ts";

const NODE = process.env.CALLER_NODE || process.execPath;
/** What the examples install beside the client. */
const PACKAGES = ["cloudevents", "express", "standardwebhooks", "ws"];
/** Pages whose code other tests run: with another product's client, or with an account. */
const ELSEWHERE = /docs\/(?:from-\w+|going-live)\.md/;
/** What nobody runs: other programs' configuration, and what stands for an answer. */
const SHOWN = ["ini", "json", "md", "text", "toml", "yaml"];
const GUIDES = ["client/README.md", ...globSync("docs/*.md").sort()].filter(
  (path) => !ELSEWHERE.test(path),
);

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

it("every block of code is one that runs, or shows what another program reads", () => {
  for (const path of ["README.md", ...GUIDES]) {
    for (const { language, file, code } of blocksOf(path)) {
      const isRun = language === "sh" || (language === "js" && file !== null);
      expect([path, code, isRun || SHOWN.includes(language)]).toEqual([path, code, true]);
    }
  }
});

const LONG = { timeout: 300_000 };

it.skipIf(!hasCurl)("README and the guides work as written, with packed client", LONG, async () => {
  const dir = temporaryDir();
  const app = temporaryDir();
  const server = await serve(dir);
  const place: Place = {
    cwd: ".",
    app,
    env: {
      PORT: new URL(server.url).port,
      STATE_DIR: dir,
      APP: app,
      PATH: [dirname(NODE), process.env.PATH].join(delimiter),
      npm_config_audit: "false",
      npm_config_fund: "false",
      npm_config_offline: "true",
      npm_config_update_notifier: "false",
    },
  };
  await runPage("README.md", "", place);
  expect(readdirSync(join(app, "node_modules/@boxcostpro/client")).sort()).toEqual(
    ["LICENSE", "README.md", "dist", "package.json"].sort(),
  );
  for (const name of PACKAGES) {
    symlinkSync(resolve("node_modules", name), join(app, "node_modules", name));
  }
  await runGuides(place);
  expect(readFileSync(join(app, "invoice.pdf"), "latin1")).toMatch(/^%PDF-/);
  await expectReceivers(server, app, NODE);
  await expectLeftOver(server, app);
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as ApiDocument;
  const types = readFileSync("client/src/api.ts", "utf8");
  expect(types === clientTypes(document), "run: npm run client:types").toBe(true);
});

/** Two at once: each guide makes tenants of its own. */
async function runGuides(place: Place): Promise<void> {
  const [shell] = blocksOf("docs/who-is-who.md").filter(({ language }) => language === "sh");
  const rest = GUIDES.values();
  const work = async () => {
    for (const path of rest) {
      const inPlace = blocksOf(path).some(({ code }) => code.includes("npm run"));
      const cwd = inPlace ? "." : place.app;
      await runPage(path, shell?.code ?? "", { ...place, cwd });
    }
  };
  await Promise.all([work(), work()]);
}

const PROGRAM = `
import { Client } from "@boxcostpro/client";
const client = new Client({ url: process.env.URL, key: process.env.KEY });
const recorder = client.recorder({ waitMs: 3_600_000 });
for (let i = 0; i < 3; i++) await recorder.record({ metric_name: "left_over", quantity: 5 });
`;

type Summary = { metrics: { total_quantity: number; event_count: number }[] };

/** A process that ends without a word sends what its recorder has left. */
async function expectLeftOver(server: Served, app: string): Promise<void> {
  writeFileSync(join(app, "program.mjs"), PROGRAM);
  const env = { ...process.env, URL: server.url, KEY: server.demoKey };
  const child = spawn(NODE, ["program.mjs"], { cwd: app, env, stdio: "inherit" });
  expect(await once(child, "close")).toEqual([0, null]);
  const path = "/api/usage/summary?metric_name=left_over";
  const { metrics } = await apiAt(server.url, server.demoKey).call<Summary>("GET", path);
  expect(metrics).toMatchObject([{ total_quantity: 15, event_count: 3 }]);
}
