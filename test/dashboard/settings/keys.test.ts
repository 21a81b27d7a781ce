import { afterEach, describe, expect, it, vi } from "vitest";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";
import { Browser, signedIn, signedInOwner } from "../browser.ts";

const PATH = "/dashboard/settings/keys";
const DAY = 86_400_000;
const HOUR = 3_600_000;

afterEach(() => vi.useRealTimers());

const newKeyOn = (text: string) => /data-copy="(bcp_[^"]+)"/.exec(text)?.[1] ?? "";
const dayFromNow = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

describe("the page of keys", () => {
  it("makes a confined key, and shows to what, until when, and that nobody used it", async () => {
    const { browser, key } = await signedInOwner();
    const day = dayFromNow(40);
    const made = await browser.submit(PATH, PATH, {
      "/name": "Ingest",
      "/role": "admin",
      "/permissions": "usage.write",
      "/ips": "192.0.2.0/24\n2001:db8::7\n",
      "/expires_at": day,
    });
    expect([made.status, newKeyOn(made.text).length]).toEqual([200, 52]);
    expect((await call(key, "GET", "/api/keys")).body.data.at(-1)).toMatchObject({
      permissions: ["usage.write"],
      tenants: null,
      ips: ["192.0.2.0/24", "2001:db8::7"],
      expires_at: `${day}T00:00:00Z`,
    });
    expect(made.text).toContain("192.0.2.0/24, 2001:db8::7");
    expect(made.text).toContain(">never<");
    expect(made.text).not.toContain('name="/tenants"');
    expect(made.text).not.toContain("operator.plans");
  });

  it("limits a key and pins its version, and changes both on a page of its own", async () => {
    const { browser, key } = await signedInOwner();
    const made = await browser.submit(PATH, PATH, {
      "/name": "Nightly",
      "/role": "viewer",
      "/reads_per_minute": "600",
      "/api_version": "2026-11-01",
    });
    expect(made.text).toContain("600 reads a minute");
    expect(made.text).toContain("API version 2026-11-01");
    const last = async () => (await call(key, "GET", "/api/keys")).body.data.at(-1);
    const { id, ...first } = await last();
    expect(first).toMatchObject({ reads_per_minute: 600, api_version: "2026-11-01" });
    const form = `${PATH}/${id}`;
    const changed = { "/name": "Hourly", "/writes_per_minute": "6", "/api_version": "2026-11-30" };
    expect((await browser.submit(form, form, changed)).status).toBe(303);
    expect(await last()).toMatchObject({
      name: "Hourly",
      reads_per_minute: null,
      writes_per_minute: 6,
      api_version: "2026-11-30",
    });
    const wrong = await browser.submit(form, form, { ...changed, "/writes_per_minute": "0" });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining("f-writes_per")]);
    expect((await browser.get(`${PATH}/key_${"0".repeat(26)}`)).status).toBe(404);
  });

  it("shows again what was refused, with the field that is wrong", async () => {
    const { browser, key } = await signedInOwner();
    const wrong = { "/name": "Ingest", "/role": "ingest", "/ips": "192.0.2.1/24" };
    const again = await browser.submit(PATH, PATH, { ...wrong, "/permissions": "usage.read" });
    expect(again.status).toBe(422);
    expect(again.text).toContain("192.0.2.1/24</textarea>");
    expect(again.text).toMatch(/id="f-ips-error"[^>]*>IP addresses must be an IPv4/);
    expect(again.text).toMatch(/<details class="more" open/);
    const role = await browser.submit(PATH, PATH, {
      "/name": "Ingest",
      "/role": "ingest",
      "/permissions": "usage.read",
      "/expires_at": "2020-01-01",
    });
    expect([role.status, role.text]).toEqual([422, expect.stringContaining("role ingest")]);
    expect(role.text).toContain('value="2020-01-01"');
    expect((await call(key, "GET", "/api/keys")).body.data).toHaveLength(1);
  });

  it("rotates a key once, with an overlap or at once, and ends it", async () => {
    const { browser, key } = await signedInOwner();
    const { body: old } = await call(key, "POST", "/api/keys", { name: "CI", role: "viewer" });
    const rotate = `${PATH}/${old.id}/rotate`;
    expect((await browser.get(PATH)).text).toContain(`action="${rotate}"`);
    const rotated = await browser.submit(PATH, rotate, { "/overlap_hours": "24" });
    const next = newKeyOn(rotated.text);
    for (const each of [old.key, next]) {
      expect((await call(each, "GET", "/api/tenant")).status).toBe(200);
    }
    expect(rotated.text).not.toContain(`action="${rotate}"`);
    expect(rotated.text).toContain(">rotated<");
    const again = await browser.submit(PATH, rotate, { "/overlap_hours": "24" });
    expect([again.status, again.text]).toEqual([422, expect.stringContaining("rotated before")]);

    const { id } = (await call(next, "GET", "/api/tenant")).body.key;
    const last = await browser.submit(PATH, `${PATH}/${id}/rotate`, { "/overlap_hours": "0" });
    expect((await call(next, "GET", "/api/tenant")).status).toBe(401);
    expect(last.text).toContain(">expired<");
    const newest = (await call(newKeyOn(last.text), "GET", "/api/tenant")).body.key.id;
    expect((await browser.submit(PATH, `${PATH}/${newest}/revoke`)).status).toBe(303);
    expect((await browser.get(PATH)).text).toContain(">revoked<");
  });

  it("confines the operator's keys to tenants, too", async () => {
    const browser = await signedIn(await operatorKey());
    const { tenantId } = await makeTenant();
    const body = { "/name": "Backend", "/role": "admin", "/tenants": tenantId };
    const made = await browser.submit(PATH, PATH, body);
    const own = await call(newKeyOn(made.text), "GET", "/api/tenant");
    expect(own.body).toMatchObject({ id: OPERATOR_TENANT, key: { tenants: [tenantId] } });
    expect(made.text).toContain(`<div class="muted">${tenantId}</div>`);
  });
});

