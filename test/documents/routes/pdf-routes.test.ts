import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { tenantClock } from "../../../src/accounts/store/clock.ts";
import { presentDocument } from "../../../src/documents/render/print.ts";
import { readDocument } from "../../../src/documents/store/store.ts";
import { call, makeTenant } from "../../support/api.ts";
import { followUp } from "../../support/follow.ts";
import { draft, final, makePair } from "../api.ts";

const isPdf = (bytes: Uint8Array) => new TextDecoder().decode(bytes.slice(0, 8)) === "%PDF-1.7";

describe("GET /api/pdf/invoice/{id}", () => {
  it("answers the PDF by id or number, as a file of that number", async () => {
    const pair = await makePair();
    const invoice = await final(pair);
    for (const name of [invoice.id, invoice.number]) {
      const { status, headers, bytes } = await call(
        pair.issuer.key,
        "GET",
        `/api/pdf/invoice/${name}`,
      );
      expect([status, isPdf(bytes)]).toEqual([200, true]);
      expect(headers.get("content-type")).toBe("application/pdf");
      expect(headers.get("content-disposition")).toBe(
        "attachment; filename=Invoice-TEST-INV-2026-001.pdf",
      );
    }
    const inline = await call(
      pair.recipient.key,
      "GET",
      `/api/pdf/invoice/${invoice.id}?disposition=inline`,
    );
    expect(inline.headers.get("content-disposition")).toMatch(/^inline; /);
  });

  it("answers 304 for what the caller has, and new bytes once it was paid", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const path = `/api/pdf/invoice/${id}`;
    const first = await call(pair.issuer.key, "GET", path);
    const etag = first.headers.get("etag") ?? "";
    const again = await call(pair.issuer.key, "GET", path, undefined, { "if-none-match": etag });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
    await call(pair.issuer.key, "POST", `/api/invoices/${id}/payments`, { amount: 301 });
    const paid = await call(pair.issuer.key, "GET", path, undefined, { "if-none-match": etag });
    expect(paid.status).toBe(200);
    expect(paid.bytes).not.toEqual(first.bytes);
  });

  it("as issued says nothing of what became of it", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const path = `/api/pdf/invoice/${id}?as=issued`;
    const before = await call(pair.issuer.key, "GET", path);
    await call(pair.issuer.key, "POST", `/api/invoices/${id}/payments`, { amount: 301 });
    const after = await call(pair.issuer.key, "GET", path);
    expect(after.headers.get("etag")).toBe(before.headers.get("etag"));
    expect(after.bytes).toEqual(before.bytes);
  });

  it("as a copy is marked as one, like today's in all else", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const answers = ["", "?as=issued", "?as=copy"].map((as) =>
      call(pair.issuer.key, "GET", `/api/pdf/invoice/${id}${as}`),
    );
    const etags = (await Promise.all(answers)).map(({ headers }) => headers.get("etag"));
    expect(new Set(etags).size).toBe(3);
    const document = await readDocument(env.DB, { tenantId: pair.issuer.tenantId }, "invoice", id);
    if (!document) throw new Error("it was just made");
    const { nowMs } = await tenantClock(env.DB, pair.issuer.tenantId);
    const [copy, today] = await Promise.all(
      (["copy", "today"] as const).map((rendition) =>
        presentDocument(env as never, document, { rendition, nowMs }),
      ),
    );
    expect(copy?.model).toEqual({ ...today?.model, watermark: "copy" });
  });

  it("renders a lost object again to the same bytes", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const path = `/api/pdf/invoice/${id}`;
    const first = await call(pair.issuer.key, "GET", path);
    const key = `pdf/${id}/${first.headers.get("etag")?.replaceAll('"', "")}`;
    expect(await env.FILES.head(key)).not.toBeNull();
    await env.FILES.delete(key);
    expect((await call(pair.issuer.key, "GET", path)).bytes).toEqual(first.bytes);
    expect(await env.FILES.head(key)).not.toBeNull();
  });

  it("counts each document, and each new content of its PDF, once", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    await final(pair, "quotes");
    for (const _ of [1, 2]) await call(pair.issuer.key, "GET", `/api/pdf/invoice/${id}`);
    await call(pair.recipient.key, "GET", `/api/pdf/invoice/${id}?as=issued`);
    const counted = async () => {
      const { body } = await call(pair.issuer.key, "GET", "/api/usage/summary");
      const own = body.metrics.filter((one: { metric_name: string }) =>
        /quotes|invoices|pdf/.test(one.metric_name),
      );
      return Object.fromEntries(
        own.map((one: { metric_name: string; total_quantity: number }) => [
          one.metric_name,
          one.total_quantity,
        ]),
      );
    };
    await followUp(pair.issuer.tenantId);
    // The invoice as it is and as it was issued; the quote, rendered when it became final.
    await expect.poll(counted, { timeout: 10_000 }).toEqual({
      invoices_generated: 1,
      quotes_generated: 1,
      pdf_generated: 3,
    });
  });

  it("asked for twice at once answers the same bytes", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const path = `/api/pdf/invoice/${id}`;
    const [one, two] = await Promise.all([
      call(pair.issuer.key, "GET", path),
      call(pair.recipient.key, "GET", path),
    ]);
    expect([one.status, two.status]).toEqual([200, 200]);
    expect(one.bytes).toEqual(two.bytes);
  });

  it("answers the part that Range asks for", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const range = { range: "bytes=-6" };
    const part = await call(pair.issuer.key, "GET", `/api/pdf/invoice/${id}`, undefined, range);
    expect([part.status, new TextDecoder().decode(part.bytes).trim()]).toEqual([206, "%%EOF"]);
  });

  it("is not found by tenants that it does not concern", async () => {
    const pair = await makePair();
    const { id, number } = await final(pair);
    const stranger = await makeTenant();
    for (const name of [id, number]) {
      expect((await call(stranger.key, "GET", `/api/pdf/invoice/${name}`)).status).toBe(404);
    }
    expect((await call(pair.issuer.key, "GET", `/api/pdf/quote/${id}`)).status).toBe(404);
    const open = await draft(pair);
    expect((await call(pair.recipient.key, "GET", `/api/pdf/invoice/${open.id}`)).status).toBe(404);
    expect((await call(pair.issuer.key, "GET", `/api/pdf/invoice/${open.id}`)).status).toBe(200);
  });
});

describe("the other PDFs", () => {
  it("exist for quotes and credit notes", async () => {
    const pair = await makePair();
    const quote = await final(pair, "quotes");
    const quotePdf = await call(pair.issuer.key, "GET", `/api/pdf/quote/${quote.number}`);
    expect(quotePdf.headers.get("content-disposition")).toBe(
      "attachment; filename=Quote-TEST-QUO-2026-001.pdf",
    );
    const invoice = await final(pair);
    const reason = { reason: "Mistake" };
    await call(pair.issuer.key, "POST", `/api/invoices/${invoice.id}/void`, reason);
    const note = await call(pair.issuer.key, "GET", "/api/pdf/credit-note/TEST-CN-2026-001");
    expect([note.status, isPdf(note.bytes)]).toEqual([200, true]);
  });
});
