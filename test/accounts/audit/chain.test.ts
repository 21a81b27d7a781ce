import { env, exports } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sealLogs } from "../../../src/accounts/audit/seal.ts";
import {
  ENTRY_FIELDS,
  linkOf,
  type SealedEntry,
} from "../../../src/accounts/audit/sealed-entry.ts";
import { BEGINNING, follow, type Place } from "../../../src/core/chain.ts";
import { sha256Hex } from "../../../src/platform/runtime/crypto.ts";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";

const ITEM = { name: "Work", unit_price: "5" };

async function chained(entries: number) {
  const { tenantId, key } = await makeTenant();
  const made = await call(key, "POST", "/api/items", ITEM);
  for (let n = 1; n < entries; n++) {
    await call(key, "PATCH", `/api/items/${made.body.id}`, { unit_price: String(n) });
  }
  const verify = async (after_seq = 0) =>
    (await call(key, "POST", "/api/audit/verify", { after_seq })).body;
  expect(await verify()).toMatchObject({ done: true, faults: [], verified: { seq: entries } });
  const run = (sql: string, ...values: unknown[]) =>
    env.DB.prepare(sql)
      .bind(...values, tenantId)
      .run();
  return { tenantId, key, verify, run };
}

const rowAt = (tenant: string, seq: number) =>
  env.DB.prepare("SELECT id, hash FROM audit WHERE tenant = ? AND seq = ?")
    .bind(tenant, seq)
    .first<{ id: string; hash: string | null }>();

async function exported(key: string, query = "") {
  const answer = await exports.default.fetch(
    `https://app.test/api/exports/audit?format=ndjson${query}`,
    { headers: { authorization: `Bearer ${key}` } },
  );
  const [first = "", ...lines] = (await answer.text()).trimEnd().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as SealedEntry);
  return { chain: JSON.parse(first).audit_chain, entries, headers: answer.headers };
}

