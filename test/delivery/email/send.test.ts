import { Buffer } from "node:buffer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Actor } from "../../../src/accounts/actor/actor.ts";
import { NEWEST_VERSION } from "../../../src/core/api-version.ts";
import { composeDocument, type Sending } from "../../../src/delivery/email/compose.ts";
import { sealOldLetters } from "../../../src/delivery/email/sealed-letter.ts";
import { emailRow } from "../../../src/delivery/email/send.ts";
import { insertEmail, readEmail } from "../../../src/delivery/email/store.ts";
import { MAX_ATTEMPTS } from "../../../src/delivery/transport/retry.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { signedIn } from "../../dashboard/browser.ts";
import { RED_BLUE } from "../../documents/pictures.ts";
import { call, makeTenant, type TestTenant } from "../../support/api.ts";
import { quietEnv, receive, sendNext } from "../receiver.ts";

const BUYER = "buyer@example.com";
let env: Env;
beforeEach(() => {
  ({ env } = quietEnv());
  env = { ...env, EMAIL_PROVIDER: "resend", EMAIL_KEY: "key", EMAIL_FROM: "bills@example.com" };
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function finalDocument(
  kind: "invoice" | "quote",
  options: Record<string, unknown> = {},
  of?: TestTenant,
): Promise<TestTenant & { id: string; number: string }> {
  const { clock, ...customer } = options as { clock?: string };
  const tenant = of ?? (await makeTenant(clock === undefined ? {} : { clock }));
  const post = async (path: string, body?: unknown) => {
    const answer = await call(tenant.key, "POST", path, body);
    expect([answer.status < 300, answer.body?.detail]).toEqual([true, undefined]);
    return answer.body;
  };
  const issuer = { legal_name: 'A "B" & <C> Ltd', email: "us@example.com", currency: "USD" };
  await call(tenant.key, "PUT", "/api/issuer", issuer);
  const buyer = await post("/api/customers", { name: "Buyer", email: BUYER, ...customer });
  const lines = [{ name: "Work", quantity: 2, unit_price: 5 }];
  const { id } = await post(`/api/${kind}s`, { customer_id: buyer.id, lines });
  const { number } = await post(`/api/${kind}s/${id}/finalize`);
  return { ...tenant, id, number };
}

/** A live tenant's message that is not sent yet. */
async function queued(kind: "invoice" | "quote", given: Partial<Sending> = {}, of?: TestTenant) {
  const document = await finalDocument(kind, {}, of);
  const nowMs = Date.now();
  const actor: Actor = {
    tenantId: document.tenantId,
    tenantName: "Test",
    mode: "live",
    operator: false,
    keyId: "key_1",
    userId: null,
    role: "owner",
    apiVersion: NEWEST_VERSION,
    confinement: null,
    eventsPerMinute: null,
    metricNames: 1_000,
    fullAt: null,
    nowMs,
    realMs: nowMs,
    requestId: "req_1",
  };
  const sending: Sending = {
    occasion: { letter: "document" },
    to: null,
    cc: [],
    message: null,
    xml: null,
    ...given,
  };
  const email = await composeDocument(env, actor, kind, document.id, sending);
  return { ...document, email: email.id };
}

const btoaOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

const read = async ({ key }: TestTenant, email: string) =>
  (await call(key, "GET", `/api/emails/${email}`)).body;

async function eventsOf({ key }: TestTenant, type: string) {
  const { body } = await call(key, "GET", "/api/webhooks/events?limit=200");
  return body.data.filter((event: { type: string }) => event.type === type);
}

describe("a letter at rest", () => {
  const stored = async (id: string) =>
    JSON.stringify(await env.DB.prepare("SELECT * FROM emails WHERE id = ?").bind(id).first());

  it("is sealed, and read by its tenant as it was written", async () => {
    const made = await queued("invoice");
    const { html, text } = await read(made, made.email);
    const [, token = "none"] = /https:..api.test.d.([\w.-]+)/.exec(text) ?? [];
    expect(html).toContain(token);
    expect(await stored(made.email)).not.toContain(token.split(".")[2]);
    const [linked] = (await call(made.key, "GET", `/api/invoices/${made.id}/links`)).body.data;
    expect(token).toContain(linked.id);
  });

  it("whose secret was changed is tried as long as any, then failed, and says why", async () => {
    const made = await queued("invoice");
    const taken = receive(() => Response.json({ id: "re_1" }));
    const changed = { ...env, DELIVERY_SECRET: "another secret of the installation" };
    for (let i = 0; i < MAX_ATTEMPTS; i++) await sendNext(changed, made.email, Date.now());
    expect(taken).toEqual([]);
    const row = await env.DB.prepare("SELECT status, reason FROM emails WHERE id = ?")
      .bind(made.email)
      .first();
    const reason = expect.stringContaining("sealed under another DELIVERY_SECRET");
    expect(row).toEqual({ status: "failed", reason });
    const due = env.DB.prepare("SELECT count(*) AS n FROM due WHERE ref = ?").bind(made.email);
    expect(await due.first("n")).toBe(0);
  });

  it("of an earlier version is read as it is, and sealed by the minute's sweep", async () => {
    const made = await queued("invoice");
    const before = await read(made, made.email);
    await env.DB.prepare("UPDATE emails SET html = ?2, plain = ?3, sealed = 0 WHERE id = ?1")
      .bind(made.email, before.html, before.text)
      .run();
    expect(await read(made, made.email)).toEqual(before);
    await sealOldLetters({ ...env, DELIVERY_SECRET: "" });
    expect(await stored(made.email)).toContain(before.text.slice(0, 20));
    await sealOldLetters(env);
    expect(await stored(made.email)).not.toContain("/d/lnk_");
    expect(await read(made, made.email)).toEqual(before);
  });
});

describe("an e-mail with a document", () => {
  it("goes to the buyer with the PDF attached, and is announced", async () => {
    const message = "Thank you & <goodbye>";
    const sent = await queued("invoice", { message, cc: ["books@example.com"] });
    const taken = receive(() => Response.json({ id: "re_1" }));
    await sendNext(env, sent.email, Date.now());
    const [request] = taken;
    expect(request?.url).toBe("https://api.resend.com/emails");
    expect(request?.headers).toMatchObject({
      authorization: "Bearer key",
      "idempotency-key": sent.email,
    });
    const body = JSON.parse(request?.body ?? "");
    expect(body).toMatchObject({
      from: '"A \\"B\\" & <C> Ltd" <bills@example.com>',
      to: [BUYER],
      cc: ["books@example.com"],
      reply_to: "us@example.com",
      attachments: [{ filename: `Invoice-${sent.number}.pdf`, content_type: "application/pdf" }],
    });
    expect(atob(body.attachments[0].content).slice(0, 5)).toBe("%PDF-");
    expect(body.html).toContain("Thank you &amp; &lt;goodbye&gt;");
    expect(body.html).toContain("&lt;C&gt;");
    expect(body.text).toContain(message);
    expect(await read(sent, sent.email)).toMatchObject({
      status: "sent",
      provider: "resend",
      provider_id: "re_1",
      to: [BUYER],
    });
    expect((await eventsOf(sent, "invoice.sent")).length).toBe(1);
  });

  it("is one message however often it is asked to go", async () => {
    const sent = await queued("quote");
    const taken = receive(() => Response.json({ id: "re_1" }));
    await sendNext(env, sent.email, Date.now());
    await sendNext(env, sent.email, Date.now());
    expect([taken.length, (await eventsOf(sent, "quote.sent")).length]).toEqual([1, 1]);
  });

  it.each([
    ["500", () => new Response("down", { status: 500 })],
    ["429", () => new Response("slow", { status: 429, headers: { "retry-after": "600" } })],
    ["a reset", () => Promise.reject(new Error("reset"))],
  ])("waits for a provider that answers %s, under the same key", async (_, answer) => {
    const sent = await queued("invoice");
    const taken = receive(answer);
    const beganMs = Date.now();
    await sendNext(env, sent.email, beganMs);
    expect(await read(sent, sent.email)).toMatchObject({ status: "queued", attempts: 1 });
    const due = env.DB.prepare("SELECT at_ms AS atMs FROM due WHERE id = ?");
    const row = await due.bind(`email.send:${sent.email}`).first<{ atMs: number }>();
    expect(row?.atMs ?? 0).toBeGreaterThan(beganMs);
    await sendNext(env, sent.email, Date.now());
    const keys = taken.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toEqual([sent.email, sent.email]);
  });

  it("fails at once where the address is wrong, and at last where nothing helps", async () => {
    for (const [status, attempts] of [
      [422, 1],
      [503, MAX_ATTEMPTS],
    ] as const) {
      const sent = await queued("invoice");
      const taken = receive(() => new Response("no such address", { status }));
      for (let n = 0; n <= MAX_ATTEMPTS; n++) await sendNext(env, sent.email, Date.now());
      expect(taken).toHaveLength(attempts);
      const reason = `${status} no such address`;
      expect(await read(sent, sent.email)).toMatchObject({ status: "failed", reason });
      expect(await eventsOf(sent, "email.failed")).toMatchObject([
        { data: { email_id: sent.email, to: [BUYER], reason } },
      ]);
      vi.restoreAllMocks();
    }
  });

  it("of a test tenant never leaves the installation", async () => {
    const sent = await finalDocument("invoice", { clock: "2026-01-01T00:00:00Z" });
    const { body } = await call(sent.key, "POST", `/api/invoices/${sent.id}/send`, {});
    const taken = receive(() => Response.json({}));
    await sendNext(env, body.id, Date.now());
    expect(taken).toEqual([]);
    expect(await read(sent, body.id)).toMatchObject({ status: "sent", provider: "inbox" });
  });

  it("is in the document's language", async () => {
    const { key, id, number } = await finalDocument("quote", { language: "de" });
    const { body } = await call(key, "POST", `/api/quotes/${id}/send`, {});
    expect(body.subject).toContain(`Angebot ${number}`);
  });

  it("is refused for a draft, and without anybody to send it to", async () => {
    const { key, id } = await finalDocument("invoice", { email: null });
    const send = (of: string) => call(key, "POST", `/api/invoices/${of}/send`, {});
    const refused = await send(id);
    expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, "/to"]);
    const { body: invoice } = await call(key, "GET", `/api/invoices/${id}`);
    const { body: draft } = await call(key, "POST", "/api/invoices", {
      customer_id: invoice.customer_id,
      lines: [{ name: "X", quantity: 1, unit_price: 1 }],
    });
    expect((await send(draft.id)).status).toBe(409);
  });

  it("leads to the document online, by a link of its own", async () => {
    const sent = await queued("invoice");
    const { text } = await read(sent, sent.email);
    const [, path = ""] = /https:\/\/api\.test(\/d\/\S+)/.exec(text) ?? [];
    const file = await call(null, "GET", path);
    expect([file.status, file.headers.get("content-type")]).toEqual([200, "application/pdf"]);
  });

  it("shows the tenant's logo as an attachment of its own", async () => {
    const tenant = await makeTenant();
    await call(tenant.key, "PUT", "/api/branding/logo", RED_BLUE, { "content-type": "image/png" });
    const sent = await queued("invoice", {}, tenant);
    const { html, attachments } = await read(sent, sent.email);
    expect(html).toContain('src="cid:logo"');
    const shown = await signedIn(tenant.key);
    const letter = await shown.get(`/dashboard/emails/${sent.email}/letter`);
    expect(letter.text).toContain(`src="data:image/png;base64,${btoaOf(RED_BLUE)}"`);
    expect(letter.headers.get("content-security-policy")).toContain("img-src data:");
    expect(attachments).toMatchObject([{ inline: false }, { name: "logo.png", inline: true }]);
    const taken = receive(() => Response.json({ id: "re_1" }));
    await sendNext(env, sent.email, Date.now());
    const [, logo] = JSON.parse(taken[0]?.body ?? "").attachments;
    expect([logo.content_id, logo.content]).toEqual(["logo", btoaOf(RED_BLUE)]);
  });

  it("goes to nobody on the suppression list, and to the others", async () => {
    const sent = await queued("invoice", { to: [BUYER, "Gone@Example.com"] });
    const gone = { address: "gone@example.com" };
    expect((await call(sent.key, "POST", "/api/suppressions", gone)).status).toBe(201);
    const taken = receive(() => Response.json({ id: "re_1" }));
    await sendNext(env, sent.email, Date.now());
    expect(JSON.parse(taken[0]?.body ?? "").to).toEqual([BUYER]);
  });

  it("ends as suppressed where nobody is left, which is announced", async () => {
    const sent = await queued("invoice");
    await call(sent.key, "POST", "/api/suppressions", { address: BUYER.toUpperCase() });
    const taken = receive(() => Response.json({ id: "re_1" }));
    await sendNext(env, sent.email, Date.now());
    expect([taken, (await read(sent, sent.email)).status]).toEqual([[], "suppressed"]);
    expect(await eventsOf(sent, "email.failed")).toMatchObject([
      { data: { email_id: sent.email } },
    ]);
    const list = () => call(sent.key, "GET", "/api/suppressions");
    expect((await list()).body.data).toMatchObject([{ address: BUYER, reason: "manual" }]);
    const path = `/api/suppressions/${encodeURIComponent(BUYER)}`;
    const removed = [await call(sent.key, "DELETE", path), await call(sent.key, "DELETE", path)];
    expect(removed.map(({ status }) => status)).toEqual([204, 404]);
    expect((await list()).body.data).toEqual([]);
  });

  it("is found by text of its subject or of a recipient", async () => {
    const sent = await queued("invoice", { cc: ["Books@Example.com"] });
    const find = async (q: string) => (await call(sent.key, "GET", `/api/emails?q=${q}`)).body.data;
    for (const q of ["BOOKS@", "buyer%40example", encodeURIComponent(sent.number.toLowerCase())]) {
      expect((await find(q)).map(({ id }: { id: string }) => id)).toEqual([sent.email]);
    }
    expect(await find("%25")).toEqual([]);
  });

  it("is found without what people leave out, and as an earlier version wrote it", async () => {
    const sent = await queued("invoice");
    const { search: _, ...row } = (await readEmail(env.DB, sent.email)) ?? expect.fail();
    const id = `${sent.email}_folded`;
    const letter = emailRow({ ...row, id, subject: "Łódź Straße 東京都" });
    await insertEmail(env.DB, letter).run();
    const found = async (q: string) => {
      const answer = await call(sent.key, "GET", `/api/emails?q=${encodeURIComponent(q)}`);
      return answer.body.data.map(({ id }: { id: string }) => id);
    };
    for (const q of ["lodz", "ŁÓDŹ", "strasse", "STRAẞE", "京"]) {
      expect(await found(q), q).toEqual([id]);
    }
    const search = "łódź straße 東京都";
    await env.DB.prepare("UPDATE emails SET search = ? WHERE id = ?").bind(search, id).run();
    for (const q of ["ŁÓDŹ", "straße", "京"]) expect(await found(q), q).toEqual([id]);
  });

  it("can be read in the development inbox, files and all", async () => {
    const sent = await queued("invoice");
    const page = await call(null, "GET", `/dev/inbox/${sent.email}`);
    const text = new TextDecoder().decode(page.bytes);
    expect([page.status, text.includes(`Invoice-${sent.number}.pdf`)]).toEqual([200, true]);
    const file = await call(null, "GET", `/dev/inbox/${sent.email}/attachments/0`);
    expect(new TextDecoder().decode(file.bytes.subarray(0, 5))).toBe("%PDF-");
    const html = await call(null, "GET", `/dev/inbox/${sent.email}/html`);
    expect(html.headers.get("content-security-policy")).toContain("sandbox");
  });
});
