/** A page as people see it: pictures in several looks, its width, and what axe says of it. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect } from "vitest";

export type Look = { colorScheme: "light" | "dark"; width: number; name: string };

/** What the page before us is, in each look: pictures `<out>/<name>-<look>.png` where asked for. */
export async function inspectPage(
  page: Page,
  looks: readonly Look[],
  out: string | null,
  name: string,
): Promise<void> {
  const seen = new Set<string>();
  for (const { colorScheme, width, name: look } of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate("document.fonts.ready.then(() => true)");
    if (out) await page.screenshot({ path: `${out}/${name}-${look}.png`, fullPage: true });
    const root = "document.documentElement";
    const sideways = await page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`);
    expect([name, look, sideways]).toEqual([name, look, 0]);
    // Once for each scheme: in the second, only its contrasts are new.
    if (seen.has(colorScheme)) continue;
    // Its other mode opens a tab of its own for each result.
    const axe = new AxeBuilder({ page }).setLegacyMode();
    if (seen.size > 0) axe.withRules(["color-contrast"]);
    seen.add(colorScheme);
    const { violations } = await axe.analyze();
    const serious = violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => [id, nodes[0]?.html]);
    expect([name, look, serious]).toEqual([name, look, []]);
  }
}

/** Signs in with a key, at the door that people take. */
export async function signIn(page: Page, url: string, key: string): Promise<void> {
  await page.goto(`${url}/dashboard/sign-in`);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/dashboard(?!\/sign-in)/);
}
