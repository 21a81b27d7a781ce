import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  IDLE_MS,
  LONGEST_MS,
  OVERLAP_MS,
  ROTATE_MS,
} from "../../../src/accounts/session/session.ts";
import { letterOf } from "../../../src/delivery/email/sealed-letter.ts";
import { dueRow, sendEmail } from "../../../src/delivery/email/send.ts";
import { listEmails } from "../../../src/delivery/email/store.ts";
import worker from "../../../src/index.ts";
import { schedule } from "../../../src/platform/queue/due.ts";
import { call, keyFor, makeTenant } from "../../support/api.ts";
import { Browser, signedIn, tokenOn } from "../browser.ts";

afterEach(() => vi.restoreAllMocks());

async function aged(byMs: number): Promise<void> {
  await env.DB.prepare(
    `UPDATE sessions SET created_ms = created_ms - ?1, rotated_ms = rotated_ms - ?1,
       expires_ms = expires_ms - ?1`,
  )
    .bind(byMs)
    .run();
}

async function user(key: string, email: string, role = "admin"): Promise<string> {
  const { body } = await call(key, "POST", "/api/users", { email, name: "Ada", role });
  return body.id;
}

/** The newest message to an address. */
async function letterTo(email: string): Promise<{ id: string; plain: string; tenant: string }> {
  return vi.waitFor(async () => {
    const [row] = await listEmails(env.DB, { viewer: null, text: email }, 1);
    if (!row) throw new Error("no letter yet");
    return { ...row, ...(await letterOf(env, row)) };
  });
}

const linkIn = (plain: string) =>
  /https:\/\/api\.test(\/dashboard\/sign-in\/link\/\S+)/.exec(plain);

describe("signing in with a key", () => {
  it("sets a cookie that no script can read, whose token is not stored", async () => {
    const { key } = await makeTenant();
    const browser = new Browser();
    const { headers } = await browser.signIn(key);
    const cookie = headers.get("set-cookie") ?? "";
    for (const part of ["HttpOnly", "SameSite=Lax", "Secure", "Path=/dashboard"]) {
      expect(cookie).toContain(part);
    }
    const token = browser.cookie?.split("=")[1] ?? "";
    expect(token.length).toBe(43);
    const stored = await env.DB.prepare("SELECT * FROM sessions").all();
    expect(JSON.stringify(stored.results)).not.toContain(token);
    expect((await browser.get("/dashboard")).status).toBe(200);
  });

  it("is refused for an unknown key, and for a key that may only record", async () => {
    const { tenantId, key } = await makeTenant();
    expect((await new Browser().signIn(`${key.slice(0, -4)}xxxx`)).status).toBe(401);
    const ingest = await keyFor(tenantId, "ingest");
    expect((await new Browser().signIn(ingest)).status).toBe(403);
  });

  it("is refused from another site, and when it is tried too often", async () => {
    const { key } = await makeTenant();
    const browser = new Browser();
    const fields = { "/key": key };
    const foreign = { origin: "https://evil.test", "sec-fetch-site": "cross-site" };
    expect((await browser.post("/dashboard/sign-in", fields, foreign)).status).toBe(403);
    const statuses = new Set<number>();
    for (let n = 0; n < 25; n++) statuses.add((await browser.signIn("bcp_live_no")).status);
    expect(statuses).toEqual(new Set([401, 429]));
  });
});

