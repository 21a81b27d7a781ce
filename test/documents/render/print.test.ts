import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { Problem } from "../../../src/core/errors.ts";
import { printIssued } from "../../../src/documents/render/print.ts";
import { keepIssuedKey } from "../../../src/documents/store/store.ts";
import { call } from "../../support/api.ts";
import { final, makePair } from "../api.ts";

describe("printIssued", () => {
  it("gives the bytes that ?as=issued answers", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const { bytes } = await printIssued(env, pair.issuer.tenantId, "invoice", id);
    const path = `/api/pdf/invoice/${id}?as=issued`;
    expect(bytes).toEqual((await call(pair.recipient.key, "GET", path)).bytes);
  });

  it("stays the first one, whatever would be printed today", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    // What an older version of the product had made of it.
    const archived = new TextEncoder().encode("%PDF-1.7 of an older version");
    await env.FILES.put(`pdf/${id}/older`, archived);
    await keepIssuedKey(env.DB, id, "older").run();
    await keepIssuedKey(env.DB, id, "younger").run();
    const issued = await printIssued(env, pair.issuer.tenantId, "invoice", id);
    expect([issued.key, issued.bytes]).toEqual(["older", archived]);
  });

  it("makes one that was lost again under its key", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const first = await printIssued(env, pair.issuer.tenantId, "invoice", id);
    await env.FILES.delete(`pdf/${id}/${first.key}`);
    expect(await printIssued(env, pair.issuer.tenantId, "invoice", id)).toEqual(first);
    // An earlier version of the product may have found another key for the same page.
    await env.DB.prepare("UPDATE documents SET issued_key = 'older' WHERE id = ?").bind(id).run();
    const again = await printIssued(env, pair.issuer.tenantId, "invoice", id);
    expect(again).toEqual({ ...first, key: "older" });
    expect(await env.FILES.head(`pdf/${id}/older`)).not.toBeNull();
  });

  it("is for the issuer's own documents only", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const other = printIssued(env, pair.recipient.tenantId, "invoice", id);
    await expect(other).rejects.toThrow(Problem);
  });
});
