import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { parseTime } from "../../../src/core/time.ts";
import type { DocumentKind } from "../../../src/documents/kind/registry.ts";
import {
  finalizeStatements,
  type InvoiceDraft,
} from "../../../src/documents/lifecycle/finalize.ts";
import { contentFor, lineFor } from "../../../src/documents/model/content.ts";
import {
  ensureTenantCustomer,
  readIssuer,
  readParties,
  tenantCustomerId,
  writeIssuer,
} from "../../../src/documents/party/party-store.ts";
import { readDocument } from "../../../src/documents/store/store.ts";
import { isUniqueViolation } from "../../../src/platform/db/refusal.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import { makeTenant } from "../../support/api.ts";

const db = env.DB;
const at = (text: string) => parseTime(text) ?? Number.NaN;
const NOW = at("2026-11-24T10:00:00Z");

/** An issuer with one customer, and a recipient that is a tenant. */
async function pair(options: { issuer?: string; clock?: string; zone?: string } = {}) {
  const issuer = options.issuer ?? (await makeTenant()).tenantId;
  const recipient = await makeTenant(options.clock ? { clock: options.clock } : {});
  await ensureTenantCustomer(db, issuer, recipient.tenantId, "Buyer Ltd", NOW).run();
  if (options.zone) {
    const profile = await readIssuer(db, issuer, "Seller");
    await writeIssuer(db, { ...profile, timeZone: options.zone }, NOW).run();
  }
  return { issuer, recipient: recipient.tenantId };
}

async function draftOf(
  { issuer, recipient }: { issuer: string; recipient: string },
  options: { nowMs?: number; kind?: DocumentKind } = {},
): Promise<InvoiceDraft> {
  const parties = await readParties(db, { tenantId: issuer }, tenantCustomerId(issuer, recipient));
  const line = { kind: "usage", name: "API calls", quantity: "9000", unitPrice: "0.001" } as const;
  const content = contentFor(parties, {
    kind: options.kind ?? "invoice",
    lines: [lineFor(parties, line)],
  });
  const nowMs = options.nowMs ?? NOW;
  return { id: makeId("inv", nowMs), parties, content, nowMs };
}

async function finalize(draft: InvoiceDraft, closeKey = draft.id) {
  await db.batch(finalizeStatements(db, draft, closeKey));
  const { parties, content } = draft;
  const done = await readDocument(db, { tenantId: parties.issuer.tenant }, content.kind, draft.id);
  if (!done) throw new Error("not written");
  return done;
}

