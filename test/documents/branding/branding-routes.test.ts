import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant } from "../../support/api.ts";
import { final, makePair } from "../api.ts";
import { RED_BLUE } from "../pictures.ts";

const putLogo = (key: string, bytes: Uint8Array, type = "image/png") =>
  call(key, "PUT", "/api/branding/logo", bytes, { "content-type": type });

describe("/api/branding", () => {
  it("keeps what is put, and the logo beside it", async () => {
    const { key } = await makeTenant();
    expect((await call(key, "GET", "/api/branding")).body).toEqual({
      template: "calm",
      accent: null,
      margin_pt: 54,
      terms: null,
      footer: null,
      logo: null,
    });
    const logo = await putLogo(key, RED_BLUE);
    expect(logo.body.logo).toMatch(/^[0-9a-f]{64}$/);
    const picture = await call(key, "GET", "/api/branding/logo");
    expect([picture.headers.get("content-type"), picture.bytes]).toEqual(["image/png", RED_BLUE]);
    const put = { template: "classic", accent: "#0055aa", footer: "Thank you" };
    expect((await call(key, "PUT", "/api/branding", put)).body).toMatchObject({
      ...put,
      logo: logo.body.logo,
    });
    const gone = await call(key, "DELETE", "/api/branding/logo");
    expect(gone.body).toMatchObject({ template: "classic", logo: null });
    expect((await call(key, "GET", "/api/branding/logo")).status).toBe(404);
  });

  it("shows a sample invoice with it", async () => {
    const { key } = await makeTenant();
    await putLogo(key, RED_BLUE);
    const { status, headers, bytes } = await call(key, "GET", "/api/branding/preview.pdf");
    expect([status, headers.get("content-type")]).toEqual([200, "application/pdf"]);
    expect(new TextDecoder().decode(bytes.slice(0, 5))).toBe("%PDF-");
  });

  it.each([
    [415, new TextEncoder().encode("GIF89a")],
    [413, new Uint8Array(512_001)],
    [422, RED_BLUE.slice(0, 40)],
  ])("answers %i for a logo that is none, and keeps the one before", async (status, bytes) => {
    const { key } = await makeTenant();
    const before = await putLogo(key, RED_BLUE);
    expect((await putLogo(key, bytes)).status).toBe(status);
    expect((await call(key, "GET", "/api/branding")).body).toEqual(before.body);
  });

  it.each([
    ["/accent", { accent: "blue" }],
    ["/template", { template: "fancy" }],
    ["/margin_pt", { margin_pt: 5 }],
  ])("refuses a wrong %s", async (pointer, wrong) => {
    const { key } = await makeTenant();
    const { status, body } = await call(key, "PUT", "/api/branding", wrong);
    expect([status, body.errors[0].pointer]).toEqual([422, pointer]);
  });

  it("is changed by owners and admins only", async () => {
    const { tenantId } = await makeTenant();
    const member = await keyFor(tenantId, "member");
    expect((await call(member, "PUT", "/api/branding", {})).status).toBe(403);
    expect((await putLogo(member, RED_BLUE)).status).toBe(403);
  });
});

describe("a document", () => {
  const pdf = (key: string, id: string) => call(key, "GET", `/api/pdf/invoice/${id}?as=issued`);

  it("keeps the look that it was issued with", async () => {
    const pair = await makePair();
    await putLogo(pair.issuer.key, RED_BLUE);
    const { id } = await final(pair);
    const before = await pdf(pair.issuer.key, id);
    await call(pair.issuer.key, "DELETE", "/api/branding/logo");
    await call(pair.issuer.key, "PUT", "/api/branding", { accent: "#ff0000" });
    const after = await pdf(pair.issuer.key, id);
    expect(after.headers.get("etag")).toBe(before.headers.get("etag"));
    expect(after.bytes).toEqual(before.bytes);
  });

  it("is printed without a logo that was lost, and with it once it is back", async () => {
    const pair = await makePair();
    const { body } = await putLogo(pair.issuer.key, RED_BLUE);
    await env.FILES.delete([`logo/${body.logo}`, `logo/${body.logo}.json`]);
    const { id } = await final(pair);
    const without = await pdf(pair.issuer.key, id);
    expect(without.status).toBe(200);
    await putLogo(pair.issuer.key, RED_BLUE);
    const back = await pdf(pair.issuer.key, id);
    expect(back.headers.get("etag")).not.toBe(without.headers.get("etag"));
    expect(back.bytes.length).toBeGreaterThan(without.bytes.length);
  });
});
