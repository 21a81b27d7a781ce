import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { secretText, signedHeaders } from "../../../src/delivery/transport/signature.ts";

const secret = (fill: number) => secretText(new Uint8Array(32).fill(fill));
const message = () => ({
  id: "msg_1",
  body: '{"grüße":1}',
  atSeconds: Math.floor(Date.now() / 1000),
});

describe("a signature", () => {
  it("is one that the receiver's own library accepts", () => {
    const sent = message();
    const headers = signedHeaders(sent, [secret(1)]);
    expect(new Webhook(secret(1)).verify(sent.body, headers)).toEqual({ grüße: 1 });
  });

  it("covers body, id, time and secret", () => {
    const sent = message();
    const headers = signedHeaders(sent, [secret(1)]);
    const receiver = new Webhook(secret(1));
    const altered: [string, Record<string, string>, Webhook][] = [
      ['{"grüße":2}', headers, receiver],
      [sent.body, { ...headers, "webhook-id": "msg_2" }, receiver],
      [sent.body, { ...headers, "webhook-timestamp": `${sent.atSeconds + 1}` }, receiver],
      [sent.body, headers, new Webhook(secret(2))],
    ];
    for (const [body, all, by] of altered) expect(() => by.verify(body, all)).toThrow();
    const old = { ...sent, atSeconds: sent.atSeconds - 600 };
    expect(() => receiver.verify(old.body, signedHeaders(old, [secret(1)]))).toThrow();
  });

  it("is there for each secret while one is rotated", () => {
    const sent = message();
    const headers = signedHeaders(sent, [secret(2), secret(1)]);
    for (const n of [1, 2]) new Webhook(secret(n)).verify(sent.body, headers);
    expect(() => new Webhook(secret(3)).verify(sent.body, headers)).toThrow();
  });
});
