import { describe, expect, it } from "vitest";
import { verifyWebhook } from "../../client/src/index.ts";
import { secretText, signedHeaders } from "../../src/delivery/transport/signature.ts";

const NOW_MS = Date.UTC(2026, 10, 24);
const secret = secretText(new Uint8Array(32).fill(7));
const other = secretText(new Uint8Array(32).fill(8));
const event = {
  id: "evt_1",
  seq: 1,
  type: "quote.accepted",
  timestamp: "2026-11-24T00:00:00.000Z",
  data: { quote_id: "quo_1", number: "QUO-2026-001" },
};
const body = JSON.stringify(event);
const headers = (atMs = NOW_MS, secrets = [secret]) =>
  signedHeaders({ id: event.id, atSeconds: atMs / 1000, body }, secrets);

describe("a webhook", () => {
  it("is verified, also while secrets rotate", async () => {
    expect(await verifyWebhook(secret, headers(), body, NOW_MS)).toEqual(event);
    const both = new Headers(headers(NOW_MS, [other, secret]));
    expect(await verifyWebhook(secret, both, body, NOW_MS)).toEqual(event);
  });

  it("is verified whatever the case of its headers' names, and as lists of one value", async () => {
    const capital = (name: string) => name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
    const named = (change: (name: string) => string) =>
      Object.fromEntries(Object.entries(headers()).map(([name, value]) => [change(name), value]));
    const lists = Object.entries(headers()).map(([name, value]) => [name, [value]]);
    const given = [
      named(capital),
      named((name) => name.toUpperCase()),
      Object.fromEntries(lists),
      { ...headers(), "Webhook-Id": undefined },
      new Headers(headers()),
      new Map(Object.entries(headers())),
      Object.entries(headers()),
      Object.entries(headers()).flat(),
      ["Host", "webhook-id", ...Object.entries(named(capital)).flat()],
    ];
    for (const each of given) {
      expect(await verifyWebhook(secret, each, body, NOW_MS)).toEqual(event);
    }
    const twice = { ...headers(), "Webhook-Signature": "v1,AAAA" };
    await expect(verifyWebhook(secret, twice, body, NOW_MS)).rejects.toThrow("webhook-signature");
  });

  it("may be empty: what is signed is taken, and nothing else", async () => {
    const signed = { id: event.id, atSeconds: NOW_MS / 1000, body: "" };
    const empty = signedHeaders(signed, [secret]);
    expect(await verifyWebhook(secret, empty, "", NOW_MS)).toBeNull();
    await expect(verifyWebhook(secret, headers(), "", NOW_MS)).rejects.toThrow("signature");
  });

  it("is refused with another secret, body or time, or without a signature", async () => {
    const verify = (...of: Parameters<typeof verifyWebhook>) =>
      expect(verifyWebhook(...of)).rejects;
    await verify(other, headers(), body, NOW_MS).toThrow("signature");
    await verify(secret, headers(), body.replace("quo_1", "quo_2"), NOW_MS).toThrow("signature");
    await verify(secret, headers(NOW_MS - 301_000), body, NOW_MS).toThrow("time");
    await verify(secret, { ...headers(), "webhook-timestamp": "now" }, body, NOW_MS).toThrow(
      "time",
    );
    await verify(secret, { ...headers(), "webhook-signature": "v1,%" }, body, NOW_MS).toThrow();
    for (const none of [{}, new Map(), [], ["webhook-id"], new Headers()]) {
      await verify(secret, none, body, NOW_MS).toThrow("webhook-id");
    }
    const twice = [...Object.entries(headers()), ["Webhook-Id", "evt_2"] as [string, string]];
    for (const given of [twice, twice.flat(), new Map(twice)]) {
      await verify(secret, given, body, NOW_MS).toThrow("webhook-id");
    }
  });
});
