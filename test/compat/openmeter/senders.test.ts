/**
 * What gateways and pipelines send to OpenMeter, as their code and documentation write it, with
 * their own spellings of numbers and times. Each is sent twice, and counts once.
 */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

const ONE = "application/cloudevents+json";
const BATCH = "application/cloudevents-batch+json";

/** Ten minutes ago, as Python writes it: microseconds, and no offset. */
const python = () => new Date(Date.now() - 600_000).toISOString().replace("Z", "456");
const zulu = () => new Date(Date.now() - 600_000).toISOString().replace("Z", "456789Z");

/** LiteLLM's `openmeter` callback, an event for each call of a model. */
const LITELLM = [
  ["chatcmpl-9a", "customer-1", "", "gpt-4o-mini", "1.5e-07", 21, 9],
  ["chatcmpl-9b", "customer-1", "+00:00", "claude", "0.00033749999999999997", 100, 50],
  ["chatcmpl-9c", "customer-2", "", "local", "null", 7, 5],
].map(([id, subject, offset, model, cost, prompt, completion]) => () => {
  const total = Number(prompt) + Number(completion);
  return (
    `{"specversion": "1.0", "type": "litellm_tokens", "id": "${id}", ` +
    `"time": "${python()}${offset}", "subject": "${subject}", "source": "litellm-proxy", ` +
    `"data": {"model": "${model}", "cost": ${cost}, "prompt_tokens": ${prompt}, ` +
    `"completion_tokens": ${completion}, "total_tokens": ${total}}}`
  );
});

/** OpenMeter's collector, which reads how long containers run. */
const COLLECTOR = () =>
  JSON.stringify(
    Array.from({ length: 100 }, (_, i) => ({
      id: `0193e8d8-${String(i).padStart(4, "0")}`,
      specversion: "1.0",
      type: "kube-pod-exec-time",
      source: "kubernetes-api",
      time: zulu(),
      subject: `namespace-${i % 3}`,
      data: { pod_name: `pod-${i}`, duration_nanoseconds: 15_000_000_000, duration_seconds: 15 },
    })),
  );

/** Kong's Metering & Billing: a request, and what a model read and wrote. */
const KONG = () =>
  JSON.stringify([
    {
      specversion: "1.0",
      id: "8a0c3e6e-request",
      source: "kong-gateway",
      type: "request",
      subject: "consumer-1",
      time: zulu(),
      datacontenttype: "application/json",
      data: { method: "POST", route: "chat", service: "llm", status_code: 200 },
    },
    ...["input", "output"].map((direction, i) => ({
      specversion: "1.0",
      id: `8a0c3e6e-${direction}`,
      source: "kong-gateway",
      type: "llm",
      subject: "consumer-1",
      time: zulu(),
      datacontenttype: "application/json",
      data: { tokens: 120 + i, model: "gpt-4o", direction },
    })),
  ]);

type Meter = { slug: string; eventType: string; valueProperty?: string; aggregation?: string };

async function withMeters(meters: readonly Meter[]) {
  const { key } = await makeTenant();
  for (const meter of meters) {
    const body = { aggregation: "SUM", ...meter };
    const made = await call(key, "POST", "/openmeter/api/v1/meters", body);
    expect([made.status, made.body.detail]).toEqual([201, undefined]);
  }
  const totals = async () => {
    const found: Record<string, number> = {};
    for (const { slug } of meters) {
      const { body } = await call(key, "GET", `/openmeter/api/v1/meters/${slug}/query`);
      found[slug] = body.data[0]?.value ?? 0;
    }
    return found;
  };
  const send = async (path: string, type: string, text: string) => {
    const answer = await call(key, "POST", path, text, { "content-type": type });
    return [answer.status, answer.bytes.length, answer.body?.detail];
  };
  return { key, totals, send };
}

describe("sent twice, counted once", () => {
  it("LiteLLM", async () => {
    const { key, totals, send } = await withMeters([
      { slug: "tokens", eventType: "litellm_tokens", valueProperty: "$.total_tokens" },
      { slug: "cost", eventType: "litellm_tokens", valueProperty: "$.cost" },
      { slug: "calls", eventType: "litellm_tokens", aggregation: "COUNT" },
    ]);
    for (let times = 0; times < 2; times++) {
      for (const body of LITELLM) {
        expect(await send("/openmeter/api/v1/events", ONE, body())).toEqual([204, 0, undefined]);
      }
    }
    // 0.00000015 is 0, 0.00033749999999999997 is 0.000337, to six places.
    expect(await totals()).toEqual({ tokens: 192, cost: 0.000337, calls: 3 });
    const { body } = await call(key, "GET", "/api/usage/events?metric_name=cost");
    const sent = body.data.map((event: { metadata: object }) => event.metadata);
    expect(sent).toMatchObject([
      { sent_quantity: "0.00033749999999999997", model: "claude" },
      { sent_quantity: "1.5e-7", model: "gpt-4o-mini" },
    ]);
  });

  it("the collector", async () => {
    const { totals, send } = await withMeters([
      { slug: "pod_time", eventType: "kube-pod-exec-time", valueProperty: "$.duration_seconds" },
    ]);
    for (let times = 0; times < 2; times++) {
      const sent = await send("/openmeter/api/v1/events", "application/json", COLLECTOR());
      expect(sent).toEqual([204, 0, undefined]);
    }
    expect(await totals()).toEqual({ pod_time: 1_500 });
  });

  it("Kong, with version 3", async () => {
    const { totals, send } = await withMeters([
      { slug: "requests", eventType: "request", aggregation: "COUNT" },
      { slug: "llm_tokens", eventType: "llm", valueProperty: "$.tokens" },
    ]);
    for (let times = 0; times < 2; times++) {
      const type = `${BATCH}; charset=utf-8`;
      const sent = await send("/openmeter/api/v3/openmeter/events", type, KONG());
      expect(sent).toEqual([202, 0, undefined]);
    }
    expect(await totals()).toEqual({ requests: 1, llm_tokens: 241 });
  });
});

