/** The README's examples, run exactly as they are written. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { type Served, serve, temporaryDir } from "./command.ts";

/** The blocks of a section in one language, in order, as one text. */
function codeOf(heading: string, language: "sh" | "ts"): string {
  const section = readFileSync("README.md", "utf8")
    .split(/^## /m)
    .find((part) => part.startsWith(heading));
  const blocks = (section ?? "").matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, "gm"));
  return [...blocks].map(([, code = ""]) => code).join("\n");
}

/** What shell commands print, each answer parsed. */
function answersTo(script: string, dir: string, server: Served): Record<string, unknown>[] {
  const calls = /^(?=(?:curl|post|put) )(?!.* -o )/gm;
  // Between answers a line: curl ends none.
  const printed = execFileSync(
    "bash",
    ["-euo", "pipefail", "-c", script.replace(calls, "echo; ")],
    {
      cwd: dir,
      env: { ...process.env, PORT: new URL(server.url).port, STATE_DIR: dir },
      encoding: "utf8",
    },
  );
  const answers = printed.split("\n").filter((line) => line !== "");
  // One command asks for each of the names in braces.
  const more = script.match(/\{\w+,\w+\}/g)?.length ?? 0;
  expect(answers.length).toBe((script.match(calls)?.length ?? 0) + more);
  return answers.map((answer) => JSON.parse(answer));
}

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

it.skipIf(!hasCurl)("shell commands work as written", async () => {
  const dir = temporaryDir();
  const script = [codeOf("Quickstart", "sh"), codeOf("Recipes", "sh")].join("\n");
  const answers = answersTo(script, dir, await serve(dir));
  for (const answer of answers) expect(answer).not.toHaveProperty("request_id"); // a problem
  const [recorded, batch, , alerts, overage] = answers;
  const percents = (of: unknown) =>
    (of as { alerts: { threshold_percent: number }[] }).alerts.map((a) => a.threshold_percent);
  expect(percents(recorded)).toEqual([80, 90]);
  expect(percents(batch)).toEqual([100]);
  expect(alerts?.alerts).toMatchObject([{ metric_name: "api_calls", threshold_percent: 100 }]);
  expect(overage?.total_overage).toBe(0.05);
  expect(readFileSync(join(dir, "invoice.pdf"), "latin1")).toMatch(/^%PDF-/);
  const customers = answers.filter(({ external_id }) => external_id !== undefined);
  expect(customers.map(({ external_id }) => external_id)).toEqual(["acme", "bolt"]);
  expect(answers).toContainEqual(expect.objectContaining({ accepted: 2, refused: 0 }));
  const theirs = { metrics: [expect.objectContaining({ total_quantity: 3, event_count: 1 })] };
  expect(answers).toContainEqual(expect.objectContaining(theirs));
  expect(answers).toContainEqual(expect.objectContaining({ allowed: true }));
  const simulated = answers.findLast((of) => "total" in of && "lines" in of && "period" in of);
  expect(simulated?.total).toBe(22.5);
  const periods = answers.findLast((of) => Array.isArray(of.data) && "next_cursor" in of);
  expect(periods?.data).toMatchObject([{ document_id: expect.stringMatching(/^inv_/) }]);
  expect(JSON.stringify(answers.at(-1))).toContain("Ada Lovelace Ltd");
});

it("TypeScript works as written", async () => {
  const dir = temporaryDir();
  const server = await serve(dir);
  const client = pathToFileURL(resolve("client/src/index.ts")).href;
  const signing = pathToFileURL(resolve("node_modules/standardwebhooks/dist/index.js")).href;
  const code = codeOf("Recipes", "ts").replace("@boxcostpro/client", client);
  const delivery = `
    const { Webhook } = (await import("${signing}")).default;
    const [secret, at] = ["whsec_c2VjcmV0IGZvciB0ZXN0cw==", new Date()];
    const data = { message: "heard" };
    const body = JSON.stringify({ type: "usage.threshold_reached", timestamp: at, data });
    const signature = new Webhook(secret).sign("msg_1", at, body);
    const headers = {
      "webhook-id": "msg_1",
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": signature,
    };
    const request = new Request("http://localhost/", { method: "POST", headers, body });
    console.log((await receive(request, secret)).status);`;
  const file = join(dir, "recipes.mts");
  writeFileSync(file, code + delivery);
  const printed = execFileSync(process.execPath, ["--no-warnings", file], {
    env: { ...process.env, URL: server.url, KEY: server.demoKey },
    encoding: "utf8",
  });
  expect(printed).toMatch(/INV-\d{4}-\d{3} 1900 http\S+\/d\//);
  expect(printed).toMatch(/^snapshot$/m);
  expect(printed).toMatch(/^heard\n204$/m);
});
