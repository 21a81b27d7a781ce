/** What the pages say that ask before many messages are sent again, of more than they look at. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { Browser } from "../browser.ts";

const NUMBERS = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)`;
const browser = new Browser();

beforeAll(async () => {
  const { key, tenantId } = await makeTenant();
  await browser.signIn(key);
  const url = "https://receiver.example/hook";
  const made = await call(key, "POST", "/api/webhooks/endpoints", { url });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const emails = env.DB.prepare(
    `${NUMBERS} INSERT INTO emails (id, tenant, scope, letter, from_name, recipients, cc, subject,
       html, plain, attachments, status, created_ms, search)
     SELECT 'eml_' || printf('%05d', i) || ?1, ?1, '', 'document', 'A', '["b@c.test"]', '[]', 'S',
       '', '', '[]', iif(i = 1, 'suppressed', 'sent'), 0, 's' FROM n`,
  );
  const deliveries = env.DB.prepare(
    `${NUMBERS} INSERT INTO webhook_deliveries (id, tenant, endpoint, message, type, status,
       created_ms)
     SELECT 'dlv_' || printf('%05d', i) || ?1, ?1, ?3, 'm' || i, 'invoice.paid',
       iif(i = 1, 'failed', 'succeeded'), 0 FROM n`,
  );
  await env.DB.batch([emails.bind(tenantId, 202), deliveries.bind(tenantId, 1_002, made.body.id)]);
});

/** The text of a page, without its marks. */
async function textOf(path: string): Promise<string> {
  const { text } = await browser.get(path);
  return text.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");
}

describe("a page that asks before many messages are sent again", () => {
  it("does not say that there are none where it did not look at all", async () => {
    const emails = await textOf("/dashboard/emails/bulk?act=send_again&all=yes");
    expect(emails).not.toContain("nothing to do");
    expect(emails).toContain("200 or more stay as they are");
    const deliveries = await textOf("/dashboard/webhooks/deliveries/bulk?act=retry&all=yes");
    expect(deliveries).not.toContain("nothing to do");
    expect(deliveries).toContain("1,000 or more stay as they are");
  });

  it("says so where it did", async () => {
    const emails = await textOf(
      "/dashboard/emails/bulk?act=send_again&all=yes&filter_status=queued",
    );
    expect(emails).toContain("There is nothing to do");
  });
});
