import { expect, it } from "vitest";
import { lazy } from "../../src/core/lazy.ts";

it("is made once where it is there, and by each who asks before that", async () => {
  const made: ((value: string) => void)[] = [];
  const load = lazy(() => new Promise<string>((resolve) => made.push(resolve)));
  const [first, second] = [load(), load()];
  // The second does not wait for the first, whose request may be gone.
  made[1]?.("second");
  expect(await second).toBe("second");
  made[0]?.("first");
  expect(await first).toBe("second");
  expect(await load()).toBe("second");
  expect(made).toHaveLength(2);
});

it("is asked again after it failed", async () => {
  let tries = 0;
  const load = lazy(async () => {
    if (++tries === 1) throw new Error("away");
    return undefined;
  });
  await expect(load()).rejects.toThrow("away");
  expect([await load(), await load(), tries]).toEqual([undefined, undefined, 2]);
});
