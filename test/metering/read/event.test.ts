import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

const NOW = "2026-03-10T12:00:00Z";

describe("events", () => {
  it("are found by id, by source and by sequence, and listed newest first", async () => {
    const { key } = await makeTenant({ clock: NOW });
    await call(key, "POST", "/api/usage/events", [
      { metric_name: "x", quantity: 1, id: "1", user_id: "ann" },
      { metric_name: "y", quantity: 2, id: "1", source: "edge" },
      { metric_name: "x", quantity: 3, id: "2", metadata: { k: "v" } },
    ]);
    const byId = await call(key, "GET", "/api/usage/events/1");
    expect(byId.body).toMatchObject({ metric_name: "x", user_id: "ann", event_seq: 1 });
    const bySource = await call(key, "GET", "/api/usage/events/1?source=edge");
    expect(bySource.body).toMatchObject({ metric_name: "y", source: "edge" });
    const bySeq = await call(key, "GET", "/api/usage/events/seq_3");
    expect(bySeq.body).toMatchObject({ id: "2", metadata: { k: "v" } });
    expect((await call(key, "GET", "/api/usage/events/nope")).status).toBe(404);
    const page = await call(key, "GET", "/api/usage/events?metric_name=x&limit=1");
    expect(page.body.data.map((e: { id: string }) => e.id)).toEqual(["2"]);
    const next = await call(
      key,
      "GET",
      `/api/usage/events?metric_name=x&limit=1&cursor=${page.body.next_cursor}`,
    );
    expect(next.body.data.map((e: { id: string }) => e.id)).toEqual(["1"]);
    const ann = await call(key, "GET", "/api/usage/events?user_id=ann");
    expect(ann.body.data).toHaveLength(1);
    const stranger = await makeTenant();
    expect((await call(stranger.key, "GET", "/api/usage/events/seq_1")).status).toBe(404);
  });

  it("are read both ways, and exported as they are filtered", async () => {
    const { key } = await makeTenant({ clock: NOW });
    // Drained in two segments, between and inside which pages end.
    for (let n = 1; n <= 5; n++) {
      const event = { metric_name: n === 3 ? "y" : "x", quantity: n / 2, id: `e${n}` };
      const more = n === 4 ? { user_id: "ann", metadata: { k: "v, 2" } } : {};
      await call(key, "POST", "/api/usage/record", { ...event, ...more });
      if (n === 3) await call(key, "GET", "/api/usage/events/e1");
    }
    await call(key, "POST", "/api/usage/events/e2/void");
    const list = async (query: string) => {
      const { status, body } = await call(key, "GET", `/api/usage/events?${query}`);
      expect(status, JSON.stringify(body)).toBe(200);
      return { ...body, ids: body.data.map(({ id }: { id: string }) => id) };
    };
    const walked = async (query: string, wanted: string[][]) => {
      const pages = [await list(query)];
      while (pages.length < wanted.length) {
        pages.push(await list(`${query}&cursor=${pages.at(-1).next_cursor}`));
      }
      expect(pages.map(({ ids }) => ids)).toEqual(wanted);
      expect([pages[0].previous_cursor, pages.at(-1).next_cursor]).toEqual([null, null]);
      let back = pages.at(-1);
      for (const page of pages.slice(0, -1).reverse()) {
        back = await list(`${query}&cursor=${back.previous_cursor}`);
        expect(back.ids).toEqual(page.ids);
        const on = await list(`${query}&cursor=${back.next_cursor}`);
        expect(on.ids).toEqual(wanted[wanted.findIndex(([id]) => id === page.ids[0]) + 1]);
      }
      expect(back.previous_cursor).toBeNull();
    };
    await walked("limit=2", [["e5", "e4"], ["e3", "e2"], ["e1"]]);
    await walked("limit=3&metric_name=x", [["e5", "e4", "e2"], ["e1"]]);
    const wrong = await call(key, "GET", "/api/usage/events?cursor=WyJhIiwiPCJd");
    expect([wrong.status, wrong.body.code]).toEqual([422, "request.cursor_invalid"]);

    const file = async (as: string, query: string) => {
      const path = `https://api.test/api/exports/usage-events?${query}`;
      const answer = await exports.default.fetch(path, {
        headers: { authorization: `Bearer ${as}` },
      });
      expect(answer.status).toBe(200);
      return new TextDecoder().decode(await answer.arrayBuffer());
    };
    // Exports are counted as usage, of the product's own source.
    const lines = (await file(key, "format=ndjson&source=api")).trimEnd().split("\n");
    const whole = await list("source=api");
    expect(lines.map((line) => JSON.parse(line))).toEqual(whole.data);
    expect(whole.data.map(({ voided }: { voided: boolean }) => voided)).toEqual([
      false,
      false,
      false,
      true,
      false,
    ]);
    const [head, ann, end] = (await file(key, "user_id=ann")).split("\r\n");
    expect(head).toBe(
      "id,source,event_seq,metric_name,quantity,timestamp,recorded_at,user_id,metadata,voided",
    );
    expect(ann).toBe(`e4,api,4,x,2,${NOW},${NOW},ann,"{""k"":""v, 2""}",false`);
    expect(end).toBe("");
    const stranger = await makeTenant();
    expect(await file(stranger.key, "format=ndjson")).toBe("");
  });

  it("are taken back once, whatever their metric's aggregation", async () => {
    const { key } = await makeTenant({ clock: NOW });
    await call(key, "PUT", "/api/metrics/peak", { aggregation: "max" });
    await call(key, "PUT", "/api/metrics/who", { aggregation: "unique", property: "u" });
    const at = (s: number) => new Date(Date.parse(NOW) + s * 1000).toISOString();
    await call(key, "POST", "/api/usage/events", [
      { metric_name: "peak", quantity: 5, id: "p5", timestamp: at(-60) },
      { metric_name: "peak", quantity: 9, id: "p9", timestamp: at(-50) },
      { metric_name: "who", quantity: 1, id: "w1", metadata: { u: "a" } },
      { metric_name: "who", quantity: 1, id: "w2", metadata: { u: "a" } },
      { metric_name: "who", quantity: 1, id: "w3", metadata: { u: "b" } },
    ]);
    const totals = async () => {
      const { body } = await call(key, "GET", "/api/usage/summary");
      return body.metrics
        .filter((m: Record<string, unknown>) => m.metric_name !== "api_calls")
        .map((m: Record<string, unknown>) => [
          m.metric_name,
          m.total_quantity,
          m.event_count,
          m.last_usage,
        ]);
    };
    expect(await totals()).toEqual([
      ["peak", 9, 2, at(-50).replace(".000", "")],
      ["who", 2, 3, NOW],
    ]);
    for (const id of ["p9", "w1", "w3", "p9"]) {
      const answer = await call(key, "POST", `/api/usage/events/${id}/void`);
      expect(answer.body).toMatchObject({ id, voided: true });
    }
    expect(await totals()).toEqual([
      ["peak", 5, 1, at(-60).replace(".000", "")],
      ["who", 1, 1, NOW],
    ]);
    const burned = await call(key, "POST", "/api/usage/record", {
      metric_name: "peak",
      quantity: 9,
      id: "p9",
      timestamp: at(-50),
    });
    expect(burned.body.duplicate).toBe(true);
    expect((await call(key, "GET", "/api/usage/events/p9")).body.voided).toBe(true);
  });
});
