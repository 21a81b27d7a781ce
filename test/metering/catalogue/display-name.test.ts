/** What people read of a metric. */
import { describe, expect, it } from "vitest";
import { displayNameOf, wordsOfId } from "../../../src/metering/catalogue/display-name.ts";
import { call, makeTenant } from "../../support/api.ts";

describe("wordsOfId", () => {
  it.each([
    ["api_calls", "API calls"],
    ["quotes_generated", "Quotes generated"],
    ["render-minutes", "Render minutes"],
    ["llm.tokens.input", "LLM tokens input"],
    ["storageGb", "Storage GB"],
    ["SMS", "SMS"],
    ["Seats of the plan", "Seats of the plan"],
    ["表示回数", "表示回数"],
  ])("%s is %s", (id, words) => {
    expect(wordsOfId(id)).toBe(words);
  });
});

describe("displayNameOf", () => {
  it("is the given name, else a short description, else the id in words", () => {
    const metric = { name: "api_calls", description: "Requests", displayName: "" };
    expect(displayNameOf({ ...metric, displayName: "Calls" })).toBe("Calls");
    expect(displayNameOf(metric)).toBe("Requests");
    expect(displayNameOf({ ...metric, description: "x".repeat(81) })).toBe("API calls");
    expect(displayNameOf({ ...metric, description: "" })).toBe("API calls");
  });
});

describe("display_name in the API", () => {
  it("is given, changed alone, taken back, and there for the standard ten", async () => {
    const { key } = await makeTenant();
    const put = (body: object) => call(key, "PUT", "/api/metrics/render_minutes", body);
    const declared = await put({ display_name: "Minutes of rendering", unit: "min" });
    expect(declared.body).toMatchObject({ display_name: "Minutes of rendering", unit: "min" });
    expect((await put({ description: "Rendered" })).body).toMatchObject({
      display_name: "Minutes of rendering",
      description: "Rendered",
    });
    expect((await put({ display_name: "", description: "" })).body).toMatchObject({
      display_name: "Render minutes",
    });
    expect((await put({ display_name: "x".repeat(81) })).status).toBe(422);
    const { body } = await call(key, "GET", "/api/usage/metrics");
    const names = body.metrics.map((metric: { display_name: string }) => metric.display_name);
    expect(names).toEqual([
      "Quotes generated",
      "Invoices generated",
      "API calls",
      "Storage",
      "Active users",
      "Support tickets",
      "E-mails sent",
      "PDFs generated",
      "Webhook calls",
      "Export operations",
      "Render minutes",
    ]);
  });
});
