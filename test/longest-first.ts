/**
 * The order of test files. A clean checkout remembers no durations, and vitest then goes by size:
 * a small file that takes a minute would begin last and end alone. The long ones begin first.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take more than six seconds, the longest first. */
const LONG = [
  "test/billing/lives/lives.test.ts",
  "test/process/dashboard.test.ts",
  "test/process/variant.test.ts",
  "test/process/readme.test.ts",
  "test/process/import.test.ts",
  "test/process/crash-restore.test.ts",
  "test/process/crash-move.test.ts",
  "test/process/deploy.test.ts",
  "test/process/delivery.test.ts",
  "test/process/start.test.ts",
  "test/process/crash.test.ts",
  "test/process/earlier-state.test.ts",
  "test/process/restore.test.ts",
  "test/process/move-tenant.test.ts",
  "test/process/operations.test.ts",
  "test/process/audit.test.ts",
  "test/process/crash-intake.test.ts",
  "test/process/once.test.ts",
  "test/process/demo.test.ts",
];

/** Of the files that share a runtime: they come last, together, so that it starts once. */
const LONG_SHARED = [
  "test/answers.test.ts",
  "test/access.test.ts",
  "test/confined-rows.test.ts",
  "test/attack-input.test.ts",
  "test/attack-acting.test.ts",
  "test/fair-queues.test.ts",
  "test/attack-keys.test.ts",
  "test/billing/period/failing.test.ts",
  "test/metering/read/summary.test.ts",
  "test/billing/period/many-periods.test.ts",
  "test/attack.test.ts",
  "test/documents/store/search.test.ts",
  "test/documents/lifecycle/credit-model.test.ts",
  "test/accounts/tenant/external-id.test.ts",
  "test/metering/record/body.test.ts",
  "test/billing/provider/provider.test.ts",
  "test/billing/correction/usage-rule.test.ts",
  "test/limits/metering.test.ts",
  "test/metering/object/recovery.test.ts",
  "test/metering/object/many.test.ts",
];

/** Long files first; the others as vitest has them. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const shared = sorted.filter(({ project }) => !project.config.isolate);
    const alone = sorted.filter(({ project }) => project.config.isolate);
    return first(LONG, [...alone, ...first(LONG_SHARED, shared)]);
  }
}

/** Those of a list in its order, and then all others. */
function first(names: readonly string[], files: TestSpecification[]): TestSpecification[] {
  const place = ({ moduleId }: TestSpecification) => {
    const at = names.findIndex((name) => moduleId.endsWith(`/${name}`));
    return at < 0 ? names.length : at;
  };
  return files.toSorted((a, b) => place(a) - place(b));
}
