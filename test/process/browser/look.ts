/** A page as people see it: pictures in several looks, its width, and what axe says of it. */
import axe from "axe-core";
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
    if (seen.size === 0) await loadAxe(page);
    const violations = await violationsIn(page, seen.size > 0 ? ["color-contrast"] : null);
    seen.add(colorScheme);
    const serious = violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, html }) => [id, html]);
    expect([name, look, serious]).toEqual([name, look, []]);
  }
}

/** Puts axe into the page and into each frame of it, once: half a megabyte of script. */
async function loadAxe(page: Page): Promise<void> {
  const allowed = JSON.stringify({ allowedOrigins: ["<same_origin>"] });
  for (const frame of page.frames()) {
    await frame.evaluate(`${axe.source};axe.configure(${allowed})`);
  }
}

type Violation = { id: string; impact: string | null; html: string | undefined };

/** What some rules of axe, or all, find in the page and its frames. */
function violationsIn(page: Page, rules: string[] | null): Promise<Violation[]> {
  // Of what passes nothing is read: that would be most of what comes back.
  const options = { resultTypes: ["violations"], ...(rules ? { runOnly: rules } : {}) };
  return page.evaluate<Violation[]>(`axe.run(document, ${JSON.stringify(options)}).then(
    ({ violations }) =>
      violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes[0]?.html })))`);
}

/** Signs in with a key, at the door that people take. */
export async function signIn(page: Page, url: string, key: string): Promise<void> {
  await page.goto(`${url}/dashboard/sign-in`);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/dashboard(?!\/sign-in)/);
}
