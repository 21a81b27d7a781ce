import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { pdfToken } from "../../../src/documents/link/link.ts";
import { signingKey } from "../../../src/documents/link/link-store.ts";
import worker from "../../../src/index.ts";
import { call, makeTenant } from "../../support/api.ts";
import { draft, final, makePair, type Pair } from "../api.ts";
import { saidIn } from "../sheets/text.ts";

async function link(pair: Pair, id: string, body: object = {}) {
  const answer = await call(pair.issuer.key, "POST", `/api/invoices/${id}/link`, body);
  const path = answer.body.url && new URL(answer.body.url).pathname;
  return { ...answer.body, status: answer.status, path };
}

const open = (path: string, headers = {}) => call(null, "GET", path, undefined, headers);

async function daysLater(pair: Pair, days: number) {
  await env.DB.prepare("UPDATE tenants SET test_clock_ms = test_clock_ms + ? WHERE id = ?")
    .bind(days * 86_400_000, pair.issuer.tenantId)
    .run();
}

describe("a link", () => {
  it("shows the PDF to whoever has it, without a key", async () => {
    const pair = await makePair(await makeTenant());
    const { id, number } = await final(pair);
    const { path, status, expires_at } = await link(pair, id);
    expect([status, expires_at > "2026"]).toEqual([201, true]);
    for (const _ of ["rendered", "from R2", "from the edge"]) {
      const { status, headers, bytes } = await open(path);
      expect([status, headers.get("content-type")]).toEqual([200, "application/pdf"]);
      expect(headers.get("content-disposition")).toBe(`inline; filename=Invoice-${number}.pdf`);
      expect(headers.get("x-robots-tag")).toBe("noindex");
      // A browser would hold its own viewer to any more, and show nothing.
      expect(headers.get("content-security-policy")).toBe("frame-ancestors 'none'");
      const own = await call(pair.issuer.key, "GET", `/api/pdf/invoice/${id}`);
      expect(bytes).toEqual(own.bytes);
    }
  });

  it("is a page for browsers, with the PDF and the way to pay, until it ends", async () => {
    const pair = await makePair(await makeTenant());
    await call(pair.issuer.key, "PUT", "/api/issuer", {
      legal_name: "Muster & Söhne",
      pay_url: "https://pay.example/{invoice_id}",
    });
    const { id, number } = await final(pair);
    const made = await link(pair, id);
    const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
    const { status, headers, bytes } = await open(made.path, browser);
    const html = new TextDecoder().decode(bytes);
    expect([status, headers.get("vary")]).toEqual([200, "Accept"]);
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(saidIn(html)).toContain(`Muster & Söhne\nInvoice ${number}\nPay online\nPDF`);
    expect(html).toContain(
      `class="pay" style="background:#4f46e5" href="https://pay.example/${id}"`,
    );
    const pdf = await open(`${made.path}?disposition=inline`, browser);
    expect(pdf.headers.get("content-type")).toBe("application/pdf");
    const own = await open(`/d/${await pdfToken(env, id, Date.now())}`, browser);
    expect(own.headers.get("content-type")).toBe("application/pdf");
    await call(pair.issuer.key, "DELETE", `/api/invoices/${id}/links/${made.id}`);
    expect((await open(made.path, browser)).status).toBe(410);
  });

  it("answers 304 to a known ETag, and byte ranges", async () => {
    const pair = await makePair();
    const { path } = await link(pair, (await final(pair)).id);
    const whole = await open(path);
    const etag = whole.headers.get("etag") ?? "";
    // All of it is answered with headers that are made once, a part with headers of its own.
    const all = await open(path, { range: "bytes=0-" });
    const { "content-range": _, "x-request-id": __, ...common } = Object.fromEntries(all.headers);
    expect(Object.fromEntries(whole.headers)).toMatchObject(common);
    expect([...whole.headers].length).toBe([...all.headers].length - 1);
    expect((await open(path, { "if-none-match": etag })).status).toBe(304);
    const part = await open(path, { range: "bytes=0-4", "if-range": etag });
    expect([part.status, new TextDecoder().decode(part.bytes)]).toEqual([206, "%PDF-"]);
    expect(part.headers.get("content-range")).toBe(`bytes 0-4/${whole.bytes.length}`);
    const beyond = await open(path, { range: "bytes=99999999-" });
    expect([beyond.status, beyond.body.code]).toEqual([416, "request.range_unsatisfiable"]);
    expect(beyond.headers.get("content-range")).toBe(`bytes */${whole.bytes.length}`);
    expect((await open(path, { range: "bytes=0-4", "if-range": '"old"' })).status).toBe(200);
  });

  it("shows what has become of the document", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const { path } = await link(pair, id);
    const before = await open(path);
    await call(pair.issuer.key, "POST", `/api/invoices/${id}/payments`, { amount: 301 });
    expect((await open(path)).bytes).not.toEqual(before.bytes);
  });

  it("ends by the tenant's clock, at most 120 days on", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const { path } = await link(pair, id, { days: 2 });
    await daysLater(pair, 1.9);
    expect((await open(path)).status).toBe(200);
    await daysLater(pair, 0.1);
    const { status, body } = await open(path);
    expect([status, body.code]).toEqual([410, "link.gone"]);
    expect((await link(pair, id, { days: 121 })).status).toBe(422);
  });

  it("ends when it is revoked, and only that one", async () => {
    const pair = await makePair(await makeTenant());
    const { id } = await final(pair);
    const [one, other] = [await link(pair, id), await link(pair, id)];
    expect((await open(one.path)).status).toBe(200);
    const path = `/api/invoices/${id}/links/${one.id}`;
    const stranger = await makeTenant();
    expect((await call(stranger.key, "DELETE", path)).status).toBe(404);
    expect((await call(pair.issuer.key, "DELETE", path)).status).toBe(204);
    expect((await open(one.path)).status).toBe(410);
    expect((await open(other.path)).status).toBe(200);
  });

  it("made under a key in clear works on when the key is sealed", async () => {
    const pair = await makePair(await makeTenant());
    const { path } = await link(pair, (await final(pair)).id);
    const key = await signingKey(env);
    await env.DB.prepare("UPDATE link_keys SET secret = ?, sealed = 0").bind(key).run();
    expect(await signingKey(env)).toBe(key);
    const stored = await env.DB.prepare("SELECT secret, sealed FROM link_keys").all();
    expect(stored.results).toMatchObject([{ sealed: 1 }]);
    expect(JSON.stringify(stored.results)).not.toContain(key);
    expect(await signingKey(env)).toBe(key);
    expect((await open(path)).status).toBe(200);
  });

  it("needs the secret that its key is sealed under, or a new key", async () => {
    await signingKey(env);
    const changed = { ...env, DELIVERY_SECRET: "another secret of the installation" };
    await expect(signingKey(changed)).rejects.toMatchObject({ code: "service.secret_lost" });
    const kept = await env.DB.prepare("SELECT * FROM link_keys").first();
    await env.DB.prepare("DELETE FROM link_keys").run();
    expect(await signingKey(changed)).toBe(await signingKey(changed));
    await env.DB.prepare("UPDATE link_keys SET secret = ?").bind(kept?.secret).run();
  });

  it("has one spelling", async () => {
    const pair = await makePair(await makeTenant());
    const { path } = await link(pair, (await final(pair)).id);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const opening: string[] = [];
    for (const last of alphabet) {
      const spelt = path.slice(0, -1) + last;
      if ((await open(spelt)).status === 200) opening.push(spelt);
    }
    expect(opening).toEqual([path]);
  });

  it("counts its views", async () => {
    const pair = await makePair(await makeTenant());
    const { id } = await final(pair);
    const { path } = await link(pair, id);
    for (const _ of [1, 2, 3]) await open(path);
    const views = async () => {
      const { body } = await call(pair.issuer.key, "GET", `/api/invoices/${id}/links`);
      return body.data.map(({ views }: { views: number }) => views);
    };
    await expect.poll(views, { timeout: 5_000 }).toEqual([3]);
  });

  it("points at PUBLIC_URL wherever it was asked for, and is not made without one", async () => {
    const pair = await makePair(await makeTenant());
    const { id } = await final(pair);
    const headers = { authorization: `Bearer ${pair.issuer.key}` };
    const ask = (of: object, address: string) =>
      worker.fetch(
        new Request(`${address}/api/invoices/${id}/link`, {
          method: "POST",
          headers: { ...headers, "content-type": "application/json" },
          body: "{}",
        }),
        { ...env, ...of },
        createExecutionContext(),
      );
    const made = await ask({}, "https://app.test");
    expect(await made.json()).toMatchObject({ url: expect.stringMatching(/^https:..api.test.d/) });
    const refused = await ask({ PUBLIC_URL: "" }, "https://a.acme.workers.dev");
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: "service.no_public_url" });
    const links = await call(pair.issuer.key, "GET", `/api/invoices/${id}/links`);
    expect(links.body.data.length).toBe(1);
  });

  it("cannot be forged, prolonged, or made for a draft", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const { path } = await link(pair, id);
    const [, token = ""] = path.split("/d/");
    const [link_, seconds, mac] = token.split(".");
    const forged = [
      `${link_}.${Number(seconds) + 1}.${mac}`,
      `${link_}.${seconds}.${mac.slice(0, -2)}AA`,
      `lnk_${"0".repeat(26)}.${seconds}.${mac}`,
      "nonsense",
    ];
    for (const one of forged) expect((await open(`/d/${one}`)).status).toBe(404);
    const { id: open_ } = await draft(pair);
    expect((await link(pair, open_)).status).toBe(409);
    const recipient = await call(pair.recipient.key, "POST", `/api/invoices/${id}/link`, {});
    expect(recipient.status).toBe(404);
  });
});