describe("a compressed body", () => {
  it("counts, in a coding that is taken", async () => {
    const { key, totals } = await withMeters([
      { slug: "pod_time", eventType: "kube-pod-exec-time", valueProperty: "$.duration_seconds" },
    ]);
    const packed = new Uint8Array(gzipSync(COLLECTOR()));
    const type = { "content-type": "application/json" };
    const path = "/openmeter/api/v1/events";
    const send = (coding: string, body: Uint8Array) =>
      call(key, "POST", path, body, { ...type, "content-encoding": coding });
    expect((await send("gzip", packed)).status).toBe(204);
    expect(await totals()).toEqual({ pod_time: 1_500 });
    expect((await send("zstd", packed)).status).toBe(415);
    expect((await send("gzip", packed.slice(0, -9))).status).toBe(400);
    const bomb = new Uint8Array(gzipSync(new Uint8Array(50_000_000)));
    expect((await send("gzip", bomb)).status).toBe(400);
  });
});

describe("what is refused", () => {
  const event = { specversion: "1.0", id: "1", source: "s", type: "t", subject: "u", data: {} };
  const send = async (body: unknown, type = BATCH, path = "/openmeter/api/v1/events") => {
    const { key } = await makeTenant();
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const answer = await call(key, "POST", path, text, { "content-type": type });
    expect(answer.headers.get("content-type") ?? "").toBe("application/problem+json");
    expect(answer.body).toMatchObject({ status: answer.status, title: expect.any(String) });
    return [answer.status, answer.body.detail];
  };

  it.each([
    ["no JSON", "{", 400, "not JSON"],
    ["an object as a batch", event, 400, "is an array"],
    ["another version", [{ ...event, specversion: "0.3" }], 400, '/0/specversion: is "1.0"'],
    ["no id", [{ ...event, id: "" }], 400, "/0/id: is required"],
    ["no subject", [{ ...event, subject: null }], 400, "/0/subject: is required"],
    ["binary data", [{ ...event, data_base64: "AA==" }], 400, "/0/data_base64"],
    ["another content", [{ ...event, datacontenttype: "text/xml" }], 400, "/0/datacontenttype"],
    ["no time", [{ ...event, time: "yesterday" }], 400, "/0/time"],
    ["too many events", Array.from({ length: 5_001 }, () => event), 400, "at most 5000"],
    ["too many bytes", `[${" ".repeat(2_000_000)}]`, 400, "at most 2000000 bytes"],
  ])("%s", async (_, body, status, detail) => {
    expect(await send(body)).toEqual([status, expect.stringContaining(detail)]);
    expect((await send(body, BATCH, "/api/v1/events"))[0]).toBe(status);
  });

  it("another content type, and several events as one", async () => {
    expect((await send(event, "text/plain"))[0]).toBe(415);
    expect(await send([event], ONE)).toEqual([400, expect.stringContaining("one event")]);
  });

  it("a source of 300 characters counts, and is still of this API", async () => {
    const { key } = await makeTenant();
    const body = JSON.stringify({ ...event, source: "x".repeat(300) });
    const sent = await call(key, "POST", "/openmeter/api/v1/events", body, { "content-type": ONE });
    expect(sent.status).toBe(204);
    const { body: listed } = await call(key, "GET", "/api/usage/events");
    expect(listed.data[0].source).toMatch(/^openmeter:hash:[\da-f]{32}$/);
    const { body: shown } = await call(key, "GET", "/openmeter/api/v1/events");
    expect(shown[0].event).toMatchObject({ id: "1", source: expect.stringMatching(/^hash:/) });
  });

  it("an id of 300 characters counts, as its hash", async () => {
    const { key } = await makeTenant();
    const id = "x".repeat(300);
    const body = JSON.stringify([
      { ...event, id },
      { ...event, id },
    ]);
    const sent = await call(key, "POST", "/openmeter/api/v1/events", body, {
      "content-type": BATCH,
    });
    expect(sent.status).toBe(204);
    const { body: listed } = await call(key, "GET", "/api/usage/events");
    expect(listed.data.map((one: { id: string }) => one.id)).toEqual([
      expect.stringMatching(/^hash:[\da-f]{32}$/),
    ]);
  });
});
