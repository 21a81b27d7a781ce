/** Webhooks and e-mails over real HTTP to good and bad peers, and through the process's death. */
import { describe, expect, it } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import { crash } from "./client.ts";
import { newState, type Served, serve } from "./command.ts";
import { type Mood, type Peer, RETRY_AFTER_SECONDS, startPeer, until } from "./peer.ts";

const TIMEOUT_MS = 4_000;
const WORKER = "test/process/delivery-worker.ts";

/** A server whose e-mails go to `provider`. */
function serveWith(stateDir: string, provider: Peer): Promise<Served> {
  const bindings = {
    EMAIL_PROVIDER: "resend",
    EMAIL_KEY: "key",
    EMAIL_FROM: "bills@example.com",
    EMAIL_BASE_URL: provider.url,
    DELIVERY_TIMEOUT_MS: String(TIMEOUT_MS),
  };
  return serve(stateDir, JSON.stringify(bindings), WORKER);
}

/** Each e-mail's recipient says how the provider answers: `busy@peer.test`. */
function startProvider(): Promise<Peer> {
  return startPeer((_, body) => JSON.parse(body).to[0].split("@")[0] as Mood);
}

/** Rows of a running server's database: its file is the server's alone. */
async function query<Row>(url: string, sql: string): Promise<Row[]> {
  const response = await fetch(`${url}/test/query?${encodeURIComponent(sql)}`);
  return (await response.json()) as Row[];
}

/** How long from now a due row waits, in seconds; null where there is none. */
async function waitOf(url: string, kind: string, ref: string): Promise<number | null> {
  const sql = `SELECT at_ms AS atMs FROM due WHERE id = '${kind}:${ref}'`;
  const [row] = await query<{ atMs: number }>(url, sql);
  return row ? (row.atMs - Date.now()) / 1_000 : null;
}

type Delivery = { status: string; attempts: number; log: unknown[] };
type Email = { id: string; status: string; attempts: number; reason: string | null };

type Wait = { from: number; to: number };
const FIRST_RETRY: Wait = { from: -20, to: 6 };
const AFTER_BUSY: Wait = { from: RETRY_AFTER_SECONDS - 30, to: RETRY_AFTER_SECONDS };

describe("an attempt", () => {
  it("ends as the receiver's or the provider's answer says", async () => {
    const [peer, provider] = [await startPeer(), await startProvider()];
    const server = await serveWith(await newState(), provider);
    const api = apiAt(server.url, server.demoKey);
    const run = { api, url: server.url, peer, invoice: await finalInvoice(api) };
    await Promise.all([
      ...WEBHOOK_ENDS.map((end) => expectWebhook(run, end)),
      ...EMAIL_ENDS.map((end) => expectEmail(run, end)),
    ]);
    // Nobody followed the redirection; who was slow was asked again, under the same id.
    expect(provider.of("ok").length).toBe(1);
    for (const mood of ["ok", "slow"] as const) {
      const ids = peer.of(mood).map(({ headers }) => headers["webhook-id"]);
      expect([mood, new Set(ids).size]).toEqual([mood, 1]);
    }
  });
});

type Run = { api: Api; url: string; peer: Peer; invoice: string };
type End = { mood: Mood; status: string; says: unknown; wait: Wait | null };

const WEBHOOK_ENDS: End[] = [
  { mood: "ok", status: "succeeded", says: { status: 200 }, wait: null },
  { mood: "slow", status: "succeeded", says: { status: 200 }, wait: null },
  { mood: "drip", status: "succeeded", says: { status: 200 }, wait: null },
  { mood: "hang", status: "pending", says: { error: "no answer within 4 s" }, wait: FIRST_RETRY },
  { mood: "reset", status: "pending", says: { status: null }, wait: FIRST_RETRY },
  { mood: "error", status: "pending", says: { status: 500 }, wait: FIRST_RETRY },
  { mood: "busy", status: "pending", says: { status: 429 }, wait: AFTER_BUSY },
  { mood: "moved", status: "pending", says: { status: 301 }, wait: FIRST_RETRY },
  { mood: "gone", status: "failed", says: { status: 410 }, wait: null },
];

async function expectWebhook({ api, url, peer }: Run, end: End): Promise<void> {
  const { mood, status, says, wait } = end;
  const endpoint = await addEndpoint(api, `${peer.url}/${mood}`, ["invoice.voided"]);
  const test = `/api/webhooks/endpoints/${endpoint}/test`;
  const { id } = await api.call<{ id: string }>("POST", test);
  const done = await until(async () => {
    const delivery = await api.call<Delivery>("GET", `/api/webhooks/deliveries/${id}`);
    return delivery.attempts > 0 ? delivery : null;
  });
  expectWait(mood, await waitOf(url, "webhook.deliver", id), wait);
  expect([mood, done]).toMatchObject([mood, { status, attempts: 1, log: [says] }]);
  const read = await api.call("GET", `/api/webhooks/endpoints/${endpoint}`);
  expect([mood, read]).toMatchObject([mood, { enabled: mood !== "gone" }]);
}