describe("a document's own address", () => {
  const NOW = Date.parse("2026-11-24T10:00:00Z");

  it("shows its PDF without a key and without a row, until its end", async () => {
    const pair = await makePair();
    const { id, number } = await final(pair);
    const token = await pdfToken(env, id, NOW);
    const { status, headers, bytes } = await open(`/d/${token}`);
    expect([status, headers.get("content-type")]).toEqual([200, "application/pdf"]);
    expect(headers.get("content-disposition")).toBe(`inline; filename=Invoice-${number}.pdf`);
    const own = await call(pair.issuer.key, "GET", `/api/pdf/invoice/${id}`);
    expect(bytes).toEqual(own.bytes);
    const rows = env.DB.prepare("SELECT id FROM document_links WHERE document_id = ?").bind(id);
    expect((await rows.all()).results).toEqual([]);
    expect(await pdfToken(env, id, NOW + 13 * 3_600_000)).toBe(token);
    await daysLater(pair, 30.5);
    expect((await open(`/d/${token}`)).status).toBe(200);
    await daysLater(pair, 0.1);
    expect((await open(`/d/${token}`)).body.code).toBe("link.gone");
  });

  it("is none for a draft, another document, a longer time or another's token", async () => {
    const pair = await makePair();
    const drafted = await draft(pair);
    expect((await open(`/d/${await pdfToken(env, drafted.id, NOW)}`)).status).toBe(404);
    const { id } = await final(pair);
    const [, ends = "", mac = ""] = (await pdfToken(env, id, NOW)).split(".");
    const other = (await final(pair)).id;
    for (const forged of [`${other}.${ends}.${mac}`, `${id}.${Number(ends) + 1}.${mac}`]) {
      expect((await open(`/d/${forged}`)).status).toBe(404);
    }
  });
});
