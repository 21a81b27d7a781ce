import { Buffer } from "node:buffer";
import { generateKeyPairSync, sign } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { Problem } from "../../../src/core/errors.ts";
import type { ProviderName } from "../../../src/delivery/email/provider/registry.ts";
import { emailRow } from "../../../src/delivery/email/send.ts";
import { insertEmail } from "../../../src/delivery/email/store.ts";
import { takeCallback } from "../../../src/delivery/email/take-report.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant, type TestTenant } from "../../support/api.ts";
import { quietEnv } from "../receiver.ts";

const TO = "Jo@Example.com";
const ADDRESS = "jo@example.com";
const NOW = Date.parse("2026-11-24T12:00:00Z");
const RESEND_SECRET = `whsec_${btoa("a secret of thirty-two characters")}`;
const sendgridKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const SENDGRID_KEY = sendgridKeys.publicKey.export({ format: "der", type: "spki" });

const SECRETS = {
  resend: RESEND_SECRET,
  postmark: "hook:pass word",
  sendgrid: SENDGRID_KEY.toString("base64"),
} satisfies Partial<Record<ProviderName, string>>;

/** Those whose reports are told here. */
type Reporter = keyof typeof SECRETS;

/** The headers that a provider sends with a body. */
function headersOf(provider: Reporter, body: string, atMs = NOW): Headers {
  if (provider === "postmark")
    return new Headers({ authorization: `Basic ${btoa("hook:pass word")}` });
  const seconds = String(Math.floor(atMs / 1_000));
  if (provider === "resend") {
    const signature = new Webhook(RESEND_SECRET).sign("msg_1", new Date(atMs), body);
    return new Headers({
      "svix-id": "msg_1",
      "svix-timestamp": seconds,
      "svix-signature": signature,
    });
  }
  const signature = sign("sha256", Buffer.from(seconds + body), sendgridKeys.privateKey);
  return new Headers({
    "x-twilio-email-event-webhook-timestamp": seconds,
    "x-twilio-email-event-webhook-signature": signature.toString("base64"),
  });
}

type Kind = "delivered" | "bounced" | "soft" | "complained" | "opened";

/** A provider's own words for what became of a message. */
function eventOf(provider: Reporter, kind: Kind, message: string): unknown {
  if (provider === "resend") {
    const type = { soft: "bounced" }[kind as "soft"] ?? kind;
    const bounce = {
      message: "550 no such user",
      type: kind === "soft" ? "Transient" : "Permanent",
    };
    const data = {
      email_id: "re_1",
      to: [TO],
      tags: { message },
      ...(type === "bounced" ? { bounce } : {}),
    };
    return { type: `email.${type}`, created_at: "2026-11-24T12:00:00Z", data };
  }
  if (provider === "postmark") {
    const of = { MessageID: "m-1", Metadata: { message } };
    return {
      delivered: { ...of, RecordType: "Delivery", Recipient: TO },
      bounced: {
        ...of,
        RecordType: "Bounce",
        Email: TO,
        Type: "HardBounce",
        Inactive: true,
        Details: "550 no such user",
      },
      soft: {
        ...of,
        RecordType: "Bounce",
        Email: TO,
        Type: "SoftBounce",
        Inactive: false,
        Details: "550 no such user",
      },
      complained: { ...of, RecordType: "SpamComplaint", Email: TO, Type: "SpamComplaint" },
      opened: { ...of, RecordType: "Open", Recipient: TO },
    }[kind];
  }
  const of = { email: TO, message, sg_event_id: "e", sg_message_id: "s" };
  const reason = "550 no such user";
  return [
    {
      delivered: { ...of, event: "delivered", response: "250 OK" },
      bounced: { ...of, event: "bounce", type: "bounce", reason },
      soft: { ...of, event: "bounce", type: "blocked", reason },
      complained: { ...of, event: "spamreport" },
      opened: { ...of, event: "open" },
    }[kind],
  ];
}

type Told = TestTenant & { email: string; env: Env; tell: (kind: Kind) => Promise<void> };

async function sentBy(provider: Reporter, status: "sent" | "queued" = "sent"): Promise<Told> {
  const tenant = await makeTenant();
  const env = {
    ...quietEnv().env,
    EMAIL_PROVIDER: provider,
    EMAIL_CALLBACK_SECRET: SECRETS[provider],
  };
  const email = makeId("eml", NOW);
  const row = emailRow({
    id: email,
    tenant: tenant.tenantId,
    scope: "",
    letter: "notice",
    fromName: "A",
    replyTo: null,
    recipients: [TO],
    cc: [],
    subject: "Hi",
    html: "",
    plain: "",
    attachments: [],
    createdMs: NOW,
    status,
  });
  await insertEmail(env.DB, row).run();
  const tell = async (kind: Kind) => {
    const body = JSON.stringify(eventOf(provider, kind, email));
    await takeCallback(env, provider, { body, headers: headersOf(provider, body) }, NOW);
  };
  return { ...tenant, email, env, tell };
}

