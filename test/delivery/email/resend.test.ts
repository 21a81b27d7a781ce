/** The log of e-mails by status, its export, and sending again what was not sent. */
import { beforeAll, describe, expect, it } from "vitest";
import { signedIn, tokenOn } from "../../dashboard/browser.ts";
import { call, makeTenant, type TestTenant } from "../../support/api.ts";
import { unsentEmail } from "./unsent.ts";

let tenant: TestTenant;
const failed: string[] = [];
let sent = "";

beforeAll(async () => {
  tenant = await makeTenant();
  for (const subject of ["First", "Second", "Third"]) {
    failed.push(await unsentEmail(tenant.tenantId, { subject }));
  }
  sent = await unsentEmail(tenant.tenantId, { status: "sent", subject: "Arrived" });
  await unsentEmail(tenant.tenantId, { private: true, subject: "Sign in" });
});

const statusOf = async (id: string) =>
  (await call(tenant.key, "GET", `/api/emails/${id}`)).body.status;

describe("the log of e-mails", () => {
  it("is counted by status, without what is private", async () => {
    const { body } = await call(tenant.key, "GET", "/api/email-counts");
    const counts = body.data.filter(({ count }: { count: number }) => count > 0);
    expect(counts).toEqual([
      { status: "sent", count: 1, more: false },
      { status: "failed", count: 3, more: false },
    ]);
  });

  it("has tabs, and is exported as it is filtered", async () => {
    const browser = await signedIn(tenant.key);
    const { text } = await browser.get("/dashboard/emails?status=failed");
    expect(text.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ")).toContain("All 4 Queued 0");
    expect(text.match(/name="ids"/g)?.length).toBe(3);
    const file = await browser.get("/dashboard/emails/export?status=failed&format=csv");
    expect(file.text.trim().split("\r\n").length).toBe(4);
    expect(file.text).toContain(",Third,failed,8,");
  });
});

describe("sending e-mails again", () => {
  it("takes one that failed, and none that was sent", async () => {
    const again = await call(tenant.key, "POST", `/api/emails/${failed[0]}/resend`);
    expect([again.status, again.body.status, again.body.attempts]).toEqual([202, "queued", 0]);
    const { status, body } = await call(tenant.key, "POST", `/api/emails/${sent}/resend`);
    expect([status, body.code]).toEqual([409, "resource.conflict"]);
    const { key } = await makeTenant();
    expect((await call(key, "POST", `/api/emails/${failed[1]}/resend`)).status).toBe(404);
  });

  it("takes those that were chosen, and says in numbers which", async () => {
    const browser = await signedIn(tenant.key);
    const choice = [failed[1], failed[2], sent].map((id) => `ids=${id}`).join("&");
    const review = await browser.get(`/dashboard/emails/bulk?act=send_again&${choice}`);
    expect(review.text).toContain("Resend 2 e-mails");
    const done = await browser.post("/dashboard/emails/bulk", {
      form_token: tokenOn(review.text),
      act: "send_again",
      filter_ids: [failed[1], failed[2], sent].join(","),
    });
    expect(done.text).toContain("2 e-mails queued again");
    expect(await statusOf(failed[1] ?? "")).not.toBe("failed");
    expect(await statusOf(sent)).toBe("sent");
  });
});
