/** The published `cloudevents` package against the running product, in every mode that it has. */
import { gzipSync } from "node:zlib";
import { CloudEvent, emitterFor, HTTP, httpTransport, type Message, Mode } from "cloudevents";
import { expect, it } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import { newState, type Served, serve } from "../process/command.ts";

const PATH = "/api/usage/cloudevents";

type Stored = {
  id: string;
  source: string;
  metric_name: string;
  quantity: number;
  timestamp: string;
  user_id: string | null;
  metadata: Record<string, unknown>;
};

function eventOf(id: string, more: object = {}) {
  return new CloudEvent({
    id,
    type: "conformance.calls",
    source: "/conformance",
    subject: "user 42",
    time: new Date(Date.now() - 60_000).toISOString(),
    region: "eu west",
    data: { value: 1.5, model: "small" },
    ...more,
  });
}

async function storedIn(api: Api): Promise<Map<string, Stored>> {
  const query = "metric_name=conformance.calls&limit=200";
  const { data } = await api.call<{ data: Stored[] }>("GET", `/api/usage/events?${query}`);
  return new Map(data.map((event) => [event.id, event]));
}

/** Sends a message of the package as it is, or compressed; answers status and body. */
async function send({ url, demoKey }: Served, message: Message, gzip = false) {
  const headers = new Headers(message.headers as Record<string, string>);
  headers.set("authorization", `Bearer ${demoKey}`);
  if (gzip) headers.set("content-encoding", "gzip");
  const text = String(message.body);
  const body = gzip ? gzipSync(text) : text;
  const answer = await fetch(url + PATH, { method: "POST", headers, body });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

it("its events count in every mode, compressed or not, and binary data is refused", async () => {
  const server = await serve(await newState());
  await expectEachMode(server);
  await expectBatches(server);
  await expectNoBinaryData(server);
});

/** Events count as they were written, in both modes, compressed or not. */
async function expectEachMode(server: Served): Promise<void> {
  const api = apiAt(server.url, server.demoKey);
  const events = new Map<string, CloudEvent<unknown>>();
  const headers = { authorization: `Bearer ${server.demoKey}` };
  for (const mode of [Mode.BINARY, Mode.STRUCTURED]) {
    // The transport tells nobody the status: what is stored says whether it was taken.
    const emit = emitterFor(httpTransport(server.url + PATH), { mode });
    const event = eventOf(`emitted-${mode}`);
    await emit(event, { headers });
    events.set(event.id, event);
  }
  for (const gzip of [false, true]) {
    for (const [mode, written] of [
      ["binary", HTTP.binary],
      ["structured", HTTP.structured],
    ] as const) {
      const event = eventOf(`${mode}-${gzip}`);
      expect(await send(server, written(event), gzip)).toMatchObject({
        status: 200,
        body: { accepted: 1 },
      });
      expect((await send(server, written(event), gzip)).body).toMatchObject({ duplicates: 1 });
      events.set(event.id, event);
    }
  }
  const stored = await storedIn(api);
  expect([...stored.keys()].sort()).toEqual([...events.keys()].sort());
  for (const [id, event] of events) {
    expect(stored.get(id)).toMatchObject({
      source: "/conformance",
      metric_name: "conformance.calls",
      quantity: 1.5,
      user_id: "user 42",
      metadata: { model: "small", region: "eu west" },
    });
    expect(Date.parse(stored.get(id)?.timestamp ?? "")).toBe(Date.parse(event.time ?? ""));
  }
}

/** A batch counts each event once, and names what is refused. */
async function expectBatches(server: Served): Promise<void> {
  const api = apiAt(server.url, server.demoKey);
  const before = (await storedIn(api)).size;
  const events = Array.from({ length: 100 }, (_, i) => eventOf(`batch-${i}`));
  const headers = { "content-type": "application/cloudevents-batch+json; charset=utf-8" };
  const batch = (all: object[]): Message => ({ headers, body: JSON.stringify(all) });
  expect((await send(server, batch(events), true)).body).toMatchObject({ accepted: 100 });
  const bad = { ...eventOf("bad").toJSON(), specversion: "0.3" };
  const mixed = await send(server, batch([...events, bad, eventOf("last")]));
  expect(mixed).toMatchObject({
    status: 422,
    body: { code: "usage.items_refused", accepted: 1, duplicates: 100, refused: 1 },
  });
  expect(mixed.body.errors).toMatchObject([{ pointer: "/100/specversion" }]);
  expect((await storedIn(api)).size).toBe(before + 101);
}

async function expectNoBinaryData(server: Served): Promise<void> {
  const event = eventOf("bytes", { data: new Uint8Array([1, 2, 3]) });
  expect(await send(server, HTTP.structured(event))).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: "/data_base64" }] },
  });
}
