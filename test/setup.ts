import type { D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect } from "vitest";
import { checkBindings } from "../scripts/platform/check-bindings.ts";
import { takeBreaches } from "../scripts/platform/limits.ts";
import { loadJobs, loadRoutes } from "../src/loaders.ts";
import { loadItemSchema } from "../src/metering/record/record.ts";
import type { Env as WorkerEnv } from "../src/platform/runtime/env.ts";
import { makeDatabases } from "./support/databases.ts";
import { forgetSent, guardLog, takeLogFaults } from "./support/log-guard.ts";

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof import("../scripts/platform/checked-worker.ts");
    }
    interface Env extends WorkerEnv {
      TEST_MIGRATIONS: D1Migration[];
      LEDGER_MIGRATIONS: D1Migration[];
      LEDGER_1: D1Database;
      EMPTY_DB: D1Database;
      EMPTY_LEDGER: D1Database;
      /** For what looks at all rows there are: no test but its own adds any. */
      QUIET_DB: D1Database;
      SEALED_DB: D1Database;
    }
  }
}

checkBindings(env);
guardLog();

beforeAll(async () => {
  forgetSent();
  // What the Worker loads when it is asked for: no test's time has to hold that, and the tests'
  // runner loads a module for one request at a time.
  await loadRoutes();
  await loadJobs();
  await loadItemSchema();
  await makeDatabases();
});

// Whatever a verb does after an error: no limit of the platform was broken on the way.
afterEach(() => {
  expect(takeBreaches().map(({ message }) => message)).toEqual([]);
  expect(takeLogFaults(), "lines of the log").toEqual([]);
});
