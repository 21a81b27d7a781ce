/** The client against the running Worker, also over a wire that loses answers. */
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../client/src/api.ts";
import {
  ApiError,
  Client,
  type ClientOptions,
  type Refusal,
  type Warning,
} from "../../client/src/index.ts";
import { call, makeTenant, operatorKey, type TestTenant } from "../support/api.ts";

type Fetch = NonNullable<ClientOptions["fetch"]>;

const worker: Fetch = (input, init) => exports.default.fetch(new Request(input, init));

const clientOf = ({ key }: TestTenant, more: Partial<ClientOptions> = {}) =>
  new Client({ url: "https://api.test/", key, fetch: worker, ...more });

/** A wire on which the first answers get lost after the Worker has done its work. */
function losing(count: number): Fetch & { requests: number } {
  const wire: Fetch & { requests: number } = Object.assign(
    async (...request: Parameters<Fetch>) => {
      const answer = await worker(...request);
      wire.requests += 1;
      if (wire.requests <= count) throw new TypeError("the connection was lost");
      return answer;
    },
    { requests: 0 },
  );
  return wire;
}

async function counted({ key }: TestTenant): Promise<{ events: number; total: number }> {
  const { body } = await call(key, "GET", "/api/usage/summary?start_date=2020-01-01T00:00:00Z");
  const [metric] = body.metrics;
  return { events: metric?.event_count ?? 0, total: metric?.total_quantity ?? 0 };
}

const event = (quantity = 1) => ({ metric_name: "api_calls", quantity });

describe("a call", () => {
  it("takes and answers what the operation says", async () => {
    const client = clientOf(await makeTenant());
    const { id } = await client.call("createCustomer", { body: { name: "Harbour Ltd" } });
    const { balances, ...customer } = await client.call("getCustomer", { params: { id } });
    expect([customer.name, balances]).toEqual(["Harbour Ltd", []]);
    const found = await client.call("search", { query: { q: "harb" } });
    expect(found.customers).toEqual([customer]);
  });

  it("takes lists and filters in its query", async () => {
    const tenant = await makeTenant();
    await call(tenant.key, "PUT", "/api/metrics/tokens", { dimensions: ["model"] });
    const users = ["ann", "bob", "cyd"];
    const events = users.map((user_id, i) => {
      return { metric_name: "tokens", quantity: 10 ** i, user_id, metadata: { model: `m${i}` } };
    });
    const client = clientOf(tenant);
    await client.call("recordUsageBatch", { body: events });
    const { user_ids, breakdown } = await client.call("getUsageSummary", {
      query: {
        user_id: ["ann", "bob"],
        group_by: ["user_id", "model"],
        filter: { model: ["m1", "m2"] },
      },
    });
    expect(user_ids).toEqual(["ann", "bob"]);
    const rows = breakdown?.map(({ group, total_quantity }) => [group, total_quantity]);
    expect(rows).toEqual([[{ user_id: "bob", model: "m1" }, 10]]);
  });

  it("reads every row of a list, page after page", async () => {
    const client = clientOf(await makeTenant());
    for (const name of ["A", "B", "C"]) await client.call("createCustomer", { body: { name } });
    const names: string[] = [];
    const rows = client.each("listCustomers", { query: { limit: 1 } });
    for await (const { name } of rows) names.push(name);
    expect(names).toEqual(["C", "B", "A"]);
  });

  it("answers bytes where the API does", async () => {
    const client = clientOf(await makeTenant());
    const pdf = await client.call("previewBranding");
    expect(pdf instanceof Uint8Array && new TextDecoder().decode(pdf.slice(0, 5))).toBe("%PDF-");
  });

  it("throws what the API refuses, without sending it again", async () => {
    const wire = losing(0);
    const client = clientOf(await makeTenant(), { fetch: wire });
    const params = { id: "a/../b" };
    const error = await client.call("getCustomer", { params }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 404, code: "resource.not_found" });
    expect(wire.requests).toBe(1);
  });

  it("whose answer was lost is not done twice", async () => {
    const wire = losing(2);
    const client = clientOf(await makeTenant(), { fetch: wire });
    await client.call("createCustomer", { body: { name: "Once" } });
    expect(wire.requests).toBe(3);
    const { data } = await client.call("listCustomers");
    expect(data).toHaveLength(1);
  });

  it("waits as long as a busy API asks for", async () => {
    let busy = 2;
    const client = clientOf(await makeTenant(), {
      fetch: async (...request) => {
        if (busy-- <= 0) return worker(...request);
        return new Response("{}", { status: 503, headers: { "retry-after": "0" } });
      },
    });
    expect((await client.call("listCustomers")).data).toEqual([]);
  });
});

