import { describe, expect, it } from "vitest";
import type { Email } from "../../../../src/delivery/email/provider/contract.ts";
import { mayRetry } from "../../../../src/delivery/email/provider/provider.ts";
import {
  EMAIL_PROVIDERS,
  PROVIDER_NAMES,
} from "../../../../src/delivery/email/provider/registry.ts";

const mail: Email = {
  fromName: "Example, Ltd",
  fromAddress: "bills@example.com",
  replyTo: "us@example.com",
  to: ["a@example.com", "b@example.com"],
  cc: [],
  subject: "Invoice",
  html: "<p>Hi</p>",
  text: "Hi",
  attachments: [{ name: "a.pdf", type: "application/pdf", bytes: new Uint8Array([1, 2]) }],
};
const content = "AQI=";

describe("a provider's wire format", () => {
  it("is Resend's", () => {
    expect(EMAIL_PROVIDERS.resend.request(mail, "k", "eml_1")).toEqual({
      path: "/emails",
      headers: { Authorization: "Bearer k", "Idempotency-Key": "eml_1" },
      body: {
        from: '"Example, Ltd" <bills@example.com>',
        to: ["a@example.com", "b@example.com"],
        reply_to: "us@example.com",
        subject: "Invoice",
        html: "<p>Hi</p>",
        text: "Hi",
        attachments: [{ content, filename: "a.pdf", content_type: "application/pdf" }],
        tags: [{ name: "message", value: "eml_1" }],
      },
    });
  });

  it("is Postmark's", () => {
    const { path, headers, body } = EMAIL_PROVIDERS.postmark.request(mail, "k", "eml_1");
    expect([path, headers["X-Postmark-Server-Token"]]).toEqual(["/email", "k"]);
    expect(body).toMatchObject({
      From: '"Example, Ltd" <bills@example.com>',
      To: "a@example.com,b@example.com",
      ReplyTo: "us@example.com",
      HtmlBody: "<p>Hi</p>",
      TextBody: "Hi",
      Metadata: { message: "eml_1" },
      Attachments: [{ Name: "a.pdf", Content: content, ContentType: "application/pdf" }],
    });
    expect(EMAIL_PROVIDERS.postmark.idOf({ MessageID: "m" }, new Headers())).toBe("m");
  });

  it("is SendGrid's", () => {
    const { path, body } = EMAIL_PROVIDERS.sendgrid.request(mail, "k", "eml_1");
    expect(path).toBe("/v3/mail/send");
    expect(body).toMatchObject({
      personalizations: [
        {
          to: [{ email: "a@example.com" }, { email: "b@example.com" }],
          custom_args: { message: "eml_1" },
        },
      ],
      from: { email: "bills@example.com", name: "Example, Ltd" },
      content: [
        { type: "text/plain", value: "Hi" },
        { type: "text/html", value: "<p>Hi</p>" },
      ],
      attachments: [{ content, filename: "a.pdf", type: "application/pdf" }],
    });
    expect(EMAIL_PROVIDERS.sendgrid.idOf({}, new Headers({ "x-message-id": "m" }))).toBe("m");
  });

  it("attaches a picture that the letter shows under its content id", () => {
    const logo = { name: "l.png", type: "image/png", bytes: new Uint8Array([1, 2]), cid: "logo" };
    const texts = PROVIDER_NAMES.map((name) =>
      JSON.stringify(
        EMAIL_PROVIDERS[name].request({ ...mail, attachments: [logo] }, "k", "eml_1").body,
      ),
    );
    expect(texts[0]).toContain('"content_id":"logo"');
    expect(texts[1]).toContain('"ContentID":"cid:logo"');
    expect(texts[2]).toContain('"disposition":"inline","content_id":"logo"');
  });

  it("leaves out what is empty", () => {
    const bare = { ...mail, replyTo: null, attachments: [] };
    for (const name of PROVIDER_NAMES) {
      const text = JSON.stringify(EMAIL_PROVIDERS[name].request(bare, "k", "eml_1").body);
      expect(text).not.toMatch(/null|"c?cc?":\[\]/i);
    }
  });

  it("is tried again only where it may succeed later", () => {
    expect([408, 429, 500, 503, 401].every(mayRetry)).toBe(true);
    expect([400, 404, 422].some(mayRetry)).toBe(false);
  });
});
