/**
 * `npm run deploy`: from an account to a running product, and from one version to the next. Looks
 * what is there, makes what is missing, migrates, deploys, and says the address. `--dry-run` says
 * what it would do, builds the Worker, and asks nobody. `--operator-key` makes the first key.
 */
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { KEY_SECRET_BYTES, keyHint, keyText } from "../src/accounts/actor/key-text.ts";
import { NEWEST_VERSION } from "../src/core/api-version.ts";
import { ROOT } from "./lib/build.ts";
import {
  checkLogin,
  checkSecrets,
  chooseJurisdiction,
  DEPLOY_CONFIG,
  deployWorker,
  ensure,
  ensureDatabase,
  missingSecrets,
  type Plan,
  planOf,
  warnWhereFilesLack,
  warnWhereFull,
  withFile,
  writeDeployConfig,
} from "./lib/deployment.ts";
import { writeGuides } from "./lib/guides/write.ts";
import { readOptions } from "./lib/options.ts";
import { runCommand } from "./lib/process.ts";
import { type Wrangler, wranglerWith } from "./lib/wrangler.ts";

const USAGE = {
  command: "npm run deploy",
  about:
    "Makes what the Cloudflare account lacks, migrates the databases, deploys, and prints the " +
    "address. It may run again at any time; a new version goes out the same way.",
  options: {
    "dry-run": {
      type: "boolean",
      default: false,
      about: "says what it would do, builds the Worker, and asks nobody",
    },
    jurisdiction: {
      type: "string",
      value: "eu",
      about: "keeps a new installation's database, files and meters there, for good",
    },
    "operator-key": {
      type: "boolean",
      default: false,
      about: "makes the operator's first key, or replaces it, and prints it once",
    },
  },
  environment: {
    PUBLIC_URL: "the addresses of the installation, apart by blanks; links point at the first",
    DELIVERY_SECRET_PREVIOUS:
      "the one until now, to change it to the DELIVERY_SECRET that is given",
    DELIVERY_SECRET: "for a Worker that has none, at least 32 characters (default: random)",
    EMAIL_KEY: "the e-mail provider's key, kept as a secret",
    EMAIL_CALLBACK_SECRET: "what the provider's reports are verified with, kept as a secret",
  },
  examples: [
    "npm run deploy -- --dry-run",
    "npm run deploy",
    "npm run deploy -- --jurisdiction eu",
  ],
} as const;

/** Tests have both elsewhere. */
const CONFIG = process.env.DEPLOY_SOURCE || join(ROOT, "wrangler.toml");
const MADE_CONFIG = process.env.DEPLOY_CONFIG || join(ROOT, DEPLOY_CONFIG);

await runCommand(async () => {
  const { values } = readOptions(USAGE);
  let plan = planOf(CONFIG);
  checkSecrets();
  writeGuides(ROOT);
  if (values["dry-run"]) return rehearse(plan);
  let config = CONFIG;
  const wrangler = wranglerWith(() => config);
  say("looking who is logged in");
  checkLogin(wrangler);
  if (values.jurisdiction !== undefined) {
    plan = chooseJurisdiction(wrangler, CONFIG, plan, values.jurisdiction);
  }
  const ids = new Map(
    plan.databases.map((database) => {
      return [database.name, ensureDatabase(wrangler, database, say)] as const;
    }),
  );
  const write = (addresses: readonly string[]) =>
    writeDeployConfig(CONFIG, MADE_CONFIG, { ids, buckets: plan.buckets, addresses });
  write(plan.addresses);
  config = MADE_CONFIG;
  if (values["operator-key"]) return makeOperatorKey(wrangler, plan);
  deploy(wrangler, plan, write);
});

function say(text: string): void {
  console.log(`- ${text}`);
}

