import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

describe("the page of unpriced names", () => {
  const PATH = "/dashboard/usage/unpriced";

  it("lists them with what was meant, and leads to declaring one", async () => {
    const { key } = await makeTenant();
    const browser = await signedIn(key);
    expect((await browser.get(PATH)).text).toContain("No unpriced names");
    const items = ["api_cals", "render minutes"].map((metric_name) => ({
      metric_name,
      quantity: 2,
    }));
    await call(key, "POST", "/api/usage/events", items);
    const { text } = await browser.get(PATH);
    expect(text).toMatch(/api_cals<\/code>.*API calls <small[^>]*>api_calls<\/small>/);
    expect(text).toContain("no similar name");
    expect(text).toContain("/dashboard/usage/events?metric_name=api_cals");
    const declaring = /\/dashboard\/usage\/metrics\?name=render[^"#]*/.exec(text)?.[0] ?? "";
    expect((await browser.get(declaring)).text).toMatch(/name="\/name"[^>]*value="render minutes"/);
    await browser.submit(declaring, "/dashboard/usage/metrics", { "/name": "render minutes" });
    expect((await browser.get(PATH)).text).not.toContain("render minutes");
  });

  it("has usage under such names refused, and taken again", async () => {
    const { key } = await makeTenant();
    const browser = await signedIn(key);
    const record = () =>
      call(key, "POST", "/api/usage/record", { metric_name: "api_cals", quantity: 1 });
    await browser.submit(PATH, `${PATH}/strict`, { "/strict_metrics": "on" });
    expect((await record()).status).toBe(422);
    await browser.submit(PATH, `${PATH}/strict`, {});
    expect((await record()).status).toBe(201);
  });
});