describe("an operator's client", () => {
  it("calls, lists and records for the tenant that it names", async () => {
    const client = clientOf({ tenantId: "", key: await operatorKey() });
    const [one, two] = [await makeTenant(), await makeTenant()];
    for (const { tenantId: tenant } of [one, two]) {
      await client.call("createCustomer", { tenant, body: { name: tenant } });
      const names: string[] = [];
      for await (const { name } of client.each("listCustomers", { tenant })) names.push(name);
      expect(names).toEqual([tenant]);
      const recorder = client.recorder({ tenant });
      await recorder.record(event(3));
      await recorder.close();
    }
    expect([await counted(one), await counted(two)]).toEqual([
      { events: 1, total: 3 },
      { events: 1, total: 3 },
    ]);
    const error = await client
      .call("getTenant", {
        tenant: "näme%",
        params: { id: "x" },
      })
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ status: 404, code: "resource.not_found" });
  });
});

describe("an operator's recorder", () => {
  it("keeps what one tenant cannot record for now, and loses nothing of the others", async () => {
    const client = clientOf({ tenantId: "", key: await operatorKey() });
    const [slow, good] = [await makeTenant(), await makeTenant()];
    const params = { id: slow.tenantId };
    const budget = (events_per_minute: number | null) =>
      client.call("changeTenant", { params, body: { events_per_minute } });
    await budget(1);
    const refused: Refusal[] = [];
    const recorder = client.recorder({ onRefused: (one) => refused.push(one) });
    const record = async (tenant: string, quantity = 1) => {
      await recorder.record({ ...event(quantity), tenant });
      return recorder.flush().catch((error: unknown) => error);
    };
    for (let i = 0; i < 2; i++) expect(await record(slow.tenantId)).toBeUndefined();
    expect(await record("ten_none")).toBeUndefined();
    expect(refused).toMatchObject([{ code: "resource.not_found" }]);
    expect(await record(slow.tenantId, 5)).toMatchObject({ code: "request.rate_limited" });
    expect(recorder.pending).toBe(1);
    expect(await record(good.tenantId)).toMatchObject({ isTemporary: true });
    expect([await counted(good), recorder.pending]).toEqual([{ events: 1, total: 1 }, 1]);
    await budget(null);
    await recorder.close();
    expect([await counted(slow), recorder.pending]).toEqual([{ events: 3, total: 7 }, 0]);
    expect(refused).toHaveLength(1);
  });
});