describe("finalizeStatements", () => {
  it("writes document, lines, snapshots, number and announcements in one batch", async () => {
    const who = await pair();
    const invoice = await finalize(await draftOf(who));
    expect(invoice).toMatchObject({
      number: "INV-2026-001",
      issueDate: "2026-11-24",
      dueDate: "2026-12-08",
      status: "open",
      totalMinor: 900,
      recipient: who.recipient,
      scope: "",
    });
    expect(invoice.seller?.party.name).toBe("Test Ltd");
    expect(invoice.buyer?.party.name).toBe("Buyer Ltd");
    expect(invoice.lines).toMatchObject([
      { position: 1, quantity: "9000", unitPrice: "0.001", amountMinor: 900, netMinor: 900 },
    ]);
    const event = await db
      .prepare("SELECT tenant, type, body FROM outbox WHERE id LIKE ? ORDER BY id")
      .bind(`${invoice.id}:finalized:%`)
      .all<{ tenant: string; type: string; body: string }>();
    expect(event.results.map(({ tenant }) => tenant).sort()).toEqual(
      [who.issuer, who.recipient].sort(),
    );
    expect(event.results[0]?.body).toBe(
      `{"invoice_id":"${invoice.id}","number":"INV-2026-001","total":9.00,"currency":"USD"}`,
    );
  });

  it("gives simultaneous finalisations consecutive numbers without a gap", async () => {
    const who = await pair();
    const drafts = await Promise.all(Array.from({ length: 6 }, () => draftOf(who)));
    const done = await Promise.all(drafts.map((draft) => finalize(draft)));
    expect(done.map(({ number }) => number).sort()).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => `INV-2026-00${n}`),
    );
  });

  it("fails as a whole with a close key that was used, and loses no number", async () => {
    const who = await pair();
    await finalize(await draftOf(who), "close-1");
    const again = finalize(await draftOf(who), "close-1");
    await expect(again).rejects.toSatisfy((error) => isUniqueViolation(error, "documents"));
    const next = await finalize(await draftOf(who), "close-2");
    expect(next.number).toBe("INV-2026-002");
  });

  it("loses no number with a batch that fails elsewhere", async () => {
    const who = await pair();
    const draft = await draftOf(who);
    const broken = [...finalizeStatements(db, draft, draft.id), db.prepare("SELECT json('x')")];
    await expect(db.batch(broken)).rejects.toThrow();
    expect((await finalize(await draftOf(who))).number).toBe("INV-2026-001");
  });

  it("counts by kind and by year of the issue date in the issuer's zone", async () => {
    const who = await pair({ zone: "Asia/Tokyo" });
    const old = await finalize(await draftOf(who, { nowMs: at("2026-12-31T14:59:59Z") }));
    const young = await finalize(await draftOf(who, { nowMs: at("2026-12-31T15:00:00Z") }));
    const credit = await finalize(await draftOf(who, { kind: "credit_note" }));
    expect([old.number, old.issueDate]).toEqual(["INV-2026-001", "2026-12-31"]);
    expect([young.number, young.issueDate]).toEqual(["INV-2027-001", "2027-01-01"]);
    expect(credit.number).toBe("CN-2026-001");
  });

  it("follows the issuer's format, and widens beyond its digits", async () => {
    const who = await pair();
    const profile = await readIssuer(db, who.issuer, "Seller");
    await writeIssuer(db, { ...profile, invoiceFormat: "{YY}.{##}-x" }, NOW).run();
    expect((await finalize(await draftOf(who))).number).toBe("26.01-x");
    await db.prepare("UPDATE number_series SET last = 99 WHERE issuer = ?").bind(who.issuer).run();
    expect((await finalize(await draftOf(who))).number).toBe("26.100-x");
  });

  it("never dates a document before the last of its series", async () => {
    const who = await pair();
    await finalize(await draftOf(who, { nowMs: at("2027-01-02T00:00:00Z") }));
    const late = await finalize(await draftOf(who, { nowMs: at("2026-12-31T00:00:00Z") }));
    expect([late.number, late.issueDate]).toEqual(["INV-2027-002", "2027-01-02"]);
    expect(late.dueDate).toBe("2027-01-16");
  });

  it("gives each test tenant a TEST series, also for what the operator issues", async () => {
    const one = await pair({ issuer: OPERATOR_TENANT, clock: "2015-05-17T00:00:00Z" });
    const two = await pair({ issuer: OPERATOR_TENANT, clock: "2015-05-17T00:00:00Z" });
    const nowMs = at("2015-05-20T00:00:00Z");
    const first = await finalize(await draftOf(one, { nowMs }));
    const other = await finalize(await draftOf(two, { nowMs }));
    const second = await finalize(await draftOf(one, { nowMs }));
    expect([first.number, other.number, second.number]).toEqual([
      "TEST-INV-2015-001",
      "TEST-INV-2015-001",
      "TEST-INV-2015-002",
    ]);
    expect(first.scope).toBe(one.recipient);
  });

  it("is paid at once where nothing is due", async () => {
    const draft = await draftOf(await pair());
    draft.content.prepaidMinor = 900n;
    expect((await finalize(draft)).status).toBe("paid");
  });
});

describe("a finalised document", () => {
  it.each([
    "UPDATE documents SET total_minor = 1 WHERE id = ?",
    "UPDATE documents SET number = 'INV-2026-777' WHERE id = ?",
    "UPDATE documents SET buyer = '{}' WHERE id = ?",
    "DELETE FROM documents WHERE id = ?",
    "DELETE FROM document_lines WHERE document_id = ?",
    "UPDATE document_lines SET amount_minor = 1 WHERE document_id = ?",
    `INSERT INTO document_lines SELECT document_id, 2, kind, name, description, detail, group_name,
     group_detail, classification, quantity, unit_code, unit, unit_price, adjustments, period_start,
     period_end, tax, explanation, amount_minor, net_minor
     FROM document_lines WHERE document_id = ?`,
  ])("refuses %s", async (change) => {
    const before = await finalize(await draftOf(await pair()));
    await expect(db.prepare(change).bind(before.id).run()).rejects.toThrow();
    const after = await readDocument(db, { tenantId: before.issuer }, "invoice", before.id);
    expect(after).toEqual(before);
  });

  it("is read by its issuer and its recipient, and by nobody else", async () => {
    const { id, issuer, recipient } = await finalize(await draftOf(await pair()));
    const stranger = await makeTenant();
    expect(await readDocument(db, { tenantId: issuer }, "invoice", id)).not.toBeNull();
    expect(await readDocument(db, { tenantId: recipient ?? "" }, "invoice", id)).not.toBeNull();
    expect(await readDocument(db, stranger, "invoice", id)).toBeNull();
    expect(await readDocument(db, { tenantId: issuer }, "quote", id)).toBeNull();
  });
});
