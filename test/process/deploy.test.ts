/** The deploy command, with an executable in wrangler's place that remembers what it was asked. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runScript, temporaryDir } from "./command.ts";
import { blocksOf } from "./guide/blocks.ts";

const ADDRESS = "https://boxcostpro-edge.example.workers.dev";
const UUID = "11111111-2222-4333-8444-555555555555";
const LEDGER_UUID = "22222222-2222-4333-8444-555555555555";

/** Answers as wrangler does, for an account that holds what was created before. */
const FAKE = `
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
const dir = process.env.FAKE_DIR;
const at = process.argv.indexOf("--config");
const args = process.argv.slice(2, at);
const secretsAt = args.indexOf("--secrets-file") + 1;
const fileAt = args.indexOf("--file") + 1;
const call = { args, config: readFileSync(process.argv[at + 1], "utf8") };
if (secretsAt) {
  call.secrets = JSON.parse(readFileSync(args[secretsAt], "utf8"));
  call.mode = statSync(args[secretsAt]).mode & 0o777;
}
if (fileAt) call.sql = readFileSync(args[fileAt], "utf8");
appendFileSync(dir + "/calls", JSON.stringify(call) + "\\n");
const has = (name) => existsSync(dir + "/" + name.replaceAll(" ", "_"));
const make = (name, text = "") => writeFileSync(dir + "/" + name.replaceAll(" ", "_"), text);
const fail = (text) => { console.error(text); process.exit(1); };
const [first, second, third] = args;
const uuidOf = (name) => (name === "boxcostpro" ? "${UUID}" : "${LEDGER_UUID}");
if (first === "whoami" && has("stranger")) fail("not authenticated");
if (first === "d1" && second === "list") {
  const made = ["boxcostpro", "boxcostpro-ledger-1"].filter((name) => has("d1-" + name));
  console.log(JSON.stringify(made.map((name) => ({ name, uuid: uuidOf(name) }))));
}
if (first === "d1" && second === "create") make("d1-" + third);
if (first === "d1" && second === "info") {
  const full = third === "boxcostpro" && has("full");
  console.log(JSON.stringify({ database_size: full ? 7.5e9 : 1e6 }));
}
const resource = first === "queues" ? args[2] : first === "r2" ? args[3] : null;
if (args.includes("info") && resource && !has(resource)) fail("no such " + resource);
if (args.includes("create") && resource) make(resource);
if (first === "secret") {
  if (has("unreachable")) fail("A request to the Cloudflare API failed.");
  if (!has("worker")) fail('Worker "boxcostpro-edge" not found.');
  console.log(readFileSync(dir + "/worker", "utf8"));
}
if (first === "deploy" && !args.includes("--dry-run")) {
  const names = Object.keys(call.secrets ?? {});
  if (!has("worker")) make("worker", JSON.stringify(names.map((name) => ({ name }))));
  console.log("Deployed\\n  https://boxcostpro-edge.example.workers.dev");
}
`;

type Call = {
  args: string[];
  config: string;
  secrets?: Record<string, string>;
  mode?: number;
  sql?: string;
};

/** What the first deployment makes, as the account below remembers it. */
function resources(): string[] {
  const config = readFileSync("wrangler.toml", "utf8");
  const named = config.matchAll(/^(?:queue|dead_letter_queue|bucket_name) = "(.*)"/gm);
  const names = [...named].map(([, name = ""]) => name);
  return ["d1-boxcostpro", "d1-boxcostpro-ledger-1", ...names];
}

/**
 * An account on which the command runs; with `made` it has all but the Worker, for tests that look
 * at none of that: each thing that is made is two more processes.
 */
function account({ made: isMade = false } = {}) {
  const dir = temporaryDir();
  if (isMade) for (const name of resources()) writeFileSync(join(dir, name), "");
  const wrangler = join(dir, "wrangler.mjs");
  writeFileSync(wrangler, FAKE);
  const made = join(dir, "wrangler.deploy.toml");
  const env = {
    WRANGLER: wrangler,
    FAKE_DIR: dir,
    DEPLOY_CONFIG: made,
    EMAIL_KEY: "",
    PUBLIC_URL: "",
  };
  const deploy = async (args: string[] = [], more: Record<string, string> = {}) => {
    writeFileSync(join(dir, "calls"), "");
    const command = runScript("deploy.ts", args, { ...env, ...more });
    const { code } = await command.ended;
    const calls = readFileSync(join(dir, "calls"), "utf8").trim().split("\n").filter(Boolean);
    return { code, ...command.output(), calls: calls.map((call) => JSON.parse(call) as Call) };
  };
  const has = (name: string) => writeFileSync(join(dir, name), "");
  return { deploy, has, made, dir, env };
}

const commands = (calls: Call[]) => calls.map(({ args }) => args.slice(0, 4).join(" "));

