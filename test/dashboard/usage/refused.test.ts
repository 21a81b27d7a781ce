/** The page of usage that was acknowledged and could not be counted. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { noteRefused } from "../../../src/metering/record/refused.ts";
import { quietEnv } from "../../delivery/receiver.ts";
import { makeTenant } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

const AT = Date.parse("2026-03-31T12:00:00Z");

describe("the page of refused usage", () => {
  it("lists each event with why and what to do, and its pages keep the filters", async () => {
    const tenant = await makeTenant();
    const refusals = Array.from({ length: 60 }, (_, index) => ({
      message: `rec_${tenant.tenantId}`,
      index,
      tuple: [`event-${index}`, "api_calls", 2_500_000, AT, "user-<1>"] as [
        string,
        string,
        number,
        number,
        string,
      ],
      why: { code: "usage.conflict", detail: `id event-${index} was used` } as const,
    }));
    await noteRefused({ ...quietEnv().env, DB: env.DB }, tenant.tenantId, refusals, Date.now());
    const browser = await signedIn(tenant.key);
    const page = await browser.get("/dashboard/usage/refused?user_id=user-%3C1%3E");
    expect(page.status).toBe(200);
    expect(page.text).toContain("was used");
    expect(page.text).toContain("Its id was used before");
    expect(page.text).toContain("user-&lt;1&gt;");
    expect(page.text.match(/<code>event-/g)).toHaveLength(50);
    const [, next = ""] =
      /href="(\/dashboard\/usage\/refused\?[^"]*cursor=[^"]*)"/.exec(page.text) ?? [];
    expect(next).toContain("user_id=");
    const rest = await browser.get(next.replaceAll("&amp;", "&"));
    expect(rest.text.match(/<code>event-/g)).toHaveLength(10);
  });
});
