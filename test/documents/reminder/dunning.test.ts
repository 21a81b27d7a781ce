import { describe, expect, it } from "vitest";
import { timeText } from "../../../src/core/time.ts";
import {
  nextStepMs,
  type Step,
  stepsOf,
  stepsReached,
} from "../../../src/documents/reminder/dunning.ts";

const BERLIN = "Europe/Berlin";
const said = (steps: Step[]) =>
  steps.map((step) => `${timeText(step.atMs)} ${"days" in step ? step.days : "overdue"}`);
const at = (text: string) => Date.parse(text);

describe("the steps of an open invoice", () => {
  it("are at nine in the issuer's zone, and overdue is when the due date is over", () => {
    expect(said(stepsOf("2026-03-28", BERLIN, [-3, 0, 1, 14]))).toEqual([
      "2026-03-25T08:00:00Z -3",
      "2026-03-28T08:00:00Z 0",
      "2026-03-28T23:00:00Z overdue",
      "2026-03-29T07:00:00Z 1", // the clocks went forward that night
      "2026-04-11T07:00:00Z 14",
    ]);
  });

  it("are only that of being overdue where the issuer sends no reminders", () => {
    expect(said(stepsOf("2028-02-29", "UTC", []))).toEqual(["2028-03-01T00:00:00Z overdue"]);
  });

  it("that were missed are announced once: being overdue, and the newest reminder", () => {
    const steps = stepsOf("2026-03-10", "UTC", [-3, 1, 7, 14]);
    const since = at("2026-03-01T00:00:00Z");
    const upTo = (now: string) => said(stepsReached(steps, since, at(now)));
    expect(upTo("2026-03-07T08:59:59Z")).toEqual([]);
    expect(upTo("2026-03-07T09:00:00Z")).toEqual(["2026-03-07T09:00:00Z -3"]);
    expect(upTo("2026-03-20T00:00:00Z")).toEqual([
      "2026-03-11T00:00:00Z overdue",
      "2026-03-17T09:00:00Z 7",
    ]);
  });

  it("before the invoice was issued are never announced", () => {
    const steps = stepsOf("2026-03-10", "UTC", [-30]);
    const issued = at("2026-03-01T00:00:00Z");
    expect(stepsReached(steps, issued, at("2026-03-10T00:00:00Z"))).toEqual([]);
  });

  it("end with the last one", () => {
    const steps = stepsOf("2026-03-10", "UTC", [1]);
    const next = nextStepMs(steps, at("2026-03-11T00:00:00Z"));
    expect(next).toBe(at("2026-03-11T09:00:00Z"));
    expect(nextStepMs(steps, next ?? 0)).toBeNull();
  });
});