describe("the chain of an audit log", () => {
  it("is whole after any writes, however many at once and whenever it is sealed", async () => {
    const act = fc.constantFrom("make", "change", "delete", "seal", "verify");
    const rounds = fc.array(fc.array(act, { minLength: 1, maxLength: 6 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(rounds, async (given) => {
        const { tenantId, key } = await makeTenant();
        const made = async () => (await call(key, "POST", "/api/items", ITEM)).body.id as string;
        const ids = [await made()];
        let n = 0;
        const acts: Record<string, () => Promise<unknown>> = {
          make: async () => ids.push(await made()),
          change: () => call(key, "PATCH", `/api/items/${ids[0]}`, { unit_price: String(n++) }),
          delete: async () => ids[1] && call(key, "DELETE", `/api/items/${ids[1]}`),
          seal: () => sealLogs(env.DB, Date.now()),
          verify: () => call(key, "POST", "/api/audit/verify", {}),
        };
        for (const round of given) await Promise.all(round.map((name) => acts[name]?.()));
        const count = await env.DB.prepare("SELECT count(*) AS n FROM audit WHERE tenant = ?")
          .bind(tenantId)
          .first("n");
        const { body } = await call(key, "POST", "/api/audit/verify", {});
        expect(body).toMatchObject({ done: true, faults: [], head: { seq: count } });
      }),
      { numRuns: 8 },
    );
  });

  it("names the entry of which a byte was changed, and only that", async () => {
    const { tenantId, verify, run } = await chained(5);
    const changes = [
      `"after" = replace("after", '2', '3')`,
      "target = target || 'x'",
      "at_ms = at_ms + 1",
      "user_agent = 'nobody'",
      "hash = replace(hash, substr(hash, 1, 1), 'x')",
      "hash = NULL",
    ];
    const row = await rowAt(tenantId, 3);
    const kept = await env.DB.prepare("SELECT * FROM audit WHERE id = ?").bind(row?.id).first();
    for (const change of changes) {
      await run(`UPDATE audit SET ${change} WHERE seq = 3 AND tenant = ?`);
      const { faults, done } = await verify();
      expect(done).toBe(true);
      expect(faults[0], change).toMatchObject({ kind: "changed", seq: 3, id: row?.id });
      // Where the hash is another one, the next entry follows from none that there is.
      expect(faults.length).toBe(change.startsWith("hash") ? 2 : 1);
      const names = Object.keys(kept ?? {}).map((name) => `"${name}" = ?`);
      const values = Object.values(kept ?? {});
      await run(`UPDATE audit SET ${names.join(", ")} WHERE seq = 3 AND tenant = ?`, ...values);
      expect((await verify()).faults).toEqual([]);
    }
  });

  it("names what is missing, in between and at the end, sealed or not", async () => {
    const { tenantId, key, verify, run } = await chained(6);
    await run("DELETE FROM audit WHERE seq IN (2, 3) AND tenant = ?");
    const next = await rowAt(tenantId, 4);
    const gone = { kind: "missing", seq: 4, id: next?.id };
    expect((await verify()).faults).toEqual([
      { ...gone, detail: "numbers 2 to 3 are gone before it" },
    ]);
    await run("DELETE FROM audit WHERE seq = 6 AND tenant = ?");
    const atEnd = { kind: "missing", seq: 6, id: null, detail: "number 6 is gone at the end" };
    expect((await verify()).faults).toMatchObject([gone, atEnd]);
    // One that was never sealed leaves a gap before the next.
    await call(key, "POST", "/api/items", ITEM);
    await run("DELETE FROM audit WHERE hash IS NULL AND tenant = ?");
    await call(key, "POST", "/api/items", ITEM);
    expect((await verify()).faults.at(-1)).toMatchObject({ kind: "missing", seq: 8 });
  });

  it("names two that changed places, and one that was put behind the head", async () => {
    const { tenantId, verify, run } = await chained(4);
    const move = (from: number, to: number) =>
      run("UPDATE audit SET seq = ? WHERE seq = ? AND tenant = ?", to, from);
    const swap = async () => [await move(2, 99), await move(3, 2), await move(99, 3)];
    await swap();
    expect((await verify()).faults.map(({ seq }: Place) => seq)).toEqual([2, 3, 4]);
    await swap();
    expect((await verify()).faults).toEqual([]);
    await env.DB.prepare("UPDATE audit_heads SET seq = 3, sealed_seq = 3 WHERE tenant = ?")
      .bind(tenantId)
      .run();
    expect((await verify()).faults).not.toEqual([]);
  });

  it("is walked through by steps, and says how far it was found whole", async () => {
    const { key, verify } = await chained(3);
    const { hash } = (await call(key, "GET", "/api/audit/head")).body;
    expect(await verify(2)).toMatchObject({ verified: { seq: 3, hash }, done: true, faults: [] });
    const head = (await call(key, "GET", "/api/audit/head")).body;
    expect(head).toMatchObject({ seq: 3, verified_seq: 3, verified_at: expect.any(String) });
    const none = await makeTenant();
    const empty = (await call(none.key, "GET", "/api/audit/head")).body;
    expect(empty).toMatchObject({ seq: 0, hash: "", sealed_at: null, verified_seq: null });
  });

  it("stands whole in an export, whose first line says its place and the head", async () => {
    const { tenantId, key } = await chained(5);
    const { chain, entries, headers } = await exported(key);
    const { seq, hash } = (await call(key, "GET", "/api/audit/head")).body;
    expect(chain).toEqual({
      tenant_id: tenantId,
      after: BEGINNING,
      until: { seq: 5 },
      head: { seq, hash },
    });
    expect(headers.get("boxcost-audit-head")).toBe(`${seq} ${hash}`);
    let place: Place = chain.after;
    for (const entry of entries) {
      expect(Object.keys(entry)).toEqual([...ENTRY_FIELDS]);
      const next = await follow(place, await linkOf(entry, sha256Hex), sha256Hex);
      expect(next.fault).toBeNull();
      place = next.place;
    }
    expect(place).toEqual(chain.head);
    const part = await exported(key, "&after_seq=2&limit=2");
    expect(part.entries.map((entry) => entry.seq)).toEqual([3, 4]);
    expect(part.chain.after).toEqual({ seq: 2, hash: entries[1]?.hash });
    expect((await exported(key, "&start=2999-01-01T00:00:00Z")).entries).toEqual([]);
    expect((await exported(key, "&end=2020-01-01T00:00:00Z")).entries).toEqual([]);
    const csv = await call(key, "GET", "/api/exports/audit");
    expect(new TextDecoder().decode(csv.bytes)).toContain(ENTRY_FIELDS.join(","));
  });

  it("is of both logs where the operator acts for a tenant", async () => {
    const { tenantId, key } = await makeTenant();
    const operator = await operatorKey();
    await call(operator, "POST", "/api/items", ITEM, { "boxcost-tenant": tenantId });
    for (const one of [key, operator]) {
      const { entries } = await exported(one);
      expect(JSON.parse(entries.at(-1)?.after ?? "")).toMatchObject({ tenant: tenantId });
      expect((await call(one, "POST", "/api/audit/verify", {})).body.faults).toEqual([]);
    }
    const viewer = await keyFor(tenantId, "viewer");
    expect((await call(viewer, "GET", "/api/exports/audit")).status).toBe(403);
  });

  it("begins with what an earlier version logged, in its order", async () => {
    const { tenantId, key } = await makeTenant();
    await call(key, "POST", "/api/items", ITEM);
    await call(key, "POST", "/api/items", ITEM);
    // As the migration finds and leaves them: without places, and counted.
    await env.DB.prepare("UPDATE audit SET seq = NULL WHERE tenant = ?").bind(tenantId).run();
    await env.DB.prepare("UPDATE audit_heads SET seq = 2, earlier = 2 WHERE tenant = ?")
      .bind(tenantId)
      .run();
    await call(key, "POST", "/api/items", { ...ITEM, name: "Later" });
    const { body } = await call(key, "POST", "/api/audit/verify", {});
    expect(body).toMatchObject({ done: true, faults: [], head: { seq: 3 } });
    const { entries } = await exported(key);
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(entries.at(-1)?.after).toContain("Later");
  });
});
