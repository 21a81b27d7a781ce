import { describe, expect, it } from "vitest";
import type { Email } from "../../../../src/delivery/email/provider/contract.ts";
import { providerOf } from "../../../../src/delivery/email/provider/provider.ts";
import type { Env } from "../../../../src/platform/runtime/env.ts";

const bytes = new Uint8Array([1, 2]);
const mail: Email = {
  fromName: "Example, Ltd",
  fromAddress: "bills@example.com",
  replyTo: "us@example.com",
  to: ["a@example.com"],
  cc: [],
  subject: "Invoice",
  html: "<p>Hi</p>",
  text: "Hi",
  attachments: [
    { name: "a.pdf", type: "application/pdf", bytes },
    { name: "l.png", type: "image/png", bytes, cid: "logo" },
  ],
};

/** What the platform's provider makes of a message, with what the binding was given. */
async function sendWith(answer: () => Promise<{ messageId: string }>) {
  const given: EmailMessageBuilder[] = [];
  const send = (builder: EmailMessageBuilder) => {
    given.push(builder);
    return answer();
  };
  const env = { EMAIL_PROVIDER: "cloudflare", EMAIL_FROM: "bills@example.com", EMAIL: { send } };
  const provider = providerOf(env as unknown as Env);
  const sent = await provider?.send(mail, "eml_1", new AbortController().signal);
  return { given, sent };
}

function failing(code?: string) {
  return () => Promise.reject(Object.assign(new Error("no"), code === undefined ? {} : { code }));
}

describe("the platform's own e-mail", () => {
  it("takes the message whole, and answers its id", async () => {
    const { given, sent } = await sendWith(async () => ({ messageId: "m-1" }));
    expect(sent).toEqual({ kind: "sent", providerId: "m-1" });
    expect(given).toEqual([
      {
        from: { email: "bills@example.com", name: "Example, Ltd" },
        to: ["a@example.com"],
        replyTo: "us@example.com",
        subject: "Invoice",
        html: "<p>Hi</p>",
        text: "Hi",
        attachments: [
          { filename: "a.pdf", type: "application/pdf", content: bytes, disposition: "attachment" },
          {
            filename: "l.png",
            type: "image/png",
            content: bytes,
            disposition: "inline",
            contentId: "logo",
          },
        ],
      },
    ]);
  });

  it("is asked again after an error that may pass, and not after one that will not", async () => {
    for (const code of [undefined, "E_RATE_LIMIT_EXCEEDED", "E_SENDER_NOT_VERIFIED"]) {
      expect((await sendWith(failing(code))).sent).toMatchObject({ kind: "retry" });
    }
    const { sent } = await sendWith(failing("E_RECIPIENT_SUPPRESSED"));
    expect(sent).toEqual({ kind: "rejected", reason: "E_RECIPIENT_SUPPRESSED no" });
  });

  it("names the setting that is missing", () => {
    const env = { EMAIL_PROVIDER: "cloudflare", EMAIL_FROM: "a@example.com" } as Env;
    expect(() => providerOf(env)).toThrow("send_email binding EMAIL");
  });
});