function rehearse(plan: Plan): void {
  const { worker, databases, buckets, queues, crons, addresses } = plan;
  console.log(`npm run deploy would, leaving alone what is there:
- look who is logged in
${databases.map(({ name }) => `- create the D1 database ${name}`).join("\n")}
- write the databases' ids into ${DEPLOY_CONFIG}
${buckets.map(({ name }) => `- create the R2 bucket ${name}`).join("\n")}
${queues.map((name) => `- create the queue ${name}`).join("\n")}
- make a random DELIVERY_SECRET, unless the environment has one
- take EMAIL_KEY and EMAIL_CALLBACK_SECRET from the environment
- migrate ${databases.map(({ name }) => name).join(" and ")}
- deploy ${worker} with its Durable Object class and the cron trigger ${crons.join(", ")}
- write PUBLIC_URL, where links point: ${addresses.join(" ") || "the one that is printed"}`);
  say("building the Worker, as wrangler would send it");
  wranglerWith(() => CONFIG).run(["deploy", "--dry-run"]);
  console.log("It builds. Nothing was sent.");
}

/** `write` writes the configuration with these addresses. */
function deploy(wrangler: Wrangler, plan: Plan, write: (addresses: string[]) => void): void {
  for (const { name, jurisdiction } of plan.buckets) {
    ensure(wrangler, ["r2", "bucket"], name, say, jurisdiction);
  }
  warnWhereFilesLack(plan, say);
  for (const queue of plan.queues) ensure(wrangler, ["queues"], queue, say);
  const secrets = missingSecrets(wrangler, say);
  for (const database of plan.databases) {
    say(`migrating ${database.name}`);
    wrangler.run(["d1", "migrations", "apply", database.binding, "--remote"]);
    warnWhereFull(wrangler, database, say);
  }
  say(`deploying ${plan.worker}`);
  const url = deployWorker(wrangler, secrets);
  const addresses = plan.addresses.length === 0 && url !== null ? [url] : plan.addresses;
  if (plan.addresses.length === 0 && url !== null) {
    say(`PUBLIC_URL was not set: deploying again with ${url}`);
    write(addresses);
    deployWorker(wrangler, {});
  }
  console.log(`
BoxCostPro Edge runs at  ${url ?? "the routes of wrangler.toml"}
${addressText(addresses)}
The operator's first key: npm run deploy -- --operator-key
E-mails need a provider, EMAIL_PROVIDER and EMAIL_FROM, under [vars] in wrangler.toml;
docs/going-live.md says more.`);
}

/** What PUBLIC_URL means for whoever deploys, and what is missing without it. */
function addressText([first, ...others]: readonly string[]): string {
  if (first === undefined) {
    return `PUBLIC_URL is not set, and no address is known: no letter with a link leaves, no link is
made, and calls to hosts other than workers.dev are refused. Set it under [vars] in wrangler.toml.`;
  }
  const also = others.length === 0 ? "" : `, and it answers at ${others.join(" and ")}`;
  return `Links point at           ${first}${also}
Calls to other hosts of yours are refused: list them in PUBLIC_URL under [vars] in wrangler.toml.`;
}

/** Makes it, or replaces the one that was made so before. It is shown here and nowhere else. */
function makeOperatorKey(wrangler: Wrangler, plan: Plan): void {
  const secret = randomBytes(KEY_SECRET_BYTES).toString("base64url");
  const key = keyText({ mode: "live", operator: true }, secret);
  const hash = createHash("sha256").update(key).digest("hex");
  const sql = `INSERT INTO api_keys (id, tenant, name, hint, hash, role, created_ms,
        api_version)
    VALUES ('key_first_operator', 'ten_operator', 'First key', '${keyHint(key)}', '${hash}',
            'owner', ${Date.now()}, '${NEWEST_VERSION}')
    ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, hint = excluded.hint, revoked_ms = NULL,
      expires_ms = NULL, replaced_by = NULL;`;
  say(`writing its hash to ${plan.databases[0]?.name}`);
  withFile("key.sql", sql, (path) =>
    wrangler.run(["d1", "execute", "DB", "--remote", "--yes", "--file", path]),
  );
  console.log(`\nThe operator's key, which is shown once:\n${key}`);
}