describe("a session", () => {
  it("ends with its key", async () => {
    const { tenantId, key } = await makeTenant();
    await keyFor(tenantId, "owner");
    const browser = await signedIn(key);
    const tenant = await call(key, "GET", "/api/tenant");
    await call(key, "DELETE", `/api/keys/${tenant.body.key.id}`);
    expect(await browser.get("/dashboard")).toMatchObject({
      status: 303,
      location: "/dashboard/sign-in",
    });
  });

  it("ends for everybody who has its cookie when its user signs out", async () => {
    const browser = await signedIn((await makeTenant()).key);
    const thief = new Browser();
    thief.cookie = browser.cookie;
    const { location } = await browser.submit("/dashboard", "/dashboard/sign-out");
    expect(location).toBe("/dashboard/sign-in");
    expect(browser.cookie).toBeNull();
    expect((await thief.get("/dashboard")).status).toBe(303);
  });

  it("gets another token after an hour, and the old one counts for a minute longer", async () => {
    const browser = await signedIn((await makeTenant()).key);
    const first = browser.cookie;
    await browser.get("/dashboard");
    expect(browser.cookie).toBe(first);
    await aged(ROTATE_MS);
    const before = tokenOn((await browser.get("/dashboard")).text);
    expect(browser.cookie).not.toBe(first);
    const late = new Browser();
    late.cookie = first;
    expect((await late.get("/dashboard")).status).toBe(200);
    await aged(OVERLAP_MS);
    expect((await late.get("/dashboard")).status).toBe(303);
    expect(tokenOn((await browser.get("/dashboard")).text)).toBe(before);
  });

  it("ends after a day without a request, and in any case after a week", async () => {
    const idle = await signedIn((await makeTenant()).key);
    await aged(IDLE_MS);
    expect((await idle.get("/dashboard")).status).toBe(303);
    const busy = await signedIn((await makeTenant()).key);
    for (let ms = 0; ms < LONGEST_MS - IDLE_MS / 2; ms += IDLE_MS / 2) {
      expect((await busy.get("/dashboard")).status).toBe(200);
      await aged(IDLE_MS / 2);
    }
    await busy.get("/dashboard");
    await aged(IDLE_MS / 2);
    expect((await busy.get("/dashboard")).status).toBe(303);
  });
});

