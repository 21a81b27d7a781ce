import { readdirSync } from "node:fs";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import LongestFirst from "./test/longest-first.ts";

/** Tests that start processes or read the tree run in Node; all others inside workerd. */
const NODE_TESTS = [
  "test/tidy.test.ts",
  "test/tidy/**/*.test.ts",
  "test/process/**/*.test.ts",
  "test/conformance/**/*.test.ts",
  "test/documents/node/**/*.test.ts",
  "test/schema/migration.test.ts",
];

/** Minutes of traffic up to the platform's limits: `npm run test:platform`. */
const LARGE_TESTS = process.env.PLATFORM === "all" ? [] : ["test/limits/large/**"];

/** Minutes in a full browser: `npm run test:drive`. */
const DRIVEN_TESTS = process.env.DRIVE === "all" ? [] : ["test/process/drive/**"];

/** Twice the cores of a small machine: a test of processes waits for most of its time. */
const WORKERS = 4;

/** The control database's migrations, by their names. */
function migrationNames(): string[] {
  const names = readdirSync("migrations");
  return names.filter((name) => name.endsWith(".sql")).sort();
}

const migrations = async () => ({
  TEST_MIGRATIONS: await readD1Migrations("migrations"),
  LEDGER_MIGRATIONS: await readD1Migrations("migrations/ledger"),
});

/** Small generations, so that every test seals some; the model test's length from outside. */
const TEST_BINDINGS = {
  GENERATION_IDS: "20",
  // Where tests call, pages are opened, and an app is asked by a path alone.
  PUBLIC_URL: "https://api.test https://app.test http://localhost",
  DELIVERY_SECRET: "a secret for tests, of thirty-two bytes",
  LOCAL_WEBHOOKS: "",
  // Where the endpoints of all tests are that do not try how one is proven.
  WEBHOOK_TRUSTED_HOSTS: "hooks.example.invalid h.example.invalid",
  DEV_INBOX: "show",
  MODEL_RUNS: process.env.MODEL_RUNS ?? "25",
  MODEL_STEPS: process.env.MODEL_STEPS ?? "30",
  // Few: a step of this model is a batch of D1, or twenty.
  CREDIT_RUNS: process.env.CREDIT_RUNS ?? "3",
  LIVES: process.env.LIVES ?? "200",
  LIFE_SEED: process.env.LIFE_SEED ?? "",
  LIFE_WHOLE: process.env.LIFE_WHOLE ?? "",
};

export default defineConfig({
  test: {
    // An object that starts again rejects what it was asked meanwhile; its test expects that.
    onUnhandledError: (error) => !("durableObjectReset" in error),
    globalSetup: "./test/run-folder.ts",
    sequence: { sequencer: LongestFirst },
    reporters: ["default", "./test/count-reporter.ts"],
    projects: [
      {
        define: { MIGRATIONS: JSON.stringify(migrationNames()) },
        plugins: [
          cloudflareTest(async () => ({
            // The product, with the platform's limits checked around its bindings.
            main: "./scripts/platform/checked-worker.ts",
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: { ...TEST_BINDINGS, ...(await migrations()) },
              // What the migrations make, without what other tests add.
              d1Databases: {
                EMPTY_DB: "empty",
                EMPTY_LEDGER: "empty-ledger",
                QUIET_DB: "quiet",
                SEALED_DB: "sealed",
              },
              // Files of tenants that are kept elsewhere than the installation.
              r2Buckets: ["FILES_EU"],
              // Deliveries that no test receives reach nobody.
              outboundService: () => new Response("nobody here", { status: 502 }),
            },
          })),
        ],
        test: {
          name: "worker",
          include: ["test/**/*.test.ts"],
          exclude: [...NODE_TESTS, ...LARGE_TESTS],
          setupFiles: ["./test/setup.ts"],
          // Files share a runtime and its database: each test makes its own tenant.
          isolate: false,
          maxWorkers: WORKERS,
          testTimeout: 60_000,
          // The first file of a runtime loads the whole product and makes the database in its hook.
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: "node",
          include: NODE_TESTS,
          exclude: DRIVEN_TESTS,
          environment: "node",
          testTimeout: 120_000,
          hookTimeout: 60_000, // in which a browser starts
          maxWorkers: WORKERS, // each process test runs servers of its own
        },
      },
    ],
  },
});
