/** A request with an Idempotency-Key whose server is killed between its change and its answer. */
import { describe, expect, it } from "vitest";
import { crash } from "./client.ts";
import { newState, type Served, serve } from "./command.ts";
import { changeLedger, queryLedger } from "./estate.ts";

type Json = Record<string, unknown>;

async function send({ url, demoKey }: Served, path: string, body: Json, name?: string) {
  const answer = await fetch(url + path, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${demoKey}`,
      "Content-Type": "application/json",
      ...(name === undefined ? {} : { "Idempotency-Key": name }),
    },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Json };
}

/** Sends a request to a server that is killed once its change is written. */
async function sendAndCrash(dir: string, path: string, body: Json, name: string): Promise<void> {
  const server = await serve(dir, "after_change");
  const lost = send(server, path, body, name).catch(() => null);
  await server.command.waitFor(/^FAULT after_change$/m);
  await crash(server);
  expect(await lost).toBeNull();
}

/** The clock of what stands in the ledger goes on by a minute. */
function minuteLater(dir: string): void {
  changeLedger(dir, "UPDATE idempotency SET created_ms = created_ms - 60001");
}

describe("a request that was killed between its change and its answer", () => {
  it("is done once: an invoice is made again from what was written", async () => {
    const dir = await newState();
    const first = await serve(dir, "none");
    const customer = await send(first, "/api/customers", { name: "Buyer" });
    const draft = {
      customer_id: customer.body.id,
      lines: [{ name: "Work", quantity: 1, unit_price: 1 }],
    };
    await crash(first);
    await sendAndCrash(dir, "/api/invoices", draft, "invoice");
    const [made] = queryLedger<{ id: string }>(dir, "SELECT id FROM documents");
    const again = await serve(dir, "none");
    const early = await send(again, "/api/invoices", draft, "invoice");
    expect([early.status, early.body.code]).toEqual([409, "idempotency.in_progress"]);
    await crash(again);
    minuteLater(dir);
    const later = await serve(dir, "none");
    const answers = [
      await send(later, "/api/invoices", draft, "invoice"),
      await send(later, "/api/invoices", draft, "invoice"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[0]?.body).toMatchObject({ id: made?.id, status: "draft", total: 1 });
    expect(answers[1]?.body).toEqual(answers[0]?.body);
    expect(queryLedger(dir, "SELECT id FROM documents")).toEqual([made]);
  });

  it("is done once: a key that is shown only here is shown to who asks again", async () => {
    const dir = await newState();
    const body = { name: "K", role: "viewer" };
    await sendAndCrash(dir, "/api/keys", body, "key");
    minuteLater(dir);
    const server = await serve(dir, "none");
    const again = await send(server, "/api/keys", body, "key");
    expect([again.status, again.body.name]).toEqual([201, "K"]);
    const headers = { Authorization: `Bearer ${again.body.key}` };
    expect((await fetch(`${server.url}/api/tenant`, { headers })).status).toBe(200);
    const made = queryLedger(dir, "SELECT id FROM api_keys WHERE name = 'K'");
    expect(made).toEqual([{ id: again.body.id }]);
  });
});