describe("a link by e-mail", () => {
  it("signs its user in once, and only after a press of the button", async () => {
    const { key, tenantId } = await makeTenant();
    await user(key, "ada@link.test");
    const browser = new Browser();
    await browser.post("/dashboard/sign-in/email", { "/email": "Ada@link.test" });
    const [, path = ""] = linkIn((await letterTo("ada@link.test")).plain) ?? [];
    expect((await browser.get(path)).status).toBe(200);
    expect(await browser.post(path)).toMatchObject({ status: 303, location: "/dashboard" });
    expect((await browser.get("/dashboard")).text).toContain("Ada");
    expect((await new Browser().post(path)).status).toBe(410);
    const { body } = await call(key, "GET", "/api/audit?action=session.opened");
    expect(body.data).toMatchObject([{ user_id: expect.stringMatching(/^usr_/) }]);
    expect(body.data[0].target).toBe(body.data[0].key_id);
    expect(tenantId).toBeTruthy();
  });

  it("is mailed to an international domain, however it is written", async () => {
    const { key } = await makeTenant();
    await user(key, " ida@bücher.link.test ");
    await new Browser().post("/dashboard/sign-in/email", {
      "/email": "Ida@BÜCHER.link.test\u00a0",
    });
    expect(linkIn((await letterTo("ida@xn--bcher-kva.link.test")).plain)).toBeTruthy();
  });

  it("gets the same answer for an address that nobody has", async () => {
    const browser = new Browser();
    const answer = await browser.post("/dashboard/sign-in/email", { "/email": "no@link.test" });
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining("sign-in link")]);
  });

  it("points at PUBLIC_URL whatever the host that it was asked at, and needs one", async () => {
    const { key } = await makeTenant();
    await user(key, "hal@link.test");
    const ask = (host: string, of: object) => {
      const headers = { origin: `https://${host}`, "cf-connecting-ip": "10.9.9.9" };
      const body = new URLSearchParams({ "/email": "hal@link.test" });
      const url = `https://${host}/dashboard/sign-in/email`;
      const request = new Request(url, { method: "POST", headers, body });
      return worker.fetch(request, { ...env, ...of }, createExecutionContext());
    };
    const without = await ask("a.acme.workers.dev", { PUBLIC_URL: "" });
    expect([without.status, await without.text()]).toEqual([
      503,
      expect.stringContaining("set PUBLIC_URL"),
    ]);
    expect((await ask("evil.test", {})).status).toBe(421);
    expect((await ask("app.test", {})).status).toBe(200);
    expect(linkIn((await letterTo("hal@link.test")).plain)).not.toBeNull();
    const sent = "SELECT count(*) AS n FROM emails WHERE recipients LIKE '%hal@link%'";
    expect(await env.DB.prepare(sent).first("n")).toBe(1);
  });

  it("lies nowhere in clear, and no longer than until a provider has it", async () => {
    const { key } = await makeTenant();
    await user(key, "ida@link.test");
    await new Browser().post("/dashboard/sign-in/email", { "/email": "ida@link.test" });
    const { id, plain, tenant } = await letterTo("ida@link.test");
    const token = linkIn(plain)?.[1]?.split("/").at(-1) ?? "";
    expect(token.length).toBe(43);
    const tables = ["emails", "sign_in_links", "outbox", "audit", "due", "idempotency"];
    for (const table of tables) {
      const { results } = await env.DB.prepare(`SELECT * FROM ${table}`).all();
      expect(JSON.stringify(results).includes(token), table).toBe(false);
    }
    const again = { ...env, EMAIL_PROVIDER: "resend", EMAIL_KEY: "k", EMAIL_FROM: "a@link.test" };
    // Once it lies in the inbox, it is as one that waits for a provider.
    const status = env.DB.prepare("SELECT status FROM emails WHERE id = ?").bind(id);
    await vi.waitFor(async () => expect(await status.first("status")).toBe("sent"));
    await env.DB.prepare("UPDATE emails SET status = 'queued' WHERE id = ?").bind(id).run();
    await schedule(env.DB, dueRow({ id, tenant, private: true }, Date.now())).run();
    let sent = "";
    vi.spyOn(globalThis, "fetch").mockImplementation(async (_, init) => {
      sent = String(init?.body);
      return Response.json({ id: "re_1" });
    });
    await sendEmail(again, id, Date.now());
    expect(sent).toContain(token);
    expect(
      await env.DB.prepare("SELECT html, plain FROM emails WHERE id = ?").bind(id).first(),
    ).toEqual({ html: "", plain: "" });
  });

  it("is not in the log of e-mails that its tenant reads", async () => {
    const { key } = await makeTenant();
    await user(key, "eve@link.test", "owner");
    await new Browser().post("/dashboard/sign-in/email", { "/email": "eve@link.test" });
    const { id } = await letterTo("eve@link.test");
    expect((await call(key, "GET", "/api/emails")).body.data).toEqual([]);
    expect((await call(key, "GET", `/api/emails/${id}`)).status).toBe(404);
  });

  it("ends in time and with its user, and is mailed at most five times an hour", async () => {
    const { key } = await makeTenant();
    const id = await user(key, "bob@link.test");
    const ask = () => new Browser().post("/dashboard/sign-in/email", { "/email": "bob@link.test" });
    for (let n = 0; n < 7; n++) await ask();
    const sent = () =>
      env.DB.prepare("SELECT count(*) AS n FROM sign_in_links WHERE user_id = ?")
        .bind(id)
        .first("n");
    await vi.waitFor(async () => expect(await sent()).toBe(5));
    const [, path = ""] = linkIn((await letterTo("bob@link.test")).plain) ?? [];
    await env.DB.prepare("UPDATE sign_in_links SET expires_ms = 1 WHERE user_id = ?")
      .bind(id)
      .run();
    expect((await new Browser().post(path)).status).toBe(410);
    await env.DB.prepare("UPDATE sign_in_links SET expires_ms = 9e15 WHERE user_id = ?")
      .bind(id)
      .run();
    const browser = new Browser();
    expect((await browser.post(path)).status).toBe(303);
    await call(key, "DELETE", `/api/users/${id}`);
    expect((await browser.get("/dashboard")).status).toBe(303);
  });
});
