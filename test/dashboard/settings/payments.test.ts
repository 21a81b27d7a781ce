import { describe, expect, it } from "vitest";
import { makeTenant } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

describe("payment providers", () => {
  const PATH = "/dashboard/settings/payments";

  it("are connected, show where to send their events, and are disconnected", async () => {
    const browser = await signedIn((await makeTenant()).key);
    const act = (action: string, secret = "") =>
      browser.submit(PATH, `${PATH}/stripe/${action}`, { "/secret": secret });
    const short = await act("connect", "short");
    expect([short.status, short.text]).toEqual([422, expect.stringContaining("f-secret-error")]);
    expect((await act("connect", "whsec_1234567890")).status).toBe(303);
    const { text } = await browser.get(PATH);
    expect(text).toMatch(/https:\/\/api\.test\/hooks\/stripe\/hook_\w+/);
    expect(text).not.toContain("whsec_");
    const other = await signedIn((await makeTenant()).key);
    expect((await other.get(PATH)).text).not.toContain("/hooks/stripe/hook_");
    expect((await other.submit(PATH, `${PATH}/stripe/disconnect`)).status).toBe(404);
    expect((await act("disconnect")).status).toBe(303);
    expect((await browser.get(PATH)).text).not.toContain("/hooks/stripe/hook_");
  });
});