it("a first deployment makes everything, a second one nothing but the version", async () => {
  const { deploy, made } = account();
  const first = await deploy([], { EMAIL_KEY: "re_123" });
  expect(first.code, first.stderr).toBe(0);
  expect(first.stdout).toContain("https://boxcostpro-edge.example.workers.dev");
  const config = readFileSync("wrangler.toml", "utf8");
  const queues = config.matchAll(/^(?:queue|dead_letter_queue) = "(.*)"/gm);
  for (const name of new Set([...queues].map(([, name]) => name))) {
    expect(commands(first.calls)).toContain(`queues create ${name}`);
  }
  expect(commands(first.calls)).toContain("r2 bucket create boxcostpro-files");
  const migrated = commands(first.calls).filter((call) => call.startsWith("d1 migrations"));
  expect(migrated).toEqual(["d1 migrations apply DB", "d1 migrations apply LEDGER_1"]);
  expect(first.stdout).not.toContain("WARNING");
  const sent = first.calls.at(-1);
  expect(sent?.config).toBe(readFileSync(made, "utf8"));
  expect(sent?.config.split("\n").slice(1).join("\n")).toBe(
    config
      .replace(/^database_id = .*0"$/m, `database_id = "${UUID}"`)
      .replace(/^database_id = .*1"$/m, `database_id = "${LEDGER_UUID}"`)
      .replace('PUBLIC_URL = ""', `PUBLIC_URL = "${ADDRESS}"`),
  );
  const [withSecrets] = first.calls.filter(({ args }) => args[0] === "deploy");
  expect(withSecrets).toMatchObject({ mode: 0o600, secrets: { EMAIL_KEY: "re_123" } });
  expect(withSecrets?.secrets?.DELIVERY_SECRET).toMatch(/^[\w-]{43}$/);
  expect(existsSync(withSecrets?.args.at(-1) ?? "")).toBe(false);

  const second = await deploy();
  expect(second.code, second.stderr).toBe(0);
  expect(commands(second.calls).filter((call) => call.includes("create"))).toEqual([]);
  expect(second.calls.at(-1)?.args).toEqual(["deploy"]);
});

it("says which database is nearly full", async () => {
  const { deploy, has } = account({ made: true });
  has("full");
  const { code, stdout } = await deploy();
  expect(code).toBe(0);
  expect(stdout).toContain("WARNING: boxcostpro has 7.5 of 10 GB; add a ledger and move tenants");
});

it("tells where links point, and that an upgrade had not said so", async () => {
  const { deploy } = account({ made: true });
  const unsaid = await deploy();
  expect(unsaid.stdout).toContain(`PUBLIC_URL was not set: deploying again with ${ADDRESS}`);
  expect(unsaid.stdout).toMatch(new RegExp(`Links point at +${ADDRESS}\n`));
  const PUBLIC_URL = "https://billing.example https://api.example";
  const said = await deploy([], { PUBLIC_URL });
  expect(said.stdout).toMatch(/Links point at +https:..billing.example, and it answers at .*api/);
  const deploys = said.calls.filter(({ args }) => args[0] === "deploy");
  expect(deploys.length).toBe(1);
  expect(deploys[0]?.config).toContain(`PUBLIC_URL = "${PUBLIC_URL}"`);
  const wrong = await deploy([], { PUBLIC_URL: "billing.example" });
  expect([wrong.code, wrong.calls]).toEqual([1, []]);
  expect(wrong.stderr).toContain("PUBLIC_URL lists addresses such as");
});

it("takes a seal that is given, and none that could be guessed", async () => {
  const { deploy } = account({ made: true });
  const short = await deploy([], { DELIVERY_SECRET: "short", EMAIL_CALLBACK_SECRET: "user:pw" });
  expect([short.code, short.calls]).toEqual([1, []]);
  expect(short.stderr).toContain("DELIVERY_SECRET has 5 characters, of which 32 are the least");
  expect(short.stderr).toContain("EMAIL_CALLBACK_SECRET has 7 characters");
  const DELIVERY_SECRET = "one that was kept from an earlier installation";
  const first = await deploy([], { DELIVERY_SECRET });
  const sent = first.calls.find(({ secrets }) => secrets !== undefined);
  expect(sent?.secrets).toEqual({ DELIVERY_SECRET });
  const again = await deploy([], { DELIVERY_SECRET });
  expect(again.stdout).toContain("is there and stays; the one in the environment is not used");
  expect(again.calls.some(({ secrets }) => secrets !== undefined)).toBe(false);
  const changed = { DELIVERY_SECRET: "another one, of forty characters or more" };
  const both = { ...changed, DELIVERY_SECRET_PREVIOUS: DELIVERY_SECRET };
  const third = await deploy([], both);
  expect(third.calls.find(({ secrets }) => secrets !== undefined)?.secrets).toEqual(both);
});

it("does what the guide on going live says, as it is written", async () => {
  const { dir, env } = account();
  const npx = join(dir, "npx");
  writeFileSync(npx, "#!/bin/sh\necho asked: $@\n", { mode: 0o755 });
  const [block] = blocksOf("docs/going-live.md").filter(({ language }) => language === "sh");
  const { code, stdout, stderr } = await new Promise<Record<string, unknown>>((ran) => {
    const all = { ...process.env, ...env, PATH: `${dir}:${process.env.PATH}` };
    execFile("bash", ["-ec", block?.code ?? ""], { env: all }, (error, stdout, stderr) =>
      ran({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
  expect(code, String(stderr)).toBe(0);
  expect(stdout).toMatch(
    /asked: wrangler login[\s\S]+It builds\.[\s\S]+runs at {2}https:[\s\S]+bcp_op_[\w-]{43}\n/,
  );
});

it("never replaces the seal where it cannot tell what is there", async () => {
  const { deploy, has } = account({ made: true });
  has("unreachable");
  const { code, stderr, calls } = await deploy();
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("cannot tell"),
  });
  expect(commands(calls)).not.toContain("deploy");
});

it("asks a stranger to log in, before anything is made", async () => {
  const { deploy, has } = account();
  has("stranger");
  const { code, stderr, calls } = await deploy();
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("wrangler login"),
  });
  expect(calls.length).toBe(1);
});

it("makes an operator's key of which only the hash leaves", async () => {
  const { deploy } = account({ made: true });
  const { stdout, calls } = await deploy(["--operator-key"]);
  const key = /^bcp_op_[\w-]{43}$/m.exec(stdout)?.[0] ?? "none";
  const sql = calls.at(-1)?.sql ?? "";
  expect(sql).toMatch(/INSERT INTO api_keys[\s\S]*'[0-9a-f]{64}'/);
  expect(sql).not.toContain(key);
  expect(commands(calls)).not.toContain("deploy");
});

it("a rehearsal names every step, builds, and asks nobody", async () => {
  const { deploy, made } = account();
  const { code, stdout, calls } = await deploy(["--dry-run"]);
  expect(code).toBe(0);
  expect(stdout).toContain("create the queue boxcostpro-jobs-dead");
  expect(commands(calls)).toEqual(["deploy --dry-run"]);
  expect(existsSync(made)).toBe(false);
});

it("a new installation is kept in a jurisdiction, and one that is there is not moved", async () => {
  const { deploy, made, dir } = account();
  const source = join(dir, "wrangler.toml");
  const text = readFileSync("wrangler.toml", "utf8");
  const own = (value: string) =>
    text.replace('LEDGER_JURISDICTIONS = ""', `LEDGER_JURISDICTIONS = "${value}"`);
  const files = `[[r2_buckets]]
binding = "FILES_FEDRAMP"
bucket_name = "boxcostpro-files-fedramp"
`;
  writeFileSync(source, own("1=fedramp").replace("[[queues.producers]]", `${files}\n$&`));
  const more = { DEPLOY_SOURCE: source };
  const first = await deploy(["--jurisdiction", "eu"], more);
  expect(first.code, first.stderr).toBe(0);
  const asked = first.calls.map(({ args }) => args.join(" "));
  expect(asked).toContain("d1 create boxcostpro --jurisdiction eu");
  expect(asked).toContain("d1 create boxcostpro-ledger-1 --jurisdiction fedramp");
  expect(asked).toContain("r2 bucket create boxcostpro-files --jurisdiction eu");
  expect(asked).toContain("r2 bucket create boxcostpro-files-fedramp --jurisdiction fedramp");
  expect(first.stdout).not.toContain("WARNING");
  expect(readFileSync(source, "utf8")).toContain('JURISDICTION = "eu"');
  const config = readFileSync(made, "utf8");
  expect(config).toContain('bucket_name = "boxcostpro-files"\njurisdiction = "eu"');
  expect(config).toContain('bucket_name = "boxcostpro-files-fedramp"\njurisdiction = "fedramp"');
  expect(config).toContain('JURISDICTION = "eu"');
  // By its configuration alone the next one is there, too.
  writeFileSync(source, readFileSync(source, "utf8").replace(files, ""));
  const bare = await deploy([], more);
  expect(bare.code).toBe(0);
  expect(readFileSync(made, "utf8")).toContain('jurisdiction = "eu"');
  expect(bare.stdout).toContain("no tenant is made in fedramp until FILES_FEDRAMP is bound");

  const other = account();
  other.has("d1-boxcostpro");
  const copy = join(other.dir, "wrangler.toml");
  writeFileSync(copy, readFileSync("wrangler.toml"));
  const refused = await other.deploy(["--jurisdiction", "eu"], { DEPLOY_SOURCE: copy });
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("cannot move there")]);
  expect(readFileSync(copy, "utf8")).toContain('JURISDICTION = ""');
  for (const [value, said] of [
    ["1=mars", "has a number and eu or fedramp"],
    ["7=eu", "names ledger 7, which is not bound"],
  ] as const) {
    const odd = join(other.dir, "odd.toml");
    writeFileSync(odd, own(value));
    const { code, stderr } = await other.deploy([], { DEPLOY_SOURCE: odd });
    expect([code, stderr]).toEqual([1, expect.stringContaining(said)]);
  }
  const wrong = await deploy(["--jurisdiction", "mars"], more);
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("takes eu, not mars")]);
}, 60_000);
