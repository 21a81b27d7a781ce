import { describe, expect, it } from "vitest";
import type { Field, Part } from "../../../src/dashboard/form/form.ts";
import { grouped } from "../../../src/dashboard/form/group.ts";

const field = (pointer: string): Field => ({ pointer, label: pointer, kind: "line" });
const part = (pointer: string): Part => ({ pointer, legend: pointer, fields: [] });

describe("fields under headings", () => {
  it("stand under the first that names them, else under the last; none is lost", () => {
    const fields = ["/tax/percent", "/taxed", "/name", "/tax"].map(field);
    const headings = [
      ["Tax", ["/tax"]],
      ["Empty", ["/none"]],
      ["Others", []],
    ] as const;
    const groups = grouped(headings, fields, [part("/tax/components"), part("/rows")]);
    const told = groups.map(({ title, fields, parts }) => [
      title,
      [...fields, ...parts].map(({ pointer }) => pointer),
    ]);
    expect(told).toEqual([
      ["Tax", ["/tax/percent", "/tax", "/tax/components"]],
      ["Others", ["/taxed", "/name", "/rows"]],
    ]);
  });
});
