/** Meters run in the installation's jurisdiction, where the runtime knows of any. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { metersOf } from "../../../src/metering/meter/meter.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";

const worker = env as unknown as Env;

describe("meters", () => {
  it("are asked for in the jurisdiction that is set, and else anywhere", () => {
    const inside = { name: "eu" };
    const asked: string[] = [];
    const METER = {
      jurisdiction: (name: string) => {
        asked.push(name);
        return inside;
      },
    } as unknown as Env["METER"];
    expect(metersOf({ METER, JURISDICTION: "eu" })).toBe(inside);
    expect(asked).toEqual(["eu"]);
    expect(metersOf({ METER, JURISDICTION: "" })).toBe(METER);
    expect(metersOf({ METER })).toBe(METER);
  });

  it("run where the machine is in a runtime without jurisdictions", () => {
    expect(metersOf({ METER: worker.METER, JURISDICTION: "eu" })).toBe(worker.METER);
    const fails = () => {
      throw new Error("no such jurisdiction");
    };
    const METER = { jurisdiction: fails } as unknown as Env["METER"];
    expect(() => metersOf({ METER, JURISDICTION: "mars" })).toThrow("no such jurisdiction");
  });
});
