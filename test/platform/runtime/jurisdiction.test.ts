/** What a tenant of a jurisdiction has lies there: its files in that bucket, and in no other. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { drained } from "../../../src/metering/meter/meter.ts";
import { randomToken } from "../../../src/platform/runtime/crypto.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import {
  bucketOf,
  eachBucket,
  idIn,
  missingFiles,
  ownJurisdiction,
} from "../../../src/platform/runtime/jurisdiction.ts";
import { STEPS } from "../../../src/retention/tenant/steps.ts";
import type { TenantErasure } from "../../../src/retention/tenant/tenant-store.ts";
import { RED_BLUE } from "../../documents/pictures.ts";
import { call, makeTenant } from "../../support/api.ts";

const worker = env as unknown as Env;
const BARE = "ten_01abcdefghjkmnpqrstvwxyz00";
const BUCKETS = { FILES: worker.FILES, FILES_EU: worker.FILES_EU as R2Bucket };

describe("an id", () => {
  it("says where its tenant is kept, sorts by its time, and ends at random", () => {
    const [eu, fedramp] = [idIn("eu", BARE), idIn("fedramp", BARE)];
    expect([idIn(null, BARE), eu]).toEqual([BARE, "ten_01abcdefgh_eu_jkmnpqrstvwxyz00"]);
    const later = BARE.replace("fgh", "fgj");
    expect([eu > BARE.slice(0, 14), eu < later, fedramp < later]).toEqual([true, true, true]);
    // Shards of due work go by the last character.
    expect(eu.endsWith(BARE.slice(14))).toBe(true);
    const odd = [eu.replace("eu", "mars"), "ten_demo", "ten_operator", `${BARE}_eu`];
    const places = [BARE, eu, fedramp, ...odd].map(ownJurisdiction);
    expect(places).toEqual([null, "eu", "fedramp", ...odd.map(() => null)]);
  });
});

describe("the bucket of a tenant", () => {
  it("is its jurisdiction's, or the installation's where that is there", () => {
    const [eu, fedramp] = [idIn("eu", BARE), idIn("fedramp", BARE)];
    expect(bucketOf(BUCKETS, BARE)).toBe(BUCKETS.FILES);
    expect(bucketOf(BUCKETS, eu)).toBe(BUCKETS.FILES_EU);
    expect(bucketOf({ ...BUCKETS, JURISDICTION: "eu" }, eu)).toBe(BUCKETS.FILES);
    expect(() => bucketOf(BUCKETS, fedramp)).toThrow("FILES_FEDRAMP is missing");
    expect(missingFiles(BUCKETS, "eu")).toBe(null);
    expect(missingFiles(BUCKETS, "fedramp")).toBe("FILES_FEDRAMP");
    expect(missingFiles({ ...BUCKETS, JURISDICTION: "fedramp" }, "fedramp")).toBe(null);
    const seen: R2Bucket[] = [];
    const through = eachBucket(BUCKETS, (bucket) => {
      seen.push(bucket);
      return bucket;
    });
    expect([Object.keys(through), seen]).toEqual([["FILES", "FILES_EU"], Object.values(BUCKETS)]);
  });
});

/** The keys of a bucket in which one of these stands. */
async function keysWith(bucket: R2Bucket, names: readonly string[]): Promise<string[]> {
  const keys: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const list = await bucket.list(cursor === undefined ? {} : { cursor });
    keys.push(...list.objects.map(({ key }) => key));
    if (!list.truncated) return keys.filter((key) => names.some((name) => key.includes(name)));
    cursor = list.cursor;
  }
}

const kindsOf = (keys: readonly string[]) => [...new Set(keys.map((key) => key.split("/")[0]))];

async function did(key: string, method: string, path: string, body?: unknown, headers = {}) {
  const answer = await call(key, method, path, body, headers);
  expect([path, answer.body?.detail, answer.status < 300]).toEqual([path, undefined, true]);
  return answer.body;
}

describe("a tenant that is kept in a jurisdiction", () => {
  it("has its files there alone, reads them, and is erased there", async () => {
    const tenant = await makeTenant({ jurisdiction: "eu", ledger: 1 });
    const { tenantId, key } = tenant;
    expect(ownJurisdiction(tenantId)).toBe("eu");
    await did(key, "PUT", "/api/issuer", { legal_name: "Seller", currency: "EUR" });
    const png = { "content-type": "image/png" };
    // Its own picture: others are shared by those who show the same.
    const { logo } = await did(key, "PUT", "/api/branding/logo", RED_BLUE, png);
    const buyer = { name: "Buyer", email: "buyer@kept.test" };
    const customer = await did(key, "POST", "/api/customers", buyer);
    const lines = [{ name: "Work", quantity: 1, unit_price: 5 }];
    const { id } = await did(key, "POST", "/api/invoices", { customer_id: customer.id, lines });
    const path = `/api/invoices/${id}`;
    const csv = { "content-type": "text/csv" };
    await did(key, "PUT", `${path}/attachments/usage.csv`, "day,calls\n2026-11-01,7\n", csv);
    await did(key, "POST", `${path}/finalize`);
    const mail = await did(key, "POST", `${path}/send`, {});
    const open = await did(key, "POST", "/api/usage/imports", { name: "older" });
    const file = `/api/usage/imports/${open.id}/file`;
    await did(key, "PUT", file, "metric_name,quantity,timestamp\ncalls,1,2026-11-01\n");
    await did(key, "GET", file);
    const items = Array.from({ length: 2_000 }, () => {
      return { id: randomToken(40), metric_name: "calls", quantity: 1 };
    });
    const minimal = { prefer: "respond-async, return=minimal" };
    await did(key, "POST", "/api/usage/events", items, minimal);
    await expect
      .poll(
        async () => {
          const { body } = await call(key, "GET", "/api/usage/summary?metric_name=calls");
          return body.metrics[0]?.event_count;
        },
        { timeout: 20_000 },
      )
      .toBe(2_000);

    const names = [tenantId, id, mail.id];
    expect(await keysWith(BUCKETS.FILES, names)).toEqual([]);
    const kinds = kindsOf(await keysWith(BUCKETS.FILES_EU, [...names, logo])).sort();
    expect(kinds).toEqual(["attachment", "import", "logo", "mail", "pdf"]);
    expect((await drained(worker, tenantId)).FILES).toBe(worker.FILES_EU);
    expect((await call(key, "GET", "/api/branding/logo")).status).toBe(200);
    const pdf = await call(key, "GET", `/api/pdf/invoice/${id}`);
    expect([pdf.status, new TextDecoder().decode(pdf.bytes.slice(0, 5))]).toEqual([200, "%PDF-"]);
    expect((await call(key, "GET", `${path}/attachments/usage.csv`)).status).toBe(200);

    const erasure = { id: "tes_kept", tenant: tenantId } as TenantErasure;
    for (const [name, step] of STEPS.filter(([named]) => named === "files")) {
      let place: Awaited<ReturnType<typeof step>> = null;
      do place = await step({ env: worker, erasure, realMs: Date.now() }, place);
      while (place !== null);
      expect(name).toBe("files");
    }
    // The final invoice keeps its file and its logo, as it does anywhere.
    const left = await keysWith(BUCKETS.FILES_EU, [...names, logo]);
    expect(kindsOf(left).sort()).toEqual(["attachment", "logo"]);
  });
});