const logOf = async ({ key, email }: Told) => (await call(key, "GET", `/api/emails/${email}`)).body;
const suppressed = async ({ key }: Told) => (await call(key, "GET", "/api/suppressions")).body.data;
const failures = async ({ key }: Told) =>
  (await call(key, "GET", "/api/webhooks/events")).body.data.filter(
    ({ type }: { type: string }) => type === "email.failed",
  );

describe.each(["resend", "postmark", "sendgrid"] as const)("%s reports", (provider) => {
  it("marks a message as delivered", async () => {
    const told = await sentBy(provider);
    await told.tell("delivered");
    const { status, reports } = await logOf(told);
    expect([status, reports]).toMatchObject([
      "delivered",
      [{ address: ADDRESS, kind: "delivered" }],
    ]);
    expect(await suppressed(told)).toEqual([]);
  });

  it("announces a bounce, and the address gets no more", async () => {
    const told = await sentBy(provider);
    await told.tell("bounced");
    expect(await logOf(told)).toMatchObject({ status: "bounced", reason: "550 no such user" });
    expect(await suppressed(told)).toMatchObject([
      { address: ADDRESS, reason: "bounced", email_id: told.email },
    ]);
    expect(await failures(told)).toMatchObject([
      { data: { email_id: told.email, reason: `${ADDRESS} bounced: 550 no such user` } },
    ]);
  });

  it("keeps the address after a bounce that will pass", async () => {
    const told = await sentBy(provider);
    await told.tell("soft");
    expect((await logOf(told)).status).toBe("bounced");
    expect(await suppressed(told)).toEqual([]);
  });

  it("takes a complaint and a delivery in whichever order they come", async () => {
    for (const kinds of [
      ["delivered", "complained"],
      ["complained", "delivered"],
    ] as const) {
      const told = await sentBy(provider);
      for (const kind of kinds) await told.tell(kind);
      expect((await logOf(told)).status).toBe("complained");
      expect(await suppressed(told)).toMatchObject([{ reason: "complained" }]);
      expect(await failures(told)).toEqual([]);
    }
  });

  it("changes nothing when the same report comes again", async () => {
    const told = await sentBy(provider);
    await told.tell("bounced");
    await call(told.key, "DELETE", `/api/suppressions/${encodeURIComponent(ADDRESS)}`);
    await told.tell("bounced");
    expect(await suppressed(told)).toEqual([]);
    expect((await failures(told)).length).toBe(1);
    expect((await logOf(told)).reports.length).toBe(1);
  });

  it("passes over kinds that nobody asked for, and messages that are not ours", async () => {
    const told = await sentBy(provider);
    await told.tell("opened");
    const body = JSON.stringify(eventOf(provider, "bounced", "eml_none"));
    await takeCallback(told.env, provider, { body, headers: headersOf(provider, body) }, NOW);
    expect((await logOf(told)).status).toBe("sent");
  });

  it("asks for a report again that comes before the message is known as sent", async () => {
    const told = await sentBy(provider, "queued");
    await expect(told.tell("delivered")).rejects.toMatchObject({ code: "service.busy" });
    expect((await logOf(told)).status).toBe("queued");
  });

  it("refuses a report that the provider did not sign", async () => {
    const told = await sentBy(provider);
    const body = JSON.stringify(eventOf(provider, "bounced", told.email));
    const other = headersOf(provider, `${body} `);
    if (provider === "postmark") other.set("authorization", `Basic ${btoa("hook:other")}`);
    for (const headers of [new Headers(), other]) {
      const taken = takeCallback(told.env, provider, { body, headers }, NOW);
      await expect(taken).rejects.toMatchObject({ code: "hook.unsigned" });
    }
    expect((await logOf(told)).status).toBe("sent");
  });

  it("refuses reports where none are set up", async () => {
    const { status } = await call(null, "POST", `/hooks/email/${provider}`, "{}");
    expect(status).toBe(404);
  });
});

describe("Resend", () => {
  it("refuses a signature that is five minutes old", async () => {
    const told = await sentBy("resend");
    const body = JSON.stringify(eventOf("resend", "bounced", told.email));
    const headers = headersOf("resend", body, NOW - 301_000);
    const taken = takeCallback(told.env, "resend", { body, headers }, NOW);
    await expect(taken).rejects.toBeInstanceOf(Problem);
  });
});
