/** The demo, from a log file to its summary: what it says agrees with an independent count. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sampleLog } from "../../scripts/lib/sample-log.ts";
import { runScript, temporaryDir } from "./command.ts";

it("plays a log twice, counts it once, and bills what is over the plan", async () => {
  const file = join(temporaryDir(), "access.log");
  writeFileSync(file, `${sampleLog(1_200).join("\n")}\n`);
  const counted = readFileSync(file, "utf8").match(/" \d{3} (\d+|-) "/g)?.length;
  const command = runScript("demo.ts", [file, "--json"], {});
  const { code } = await command.ended;
  expect(code, command.output().stderr).toBe(0);
  const result = JSON.parse(command.output().stdout);
  expect(result).toEqual({
    events: 1_200,
    accepted: 1_200,
    duplicates_second_pass: 1_200,
    alerts: [
      { metric_name: "api_calls", threshold_percent: 80, event_number: 800 },
      { metric_name: "api_calls", threshold_percent: 90, event_number: 900 },
      { metric_name: "api_calls", threshold_percent: 100, event_number: 1_000 },
      { metric_name: "api_calls", threshold_percent: 110, event_number: 1_100 },
    ],
    summary_total: counted,
    ledger_total: counted,
    overage: 0.2,
    invoice: { number: expect.stringMatching(/^TEST-/), total: 0.2, lines: expect.any(Array) },
    pdf_bytes: expect.any(Number),
    webhooks: [80, 90, 100, 110].map((percent) => ({
      type: "usage.threshold_reached",
      message: `api_calls usage at ${percent}% of limit`,
    })),
    email: {
      to: ["customer@example.com"],
      subject: expect.stringMatching(/^Invoice TEST-/),
      attachments: [expect.objectContaining({ name: expect.stringMatching(/\.pdf$/) })],
    },
    seconds: expect.any(Number),
  });
  expect(result.pdf_bytes).toBeGreaterThan(1_000);
});

it("closes each month of a year with an invoice, without a gap in their numbers", async () => {
  const file = join(temporaryDir(), "access.log");
  writeFileSync(file, sampleLog(1_050).join("\n"));
  const command = runScript("demo.ts", [file, "--years", "1", "--json"], {});
  expect((await command.ended).code, command.output().stderr).toBe(0);
  const { accepted, invoices, proof } = JSON.parse(command.output().stdout);
  expect(accepted).toBe(12 * 1_050);
  expect(proof).toEqual({ equal: true });
  // From 2 March: nine periods end in 2026, three in 2027, whose numbers begin anew.
  const number = (year: number, n: number) => `TEST-INV-${year}-${String(n).padStart(3, "0")}`;
  const expected = [
    ...Array.from({ length: 9 }, (_, i) => number(2026, i + 1)),
    ...Array.from({ length: 3 }, (_, i) => number(2027, i + 1)),
  ];
  expect(invoices).toEqual(expected.map((of) => ({ number: of, total: 0.05 })));
});

it("says what is wrong with a file it cannot use", async () => {
  const missing = runScript("demo.ts", ["no-such.log"], {});
  expect((await missing.ended).code).toBe(1);
  expect(missing.output().stderr).toContain("no-such.log is not there: ");
  const file = join(temporaryDir(), "empty.log");
  writeFileSync(file, "nothing here\n");
  const empty = runScript("demo.ts", [file], {});
  expect((await empty.ended).code).toBe(1);
  expect(empty.output().stderr).toContain("no line is in the Common or Combined log format");
});
