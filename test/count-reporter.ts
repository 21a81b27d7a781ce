/** Ends a run with the line that continuous integration reads: `N passed, N failed`. */
import type { Reporter, TestModule } from "vitest/node";

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      if (module.state() === "failed" && [...module.children.allTests("failed")].length === 0) {
        failed++; // a file that could not be loaded holds no test that failed
      }
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state === "passed") passed++;
        else if (state === "failed") failed++;
      }
    }
    // After every other reporter's summary.
    process.once("exit", () => console.log(`${passed} passed, ${failed} failed`));
  }
}