const EMAIL_ENDS: End[] = [
  { mood: "ok", status: "sent", says: "", wait: null },
  { mood: "slow", status: "sent", says: "", wait: null },
  { mood: "hang", status: "queued", says: "TimeoutError", wait: FIRST_RETRY },
  { mood: "reset", status: "queued", says: "lost", wait: FIRST_RETRY },
  { mood: "error", status: "queued", says: "500", wait: FIRST_RETRY },
  { mood: "busy", status: "queued", says: "429", wait: AFTER_BUSY },
  { mood: "moved", status: "failed", says: "301", wait: null },
  { mood: "gone", status: "failed", says: "410", wait: null },
];

async function expectEmail({ api, url, invoice }: Run, end: End): Promise<void> {
  const { mood, status, says, wait } = end;
  const to = [`${mood}@peer.test`];
  const { id } = await api.call<Email>("POST", `/api/invoices/${invoice}/send`, { to });
  const done = await until(async () => {
    const email = await api.call<Email>("GET", `/api/emails/${id}`);
    return email.attempts > 0 ? email : null;
  });
  expectWait(mood, await waitOf(url, "email.send", id), wait);
  const reason = expect.stringContaining(String(says));
  expect([mood, done.status, done.reason ?? ""]).toEqual([mood, status, reason]);
}

function expectWait(mood: Mood, seconds: number | null, wanted: Wait | null): void {
  const within = seconds !== null && wanted && seconds > wanted.from && seconds < wanted.to;
  expect([mood, wanted ? within : seconds]).toEqual([mood, wanted ? true : null]);
}

async function addEndpoint(api: Api, url: string, events: string[] = []): Promise<string> {
  const body = { url, events };
  const { id } = await api.call<{ id: string }>("POST", "/api/webhooks/endpoints", body);
  await isProven(api, id);
  return id;
}

/** The peer answers the challenge that an endpoint is sent whose host has another one. */
async function isProven(api: Api, id: string): Promise<void> {
  type Endpoint = { status: string };
  await until(async () => {
    const { status } = await api.call<Endpoint>("GET", `/api/webhooks/endpoints/${id}`);
    return status === "active";
  });
}

async function finalInvoice(api: Api, email?: string): Promise<string> {
  const buyer = await api.call<{ id: string }>("POST", "/api/customers", { name: "Buyer", email });
  const { id } = await api.call<{ id: string }>("POST", "/api/invoices", {
    customer_id: buyer.id,
    lines: [{ name: "Work", quantity: 1, unit_price: 5 }],
  });
  await api.call("POST", `/api/invoices/${id}/finalize`);
  return id;
}

describe("a process that is killed", () => {
  it("at any step of a message's way: it arrives, and is one message", async () => {
    const [stateDir, peer] = [await newState(), await startPeer()];
    const provider = await startProvider();
    let server = await serveWith(stateDir, provider);
    const api = apiAt(server.url, server.demoKey);
    await addEndpoint(api, `${peer.url}/ok`, ["invoice.finalized"]);
    await api.call("PUT", "/api/email-settings", { send_invoices: true });
    for (const [n, place] of ["relay", "consume"].entries()) {
      await untilNone(server, UNHANDLED);
      await killAt(place, server);
      expect([place, peer.taken.length, provider.taken.length]).toEqual([place, n, n]);
      server = await serveWith(stateDir, provider);
      await until(() => peer.taken.length > n && provider.taken.length > n);
    }
    expect(JSON.parse(peer.taken[1]?.body ?? "")).toMatchObject({ type: "invoice.finalized" });
    await killAfterAttempts(server, peer, provider);
    server = await serveWith(stateDir, provider);
    await until(() => peer.of("slow").length > 1 && provider.of("slow").length > 1);
    const ids = peer.of("slow").map(({ headers }) => headers["webhook-id"]);
    const keys = provider.of("slow").map(({ headers }) => headers["idempotency-key"]);
    expect([new Set(ids).size, new Set(keys).size]).toEqual([1, 1]);
    expect(provider.of("ok").length).toBe(2);
    await untilNone(server, UNSENT);
  });
});

const UNHANDLED = "SELECT id FROM outbox WHERE handled_ms IS NULL";
const UNSENT = "SELECT id FROM emails WHERE status <> 'sent'";

async function untilNone({ url }: Served, sql: string): Promise<void> {
  await fetch(`${url}/test/sweep`);
  await until(async () => (await query(url, sql)).length === 0);
}

/** Kills it while an announcement stays there. */
async function killAt(place: string, server: Served): Promise<void> {
  await fetch(`${server.url}/test/hang?${place}`);
  const lost = finalInvoice(apiAt(server.url, server.demoKey), "ok@peer.test").catch(() => {});
  await server.command.waitFor(new RegExp(`^FAULT ${place}$`, "m"));
  await crash(server);
  await lost;
}

/** Kills it while the answers to a webhook and an e-mail are on their way. */
async function killAfterAttempts(server: Served, peer: Peer, provider: Peer): Promise<void> {
  const api = apiAt(server.url, server.demoKey);
  const endpoint = await addEndpoint(api, `${peer.url}/slow`, ["invoice.voided"]);
  await api.call("POST", `/api/webhooks/endpoints/${endpoint}/test`);
  const { data } = await api.call<{ data: { id: string }[] }>("GET", "/api/invoices");
  await api.call("POST", `/api/invoices/${data[0]?.id}/send`, { to: ["slow@peer.test"] });
  await until(() => peer.of("slow").length > 0 && provider.of("slow").length > 0);
  await crash(server);
}
