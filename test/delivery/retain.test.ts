import { describe, expect, it } from "vitest";
import { DAY_MS } from "../../src/core/time.ts";
import { emailRow } from "../../src/delivery/email/send.ts";
import {
  insertEmail,
  insertReport,
  listReports,
  readEmail,
} from "../../src/delivery/email/store.ts";
import type { EmailRow } from "../../src/delivery/email/table.ts";
import { dropOldLogs } from "../../src/delivery/retain.ts";
import {
  insertDeliveries,
  listAttempts,
  logAttempt,
  readDelivery,
} from "../../src/delivery/webhook/store.ts";
import type { Delivery } from "../../src/delivery/webhook/table.ts";
import { makeId } from "../../src/platform/runtime/crypto.ts";
import { hooked, quietEnv } from "./receiver.ts";

const { env } = quietEnv();
const NOW = Date.now();
// Older than anything that other tests of this database make.
const LONG_AGO = 1_000 * DAY_MS;

async function delivered(status: Delivery["status"], createdMs: number): Promise<Delivery> {
  const { tenantId: tenant, endpoint } = await hooked();
  const [id, message] = [makeId("dlv", createdMs), makeId("news", createdMs)];
  const row: Delivery = {
    id,
    tenant,
    endpoint,
    message,
    outboxSeq: 1,
    type: "quote.accepted",
    status,
    attempts: 0,
    step: 0,
    createdMs,
  };
  const attempt = { delivery: id, n: 1, atMs: createdMs, status: 200, error: null };
  await env.DB.batch([
    ...insertDeliveries(env.DB, [row]),
    ...logAttempt(env.DB, { ...attempt, latencyMs: 1, answer: "" }, { status, step: 0 }),
  ]);
  return row;
}

async function mailed(status: EmailRow["status"], createdMs: number): Promise<EmailRow> {
  const { tenantId: tenant } = await hooked();
  const id = makeId("eml", createdMs);
  const key = `mail/${id}/0`;
  await env.FILES.put(key, "x");
  const row = emailRow({
    id,
    tenant,
    scope: "",
    letter: "notice",
    fromName: "A",
    replyTo: null,
    createdMs,
    recipients: ["a@example.com"],
    cc: [],
    subject: "Hi",
    html: "",
    plain: "",
    status,
    attachments: [{ name: "a.pdf", type: "application/pdf", size: 1, key }],
  });
  const report = { email: id, address: "a@example.com", kind: "delivered" as const, reason: null };
  await env.DB.batch([
    insertEmail(env.DB, row),
    insertReport(env.DB, { ...report, atMs: createdMs }),
  ]);
  return row;
}

const keptDelivery = async ({ tenant, id }: Delivery) => ({
  row: (await readDelivery(env.DB, tenant, id)) !== null,
  attempts: (await listAttempts(env.DB, id)).length,
});
const keptEmail = async ({ id }: EmailRow) => ({
  row: (await readEmail(env.DB, id)) !== null,
  reports: (await listReports(env.DB, id)).length,
  file: (await env.FILES.head(`mail/${id}/0`)) !== null,
});

describe("the logs", () => {
  it("keep what is young or still waits, and lose the rest with all that hangs on it", async () => {
    const cutMs = NOW - LONG_AGO;
    const old = cutMs - 1;
    const deliveries = [
      await delivered("succeeded", old),
      await delivered("pending", old),
      await delivered("failed", cutMs),
    ];
    const emails = [await mailed("bounced", old), await mailed("queued", old)];
    await dropOldLogs({ ...env, LOG_DAYS: "1000" }, NOW);
    const gone = { row: false, attempts: 0 };
    const kept = { row: true, attempts: 1 };
    expect(await Promise.all(deliveries.map(keptDelivery))).toEqual([gone, kept, kept]);
    expect(await Promise.all(emails.map(keptEmail))).toEqual([
      { row: false, reports: 0, file: false },
      { row: true, reports: 1, file: true },
    ]);
  });
});
