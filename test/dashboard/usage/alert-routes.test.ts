import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

describe("alert routes", () => {
  const PATH = "/dashboard/alerts/routes";

  it("are filled in as a list and shown again", async () => {
    const { key } = await makeTenant();
    const hook = await call(key, "POST", "/api/webhooks/endpoints", {
      url: "https://h.example.invalid/",
    });
    const browser = await signedIn(key);
    const answer = await browser.submit(PATH, PATH, {
      "/data/0/name": "Finance",
      "/data/0/emails": "cfo@a.test\nceo@a.test",

      "/data/0/events": "invoice.overdue",
      "/data/3/name": "On call",

      "/data/3/metrics": "api_calls",
      "/data/3/endpoint_ids": hook.body.id,
    });
    expect([answer.status, answer.text]).toEqual([303, ""]);
    const { body } = await call(key, "GET", "/api/alert-routes");
    const rest = { metrics: [], endpoint_ids: [], events: [], emails: [], all_tenants: false };
    expect(body.data).toEqual([
      {
        ...rest,
        name: "Finance",
        emails: ["cfo@a.test", "ceo@a.test"],
        events: ["invoice.overdue"],
      },
      { ...rest, name: "On call", metrics: ["api_calls"], endpoint_ids: [hook.body.id] },
    ]);
    const { text } = await browser.get(PATH);
    expect(text).toMatch(/value="invoice.overdue" checked/);
    expect(text).toMatch(/name="\/data\/1\/name"[^>]*value="On call"/);
    expect(text).not.toContain("all_tenants");
  });

  it("show each error at its row, and take no endpoint of another tenant", async () => {
    const theirs = (await makeTenant()).key;
    const url = "https://h.example.invalid/";
    const hook = await call(theirs, "POST", "/api/webhooks/endpoints", { url });
    const browser = await signedIn((await makeTenant()).key);
    const named = { "/data/0/name": "X" };
    const wrong = await browser.submit(PATH, PATH, { ...named, "/data/0/emails": "nobody" });
    expect([wrong.status, wrong.text]).toEqual([
      422,
      expect.stringMatching(/id="f-data-0-emails-error"/),
    ]);
    const other = await browser.submit(PATH, PATH, {
      ...named,
      "/data/0/endpoint_ids": hook.body.id,
    });
    // The form offers no endpoint, so it asks for none.
    expect(other.status).toBe(303);
    expect((await browser.get(PATH)).text).not.toContain(hook.body.id);
  });

  it("are shown only to those who may change settings", async () => {
    const { tenantId } = await makeTenant();
    const viewer = await signedIn(await keyFor(tenantId, "viewer"));
    expect((await viewer.get(PATH)).status).toBe(403);
    expect((await viewer.get("/dashboard/alerts")).text).not.toContain(PATH);
  });
});