describe("signing in with a key", () => {
  it("that is confined is refused, since a session stands for all of its role", async () => {
    const { tenantId } = await makeTenant();
    for (const confinement of [
      { permissions: ["usage.read" as const] },
      { ips: ["0.0.0.0/0", "::/0"] },
    ]) {
      const key = await keyFor(tenantId, "owner", { confinement });
      const page = await new Browser().signIn(key);
      expect([page.status, page.text]).toEqual([403, expect.stringContaining("is confined")]);
    }
  });

  it("that ends ends the session with it, and it shows as used", async () => {
    vi.useFakeTimers({ now: Date.now(), toFake: ["Date"] });
    const { tenantId, key: owner } = await makeTenant();
    const endsMs = Date.now() + HOUR;
    const key = await keyFor(tenantId, "admin", { confinement: { endsMs } });
    const browser = await signedIn(key);
    expect((await browser.get(PATH)).status).toBe(200);
    const rows: { id: string; name: string; last_used_at: string | null }[] = (
      await call(owner, "GET", "/api/keys")
    ).body.data;
    const row = rows.find(({ name }) => name === "admin key");
    expect(row?.last_used_at).not.toBeNull();
    const made = await browser.submit(PATH, PATH, { "/name": "Next", "/role": "viewer" });
    const { body } = await call(newKeyOn(made.text), "GET", "/api/tenant");
    expect(Date.parse(body.key.expires_at)).toBe(endsMs);
    vi.setSystemTime(endsMs - 1);
    expect((await browser.get(PATH)).status).toBe(200);
    vi.setSystemTime(endsMs);
    expect((await browser.get(PATH)).location).toBe("/dashboard/sign-in");
    const page = await new Browser().signIn(key);
    expect([page.status, page.text]).toEqual([401, expect.stringContaining("has ended")]);
  });
});
