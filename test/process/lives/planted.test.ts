/** The places where faults are planted move with the code. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { edited } from "../faults/planted.ts";
import { LIFE_FAULTS } from "./planted.ts";

describe("every fault that lives have to notice", () => {
  it.each(LIFE_FAULTS)("still has its place: $name", ({ edits }) => {
    for (const edit of edits) {
      const source = readFileSync(edit.file, "utf8");
      expect(edited(source, edit)).not.toBe(source);
    }
  });
});
