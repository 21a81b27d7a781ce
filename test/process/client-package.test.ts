/** The client as it is published: current types, and a process that ends without a word. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { type ApiDocument, clientTypes } from "../../scripts/lib/client-types.ts";
import { serve, temporaryDir } from "./command.ts";

const PROGRAM = `
import { Client } from "./package/dist/index.js";
const client = new Client({ url: process.env.URL, key: process.env.KEY });
const recorder = client.recorder({ waitMs: 3_600_000 });
for (let i = 0; i < 3; i++) await recorder.record({ metric_name: "left_over", quantity: 5 });
`;

type Summary = { metrics: { total_quantity: number; event_count: number }[] };

describe("the client's package", () => {
  it("fits the API's document, and sends what is left when its process ends", async () => {
    const server = await serve(temporaryDir());
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as ApiDocument;
    const types = readFileSync("client/src/api.ts", "utf8");
    expect(types === clientTypes(document), "run: npm run client:types").toBe(true);

    const dir = temporaryDir();
    execFileSync("npm", ["pack", "--silent", "--pack-destination", dir], { cwd: "client" });
    const [tarball = ""] = readdirSync(dir);
    execFileSync("tar", ["xzf", tarball], { cwd: dir });
    expect(readdirSync(join(dir, "package")).sort()).toEqual(
      ["LICENSE", "README.md", "dist", "package.json"].sort(),
    );
    writeFileSync(join(dir, "program.mjs"), PROGRAM);
    const env = { ...process.env, URL: server.url, KEY: server.demoKey };
    const child = spawn(process.execPath, ["program.mjs"], { cwd: dir, env, stdio: "inherit" });
    expect(await once(child, "close")).toEqual([0, null]);
    const api = apiAt(server.url, server.demoKey);
    const path = "/api/usage/summary?metric_name=left_over";
    const { metrics } = await api.call<Summary>("GET", path);
    expect(metrics).toMatchObject([{ total_quantity: 15, event_count: 3 }]);
  });
});
