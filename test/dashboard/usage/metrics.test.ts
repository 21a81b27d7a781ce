import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

describe("metrics", () => {
  const PATH = "/dashboard/usage/metrics";

  it("are declared and changed, with each error at its field", async () => {
    const { key } = await makeTenant();
    const browser = await signedIn(key);
    const fields = {
      "/name": "render minutes/3d",
      "/unit": "min",
      "/description": "Rendering",

      "/aggregation": "max",
      "/dimensions": "region\nsize",
    };
    expect((await browser.submit(PATH, PATH, fields)).status).toBe(303);
    const path = `/api/metrics/${encodeURIComponent("render minutes/3d")}`;
    expect((await call(key, "GET", path)).body).toMatchObject({
      unit: "min",
      aggregation: "max",
      dimensions: ["region", "size"],
    });
    const asked = await browser.get(`${PATH}?metric=${encodeURIComponent("render minutes/3d")}`);
    expect(asked.text).toMatch(/name="\/unit"[^>]*value="min"/);
    const changed = await browser.submit(PATH, PATH, { ...fields, "/unit": "hours" });
    expect(changed.status).toBe(303);
    expect((await call(key, "GET", path)).body.unit).toBe("hours");
    const wrong = await browser.submit(PATH, PATH, { ...fields, "/name": "" });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining("f-name-error")]);
    const standard = await browser.submit(PATH, PATH, { ...fields, "/name": "api_calls" });
    expect(standard.status).toBe(422);
  });
});
