/** Meters run in the installation's jurisdiction, where the runtime knows of any. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { metersOf } from "../../../src/metering/meter/meter.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { idIn } from "../../../src/platform/runtime/jurisdiction.ts";

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
    expect(metersOf({ METER, JURISDICTION: "eu" }, "ten_x")).toBe(inside);
    expect(asked).toEqual(["eu"]);
    expect(metersOf({ METER, JURISDICTION: "" }, "ten_x")).toBe(METER);
    expect(metersOf({ METER }, "ten_x")).toBe(METER);
    // A tenant's own comes first, whatever the installation's is.
    const own = idIn("fedramp", makeId("ten", 0));
    expect(metersOf({ METER }, own)).toBe(inside);
    expect(metersOf({ METER, JURISDICTION: "eu" }, own)).toBe(inside);
    expect(asked).toEqual(["eu", "fedramp", "fedramp"]);
  });

  it("run where the machine is in a runtime without jurisdictions", () => {
    expect(metersOf({ METER: worker.METER, JURISDICTION: "eu" }, "ten_x")).toBe(worker.METER);
    const fails = () => {
      throw new Error("no such jurisdiction");
    };
    const METER = { jurisdiction: fails } as unknown as Env["METER"];
    expect(() => metersOf({ METER, JURISDICTION: "mars" }, "ten_x")).toThrow(
      "no such jurisdiction",
    );
  });
});
