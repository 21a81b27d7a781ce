/** Each role follows every link that its pages show: none leads to what it may not see. */
import { expect, it } from "vitest";
import { OPERATOR_TENANT } from "../../src/accounts/store/tenant-store.ts";
import { call, keyFor, makeTenant, operatorKey } from "../support/api.ts";
import { makeEstate, type Send } from "../support/estate.ts";
import { type Browser, signedIn } from "./browser.ts";

/** One page of each form is enough, whatever it is of. */
const ID = /\b(?:[a-z]{3,5}_[0-9a-z]{26}|ten_\w+|cus_\w+|evt_\w+|seq_\d+)/g;
const PLAN = /\/plans\/(?!new\b)[^/]+/;
const MOST_PAGES = 150;

/** The links that were refused or failed, and how many pages were seen. */
async function followed(browser: Browser): Promise<{ seen: number; bad: [string, number][] }> {
  const shapes = new Set(["/dashboard"]);
  const waiting = ["/dashboard"];
  const bad: [string, number][] = [];
  let seen = 0;
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    expect(++seen).toBeLessThan(MOST_PAGES);
    const { status, text } = await browser.get(path);
    if (status >= 400) bad.push([path, status]);
    for (const [, written = ""] of text.matchAll(/href="(\/dashboard[^"#]*)/g)) {
      const link = written.replaceAll("&amp;", "&");
      const shape = link.replace(/\?.*/, "").replace(ID, "*").replace(PLAN, "/plans/*");
      if (link.startsWith("/dashboard/assets/") || shapes.has(shape)) continue;
      shapes.add(shape);
      waiting.push(link);
    }
  }
  return { seen, bad };
}

/** A test tenant, which has one of everything or nothing at all. */
async function tenant(isFull: boolean): Promise<string> {
  const { tenantId, key } = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
  const operator = await operatorKey();
  const send: Send = async (as, method, path, body) =>
    (await call(as === "owner" ? key : operator, method, path, body)).body;
  if (isFull) await makeEstate(send, tenantId, "Links");
  return tenantId;
}

it.each([
  ["a tenant that has nothing", () => tenant(false), 20],
  ["a tenant that has one of everything", () => tenant(true), 30],
  ["the operator", async () => OPERATOR_TENANT, 25],
])(
  "the pages of %s lead each role to what it may see",
  { timeout: 120_000 },
  async (_, of, least) => {
    const tenantId = await of();
    const mode = tenantId === OPERATOR_TENANT ? "live" : "test";
    for (const role of ["admin", "member", "viewer"] as const) {
      const { seen, bad } = await followed(await signedIn(await keyFor(tenantId, role, { mode })));
      expect([role, bad]).toEqual([role, []]);
      expect(seen).toBeGreaterThan(least);
    }
  },
);