describe("a recorder", () => {
  it("counts each event once, whatever answers get lost", async () => {
    const tenant = await makeTenant();
    const wire = losing(3);
    const recorder = clientOf(tenant, { fetch: wire }).recorder({ batchEvents: 100 });
    for (let i = 0; i < 250; i++) await recorder.record(event(2));
    await recorder.close();
    expect(recorder.pending).toBe(0);
    expect(wire.requests).toBeGreaterThanOrEqual(6);
    expect(await counted(tenant)).toEqual({ events: 250, total: 500 });
  });

  it("sends its batches compressed where that is asked for, and each counts once", async () => {
    const tenant = await makeTenant();
    const sent: [encoding: string | null, bytes: number][] = [];
    const recorder = clientOf(tenant, {
      fetch: async (input, init) => {
        const encoding = new Headers(init?.headers).get("content-encoding");
        const { byteLength } = await new Response(init?.body ?? null).arrayBuffer();
        sent.push([encoding, byteLength]);
        const answer = await worker(input, init);
        if (sent.length === 1) throw new TypeError("the answer was lost");
        return answer;
      },
    }).recorder({ gzip: true });
    for (let i = 0; i < 500; i++) await recorder.record(event(2));
    await recorder.close();
    expect(sent.map(([encoding]) => encoding)).toEqual(["gzip", "gzip"]);
    // 500 ids of 128 bits each are 8,000 bytes alone, and about 120 characters an event.
    expect(sent[0]?.[1]).toBeLessThan(20_000);
    expect(await counted(tenant)).toEqual({ events: 500, total: 1_000 });
  });

  it("sends by itself after its wait", async () => {
    const tenant = await makeTenant();
    const recorder = clientOf(tenant).recorder({ waitMs: 10 });
    await recorder.record(event(7));
    while (recorder.pending > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await counted(tenant)).toEqual({ events: 1, total: 7 });
  });

  it("tells of the events that are refused, and of alerts", async () => {
    const refused: Refusal[] = [];
    const tenant = await makeTenant();
    const recorder = clientOf(tenant).recorder({ onRefused: (one) => refused.push(one) });
    await recorder.record(event());
    await recorder.record({ ...event(), id: "bad", quantity: "much" });
    await recorder.close();
    expect(refused).toMatchObject([{ event: { id: "bad" }, code: "request.invalid" }]);
    expect(await counted(tenant)).toEqual({ events: 1, total: 1 });
  });

  it("warns once of a name that nobody declared, with the one that may be meant", async () => {
    const warnings: Warning[] = [];
    const recorder = clientOf(await makeTenant()).recorder({ onWarning: (w) => warnings.push(w) });
    for (let i = 0; i < 2; i++) {
      await recorder.record({ metric_name: "api_cals", quantity: 1 });
      await recorder.flush();
    }
    await recorder.close();
    expect(warnings).toMatchObject([{ metric_name: "api_cals", suggestion: "api_calls" }]);
  });

  it("keeps what did not get through, and sends it later", async () => {
    const tenant = await makeTenant();
    const wire = losing(1);
    const errors: unknown[] = [];
    const recorder = clientOf(tenant, { fetch: wire, retries: 0 }).recorder({
      onError: (error) => errors.push(error),
    });
    await recorder.record(event(3));
    await expect(recorder.flush()).rejects.toThrow("lost");
    expect(recorder.pending).toBe(1);
    await recorder.flush();
    expect([recorder.pending, await counted(tenant)]).toEqual([0, { events: 1, total: 3 }]);
  });

  it("asks an API that is away once in a while, not for every event", async () => {
    const errors: unknown[] = [];
    const recorder = clientOf(await makeTenant(), {
      retries: 0,
      fetch: async () => {
        throw new TypeError("away");
      },
    }).recorder({ batchEvents: 2, onError: (error) => errors.push(error) });
    for (let i = 0; i < 50; i++) {
      await recorder.record(event());
      await Promise.resolve();
    }
    await expect(recorder.close()).rejects.toThrow("away");
    expect([errors.length <= 2, recorder.pending]).toEqual([true, 50]);
  });

  it("leaves behind only the event for which the API refuses a batch", async () => {
    const tenant = await makeTenant();
    const refused: Refusal[] = [];
    const recorder = clientOf(tenant).recorder({ onRefused: (one) => refused.push(one) });
    for (let i = 0; i < 7; i++) await recorder.record(event());
    await recorder.record({ ...event(), id: "huge", metadata: { text: "x".repeat(2_100_000) } });
    await recorder.close();
    expect(refused).toMatchObject([{ event: { id: "huge" }, code: "request.too_large" }]);
    expect(await counted(tenant)).toEqual({ events: 7, total: 7 });
  });

  it("has whoever records wait while too much is pending", async () => {
    const tenant = await makeTenant();
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const recorder = clientOf(tenant, {
      fetch: async (...request) => {
        await gate;
        return worker(...request);
      },
    }).recorder({ mostPending: 5, batchEvents: 5 });
    for (let i = 0; i < 5; i++) await recorder.record(event());
    let taken = false;
    const sixth = recorder.record(event()).then(() => {
      taken = true;
    });
    await Promise.resolve();
    expect([taken, recorder.pending]).toEqual([false, 5]);
    open();
    await sixth;
    await recorder.close();
    expect(await counted(tenant)).toEqual({ events: 6, total: 6 });
    await expect(recorder.record(event())).rejects.toThrow("closed");
  });
});

describe("the operations", () => {
  it("are the document's", async () => {
    const { paths } = (await call(null, "GET", "/openapi.json")).body;
    for (const [name, [method, path]] of Object.entries(OPERATIONS)) {
      expect(paths[path]?.[method.toLowerCase()]?.operationId, `${method} ${path}`).toBe(name);
    }
  });
});
