import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** Tests that start processes or read the tree run in Node; all others inside workerd. */
const NODE_TESTS = ["test/tidy.test.ts", "test/process/**/*.test.ts"];

export default defineConfig({
  test: {
    reporters: ["default", "./test/count-reporter.ts"],
    projects: [
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: { TEST_MIGRATIONS: await readD1Migrations("migrations") } },
          })),
        ],
        test: {
          name: "worker",
          include: ["test/**/*.test.ts"],
          exclude: NODE_TESTS,
          setupFiles: ["./test/setup.ts"],
        },
      },
      { test: { name: "node", include: NODE_TESTS, environment: "node", testTimeout: 120_000 } },
    ],
  },
});
