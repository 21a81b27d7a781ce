import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { signedIn, signedInOwner } from "../browser.ts";

describe("automatic mail", () => {
  it("is switched on and off by its form", async () => {
    const { browser, key } = await signedInOwner();
    const path = "/dashboard/settings/mail";
    const before = await browser.get(path);
    expect(before.text).toMatch(/name="\/send_reminders"[^>]*checked/);
    const saved = await browser.submit(path, path, { "/send_invoices": "yes" });
    expect(saved.status).toBe(303);
    expect((await call(key, "GET", "/api/email-settings")).body).toEqual({
      send_invoices: true,
      send_receipts: false,
      send_credit_notes: false,
      send_reminders: false,
    });
    const { text } = await browser.get(path);
    expect(text).toMatch(/name="\/send_invoices"[^>]*checked/);
    expect(text).not.toMatch(/name="\/send_reminders"[^>]*checked/);
  });
});

describe("reminders", () => {
  const PATH = "/dashboard/settings/mail";

  it("are days around the due date; setting them leaves the rest of the profile", async () => {
    const { key } = await makeTenant();
    const profile = {
      legal_name: "X Ltd",
      payment_terms_days: 21,
      tax: { category: "S", percent: "19.5" },
    };
    await call(key, "PUT", "/api/issuer", profile);
    const browser = await signedIn(key);
    const save = (days: string) =>
      browser.submit(PATH, `${PATH}/reminders`, { "/reminder_days": days });
    expect((await save("14, \u22123 1")).status).toBe(303);
    const issuer = async () => (await call(key, "GET", "/api/issuer")).body;
    expect(await issuer()).toMatchObject({
      reminder_days: [-3, 1, 14],
      legal_name: "X Ltd",
      payment_terms_days: 21,
      tax: { category: "S", percent: 19.5 },
    });
    expect((await browser.get(PATH)).text).toMatch(/name="\/reminder_days"[^>]*value="-3, 1, 14"/);
    const wrong = await save("soon");
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('value="soon"')]);
    expect((await save("")).status).toBe(303);
    expect((await issuer()).reminder_days).toEqual([]);
  });
});
