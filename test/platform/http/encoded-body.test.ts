/** Compressed bodies as requests: on every path that takes a body, each refusal has its status. */
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { call, makeTenant, type TestTenant } from "../../support/api.ts";

const JSON_TYPE = { "content-type": "application/json" };
const EVENT = { metric_name: "m", quantity: 1 };

/** A request under each name that a coding has. */
const CODED = [
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["GZIP", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["identity", (text: string) => Buffer.from(text)],
] as const;

async function importPath({ key }: TestTenant): Promise<string> {
  const { body } = await call(key, "POST", "/api/usage/imports", { name: crypto.randomUUID() });
  return `/api/usage/imports/${body.id}/events`;
}

/** Each path that takes usage, what it takes as the nth request, and how much. */
async function ingestPaths(tenant: TestTenant) {
  const past = { ...EVENT, timestamp: "2020-01-01T00:00:00Z" };
  const cloudEvent = { specversion: "1.0", source: "s", type: "m" };
  return [
    ["/api/usage/record", (n: number) => ({ ...EVENT, id: `r${n}` }), 64_000],
    ["/api/usage/events", (n: number) => [{ ...EVENT, id: `e${n}` }], 2_000_000],
    ["/api/usage/cloudevents", (n: number) => ({ ...cloudEvent, id: `c${n}` }), 2_000_000],
    ["/api/usage/intake?metric=m", (n: number) => [{ n }], 10_000_000],
    ["/otlp/v1/traces", () => ({ resourceSpans: [] }), 10_000_000],
    [await importPath(tenant), (n: number) => ({ events: [{ ...past, id: `i${n}` }] }), 1_000_000],
    ["/api/customers", (n: number) => ({ name: `Customer ${n}` }), 1_000_000],
  ] as const;
}

describe("a compressed request", () => {
  it("is what it unpacks to, on every path that takes usage, and on others", async () => {
    const tenant = await makeTenant();
    for (const [path, bodyOf] of await ingestPaths(tenant)) {
      for (const [n, [coding, pack]] of CODED.entries()) {
        const headers = { ...JSON_TYPE, "content-encoding": coding };
        const body = pack(JSON.stringify(bodyOf(n)));
        const { status, body: answer } = await call(tenant.key, "POST", path, body, headers);
        expect([path, coding, answer.detail, Math.floor(status / 100)]).toEqual([
          path,
          coding,
          undefined,
          2,
        ]);
      }
    }
    const { body } = await call(tenant.key, "GET", "/api/usage/summary?metric_name=m");
    expect(body.metrics).toMatchObject([{ event_count: 4 * CODED.length }]);
  });

  it("is held to the limit by what it unpacks to", async () => {
    const tenant = await makeTenant();
    for (const [path, bodyOf, most] of await ingestPaths(tenant)) {
      for (const [coding, pack] of CODED) {
        if (coding === "identity") continue;
        const headers = { ...JSON_TYPE, "content-encoding": coding };
        const text = JSON.stringify(bodyOf(CODED.length));
        const full = await call(tenant.key, "POST", path, pack(text.padEnd(most)), headers);
        expect([path, coding, Math.floor(full.status / 100)]).toEqual([path, coding, 2]);
        const over = await call(tenant.key, "POST", path, pack(text.padEnd(most + 1)), headers);
        expect([path, coding, over.status]).toEqual([path, coding, 413]);
      }
    }
  }, 60_000);

  it("that is broken, or of a coding that is not taken, is refused", async () => {
    const tenant = await makeTenant();
    for (const [path, bodyOf] of await ingestPaths(tenant)) {
      const packed = gzipSync(JSON.stringify(bodyOf(0)));
      const cases: [string, Uint8Array, number][] = [
        ["gzip", packed.subarray(0, -1), 400],
        ["gzip", packed.subarray(0, 5), 400],
        ["gzip", Buffer.from("{}"), 400],
        ["gzip", Buffer.concat([packed, Buffer.from([0])]), 400],
        ["gzip", gzipSync(Buffer.from([0x7b, 0xff])), 400],
        ["deflate", packed, 400],
        ["br", packed, 415],
        ["zstd", packed, 415],
        ["gzip, gzip", gzipSync(packed), 415],
        ["none of yours", packed, 415],
      ];
      for (const [coding, body, status] of cases) {
        const headers = { ...JSON_TYPE, "content-encoding": coding };
        const answer = await call(tenant.key, "POST", path, body, headers);
        expect([path, coding, answer.status]).toEqual([path, coding, status]);
        const taken = status === 415 ? "gzip, deflate, identity" : null;
        expect(answer.headers.get("accept-encoding")).toBe(taken);
      }
      const plain = { ...JSON_TYPE };
      expect((await call(tenant.key, "POST", path, packed, plain)).status).toBe(400);
    }
  });

  it("that is empty is as empty as one without a coding", async () => {
    const { key } = await makeTenant();
    const headers = { ...JSON_TYPE, "content-encoding": "gzip" };
    expect((await call(key, "POST", "/api/usage/record", "", headers)).status).toBe(400);
    const listed = await call(key, "DELETE", "/api/keys/none", undefined, headers);
    expect(listed.status).toBe(404);
  });

  it("whose answer is asked for again is known, compressed or not", async () => {
    const { key } = await makeTenant();
    const named = { ...JSON_TYPE, "idempotency-key": "one" };
    const text = JSON.stringify({ name: "Once Ltd" });
    const gzip = { ...named, "content-encoding": "gzip" };
    const first = await call(key, "POST", "/api/customers", gzipSync(text), gzip);
    const again = await call(key, "POST", "/api/customers", text, named);
    expect([first.status, again.body.id]).toEqual([201, first.body.id]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
  });
});
