import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const FOLDER = join(import.meta.dirname, "../../public/dashboard");
const MOST_BYTES = 100_000;

it("a page of the dashboard loads at most 100 KB of script, whatever it needs", () => {
  const scripts = readdirSync(FOLDER).filter((name) => name.endsWith(".js"));
  const bytes = scripts.map((name) => statSync(join(FOLDER, name)).size);
  expect(scripts.length).toBeGreaterThan(5);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(MOST_BYTES);
});
