/** Ledgers that are kept in a jurisdiction, whose tenants they get, and how much each has. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import product from "../../../scripts/platform/checked-worker.ts";
import { drained } from "../../../src/metering/meter/meter.ts";
import { jurisdictionOf, ledgerDb } from "../../../src/platform/db/ledger.ts";
import { emptiestLedger } from "../../../src/platform/db/ledgers.ts";
import { sqlStatement } from "../../../src/platform/db/sql.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import type { Jurisdiction } from "../../../src/platform/runtime/jurisdiction.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";
import { ledgerOf } from "../../support/ledger.ts";

const worker = env as unknown as Env;
const IN_EU = "6=eu 7=eu 8=eu 9=eu";
/** The bucket is bound in all tests; a mere ledger is not enough for a tenant. */
const DIVIDED = { ...worker, LEDGER_JURISDICTIONS: "1=eu" };

/** Calls an installation as the operator. */
async function ask(of: Env, method: string, path: string, body: object) {
  const request = new Request(`https://api.test${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await operatorKey()}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });
  const answer = await product.fetch(request, of, createExecutionContext());
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever fields it expects
  return { status: answer.status, body: (await answer.json()) as any };
}

/** The ledger that a tenant would get. */
function emptiestNow(of: Env, jurisdiction: Jurisdiction | null = null) {
  const ledger = emptiestLedger(of, jurisdiction);
  return sqlStatement(of.DB, sql`SELECT ${ledger} AS ledger`).first<number>("ledger");
}

describe("a ledger", () => {
  it("is kept where the installation is, unless it says otherwise", () => {
    const given = { JURISDICTION: "eu", LEDGER_JURISDICTIONS: "2=fedramp  12=eu" };
    expect([0, 1, 2, 12].map((ledger) => jurisdictionOf(given, ledger))).toEqual([
      "eu",
      "eu",
      "fedramp",
      "eu",
    ]);
    expect(jurisdictionOf({ LEDGER_JURISDICTIONS: "12=eu" }, 2)).toBeNull();
  });
});

describe("a tenant", () => {
  it("lies in the emptiest ledger of its jurisdiction, or of the installation's", async () => {
    const made = async (jurisdiction?: string) => {
      const { status, body } = await ask(DIVIDED, "POST", "/api/tenants", {
        name: "Kept",
        jurisdiction,
      });
      expect(status).toBe(201);
      return ledgerOf(body.id);
    };
    for (const _ of [1, 2]) {
      expect(await made("eu")).toBe(ledgerDb(worker, 1));
      expect(await made()).toBe(worker.DB);
    }
    const both = { ...worker, LEDGER_JURISDICTIONS: "0=eu 1=eu" };
    expect(await emptiestNow(both, "eu")).toBe(await emptiestNow(worker));
  });

  it("is not made where no ledger is kept", async () => {
    const asked = { name: "Kept", jurisdiction: "fedramp" };
    const there = { ...DIVIDED, FILES_FEDRAMP: worker.FILES };
    const { status, body } = await ask(there, "POST", "/api/tenants", asked);
    expect([status, body.errors]).toEqual([
      422,
      [{ pointer: "/jurisdiction", detail: "has no ledger: none is kept in fedramp" }],
    ]);
    const inEu = { ...asked, jurisdiction: "eu" };
    const noLedger = await ask(worker, "POST", "/api/tenants", inEu);
    expect(noLedger.body.errors[0].detail).toBe("has no ledger: none is kept in eu");
    const { FILES_EU: _, ...bare } = DIVIDED;
    const noFiles = await ask(bare as Env, "POST", "/api/tenants", inEu);
    expect([noFiles.status, noFiles.body.errors[0].detail]).toEqual([
      422,
      "has no bucket of files: FILES_EU is not bound",
    ]);
  });

  it("stays in its jurisdiction, by a call that is sent again and by a move", async () => {
    const path = `/api/tenants/kept-${Date.now()}`;
    const asked = { name: "Kept", jurisdiction: "eu" };
    const { body } = await ask(DIVIDED, "PUT", path, asked);
    expect(body.id).toMatch(/^ten_[0-9a-z]{10}_eu_[0-9a-z]{16}$/);
    expect((await ask(DIVIDED, "PUT", path, asked)).status).toBe(200);
    const other = await ask(DIVIDED, "PUT", path, { ...asked, jurisdiction: "fedramp" });
    expect(other.body.errors).toMatchObject([{ pointer: "/jurisdiction" }]);
    const to = { tenant_id: body.id, ledger: 0 };
    const moved = await ask(DIVIDED, "POST", "/api/ledgers/moves", to);
    expect([moved.status, moved.body.errors]).toEqual([
      422,
      [
        {
          pointer: "/ledger",
          detail: "is in the tenant's own jurisdiction: ledger 0 is kept anywhere",
        },
      ],
    ]);
    // By its id, whatever is said of ledgers later.
    expect((await ask(worker, "POST", "/api/ledgers/moves", to)).status).toBe(422);
    const older = await makeTenant({ ledger: 1 });
    const away = { tenant_id: older.tenantId, ledger: 0 };
    expect((await ask(DIVIDED, "POST", "/api/ledgers/moves", away)).status).toBe(422);
    expect((await ask(worker, "POST", "/api/ledgers/moves", away)).status).toBe(200);
  });
});

describe("tenants that are made at the same moment", () => {
  it("are spread over the ledgers, those that nobody has seen yet among them", async () => {
    const bound = { LEDGER_6: worker.DB, LEDGER_7: worker.DB, LEDGER_8: worker.DB };
    const four = { ...worker, ...bound, LEDGER_9: worker.DB, LEDGER_JURISDICTIONS: IN_EU };
    const made = Array.from({ length: 200 }, (_, i) =>
      ask(four, "POST", "/api/tenants", { name: `Tenant ${i}`, jurisdiction: "eu" }),
    );
    const answers = await Promise.all(made);
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    const ids = JSON.stringify(answers.map(({ body }) => body.id));
    const counted = `SELECT ledger, count(*) AS tenants FROM tenants
      WHERE id IN (SELECT value FROM json_each(?)) GROUP BY ledger ORDER BY ledger`;
    const { results } = await worker.DB.prepare(counted).bind(ids).all();
    expect(results).toEqual([6, 7, 8, 9].map((ledger) => ({ ledger, tenants: 50 })));
    // Nothing is bound under these numbers where other tests run.
    const gone = "UPDATE tenants SET ledger = 0 WHERE id IN (SELECT value FROM json_each(?))";
    await worker.DB.prepare(gone).bind(ids).run();
  });
});

describe("the tenants of a ledger", () => {
  it("are listed with what each has there", async () => {
    const { tenantId, key } = await makeTenant({ ledger: 1 });
    const quiet = await makeTenant({ ledger: 1 });
    const events = Array.from({ length: 30 }, () => ({ metric_name: "calls", quantity: 1 }));
    await call(key, "POST", "/api/usage/events", events);
    await drained(worker, tenantId);
    const found = new Map<string, object>();
    for (let cursor: string | null = ""; cursor !== null; ) {
      const next: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const path = `/api/ledgers/1/tenants?limit=2${next}`;
      const { body } = await call(await operatorKey(), "GET", path);
      for (const { tenant_id: id, ...held } of body.data) found.set(id, held);
      expect(body.data.length).toBeLessThanOrEqual(2);
      cursor = body.next_cursor;
    }
    expect(found.get(tenantId)).toEqual({ events: 30, bytes: expect.any(Number) });
    const body = "SELECT sum(octet_length(body)) AS bytes FROM usage_segments WHERE tenant = ?";
    const sum = await ledgerDb(worker, 1).prepare(body).bind(tenantId).first<number>("bytes");
    const { bytes } = found.get(tenantId) as { bytes: number };
    expect([bytes > 0, bytes > (sum ?? 0) / 2, bytes < (sum ?? 0) * 2]).toEqual([true, true, true]);
    expect(found.get(quiet.tenantId)).toEqual({ events: 0, bytes: 0 });
    const { status } = await call(await operatorKey(), "GET", "/api/ledgers/7/tenants");
    expect(status).toBe(404);
  });
});
