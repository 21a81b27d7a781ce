/** PDFs that were rendered before, and how they are sent. */
import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { AppEnv } from "../../../../src/accounts/actor/actor.ts";
import { storedPdf } from "../../../../src/documents/render/cache/edge.ts";
import { sendPdf } from "../../../../src/documents/wire/route-parts.ts";
import type { Env } from "../../../../src/platform/runtime/env.ts";

const text = async (body: BodyInit | null) =>
  new TextDecoder().decode(await new Response(body).arrayBuffer());

/** What is found, and waits for what is left to do after the answer. */
async function stored(documentId: string, key: string, realMs = Date.now()) {
  const rest: Promise<unknown>[] = [];
  const found = await storedPdf(
    env as Env,
    { id: documentId, issuer: "ten_files" },
    key,
    realMs,
    (promise) => rest.push(promise),
  );
  await Promise.all(rest);
  return found;
}

describe("a stored PDF", () => {
  it("is streamed from the edge, and kept in the isolate when it is asked for again", async () => {
    const headers = { "Cache-Control": "max-age=60" };
    await caches.default.put(
      "https://files.invalid/pdf/inv_edge/key",
      new Response("%PDF-edge", { headers }),
    );
    const first = await stored("inv_edge", "key");
    expect(first).toBeInstanceOf(ReadableStream);
    expect(await text(first as ReadableStream)).toBe("%PDF-edge");
    for (const _ of ["read whole", "from memory"]) {
      const again = await stored("inv_edge", "key");
      expect(again).toBeInstanceOf(Uint8Array);
      expect(await text(again as Uint8Array<ArrayBuffer>)).toBe("%PDF-edge");
    }
  });

  it("comes from R2 where the edge has none, and is put there", async () => {
    await env.FILES.put("pdf/inv_files/key", "%PDF-files");
    const found = await stored("inv_files", "key");
    expect(await text(found as Uint8Array<ArrayBuffer>)).toBe("%PDF-files");
    const near = await caches.default.match("https://files.invalid/pdf/inv_files/key");
    expect(await text(near?.body ?? null)).toBe("%PDF-files");
    expect(await stored("inv_files", "other")).toBeNull();
  });

  it("is put at the edge once a minute at most, and streamed from R2 meanwhile", async () => {
    await env.FILES.put("pdf/inv_put/key", "%PDF-put");
    const address = "https://files.invalid/pdf/inv_put/key";
    const firstMs = Date.now();
    const ask = async (afterMs: number) => {
      await caches.default.delete(address);
      // So that it is none of those that were asked for just now.
      for (let i = 0; i < 40; i++) await stored("inv_put", `other-${i}`);
      const found = await stored("inv_put", "key", firstMs + afterMs);
      const body = await text(found as Uint8Array<ArrayBuffer>);
      return [body, (await caches.default.match(address)) !== undefined];
    };
    expect(await ask(0)).toEqual(["%PDF-put", true]);
    expect(await ask(59_000)).toEqual(["%PDF-put", false]);
    expect(await ask(61_000)).toEqual(["%PDF-put", true]);
  });
});

describe.each(["bytes", "a stream"])("a PDF that is %s", (form) => {
  const app = new Hono<AppEnv>().get("/", (c) => {
    const bytes = new TextEncoder().encode("%PDF-1.7");
    return sendPdf(c, {
      key: "k",
      bytes: form === "bytes" ? bytes : new Blob([bytes]).stream(),
      disposition: "inline",
      name: "a.pdf",
    });
  });
  const get = (headers: Record<string, string>) => app.request("/", { headers });

  it("is sent whole, in part, or not again", async () => {
    expect(await text((await get({})).body)).toBe("%PDF-1.7");
    const part = await get({ range: "bytes=1-3" });
    expect([part.status, await text(part.body)]).toEqual([206, "PDF"]);
    expect(part.headers.get("content-range")).toBe("bytes 1-3/8");
    expect((await get({ range: "bytes=1-3", "if-range": '"old"' })).status).toBe(200);
    expect((await get({ "if-none-match": '"k"' })).status).toBe(304);
  });
});
