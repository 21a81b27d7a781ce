/** The operator's health: stages, and stuck work that is run again by its buttons. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { OPERATOR_TENANT } from "../../src/accounts/store/tenant-store.ts";
import { makeId } from "../../src/platform/runtime/crypto.ts";
import { unsentEmail } from "../delivery/email/unsent.ts";
import { announced, hooked, quietEnv } from "../delivery/receiver.ts";
import { keyFor, makeTenant } from "../support/api.ts";
import { signedIn } from "./browser.ts";

const operator = async () => signedIn(await keyFor(OPERATOR_TENANT, "owner"));

async function deadLetter(tenant: string): Promise<string> {
  const id = makeId("dead", Date.now());
  const body = JSON.stringify({ kind: "hand-out", tenant, work: "none" });
  await env.DB.prepare(
    `INSERT INTO dead_letters (id, queue, kind, tenant, ref, at_ms, body)
     VALUES (?, 'boxcostpro-jobs-dead', 'hand-out', ?, 'none', ?, ?)`,
  )
    .bind(id, tenant, Date.now(), body)
    .run();
  return id;
}

it("shows dead letters with what they ask for; dropping one is asked about", async () => {
  const { tenantId } = await makeTenant({ name: "Dead & Co" });
  const [run, dropped] = [await deadLetter(tenantId), await deadLetter(tenantId)];
  const browser = await operator();
  const list = await browser.get("/dashboard/dead-letters");
  expect(list.text).toContain("Handing out due work");
  expect(list.text).toContain("Dead &amp; Co");
  expect((await browser.get(`/dashboard/dead-letters/${run}`)).text).toContain("hand-out");
  const page = "/dashboard/dead-letters";
  const { location } = await browser.submit(page, `${page}/${run}/run`, {});
  expect((await browser.get(location ?? "")).text).toContain("It is tried again.");
  const asked = await browser.submit(page, `${page}/${dropped}/drop`, { confirmed: "" });
  expect(asked.text).toContain("Drop this dead letter?");
  await browser.submit(page, `${page}/${dropped}/drop`, { confirmed: "yes" });
  for (const id of [run, dropped]) {
    expect((await browser.get(`/dashboard/dead-letters/${id}`)).status).toBe(404);
  }
});

it("says first of all, on both pages, that there are dead letters, as the API does", async () => {
  const { tenantId } = await makeTenant();
  const id = await deadLetter(tenantId);
  const browser = await operator();
  for (const path of ["/dashboard", "/dashboard/health"]) {
    const { text } = await browser.get(path);
    const tile = /<a href="\/dashboard\/dead-letters" class="bad"><span>Dead letters<\/span>/;
    const at = text.search(tile);
    expect([path, at > 0, text.includes("all well")]).toEqual([path, true, false]);
    // Before revenue and stages, and before the signs that are well.
    for (const later of [
      "Newest movements",
      'id="stages"',
      "No recurring revenue",
      'class=""><span>',
    ]) {
      const from = text.indexOf(later);
      expect([path, later, from === -1 || from > at]).toEqual([path, later, true]);
    }
  }
  await browser.submit("/dashboard/dead-letters", `/dashboard/dead-letters/${id}/run`, {});
});

it("sends a tenant's failed delivery again, and both audit logs say so", async () => {
  const { tenantId, endpoint } = await hooked();
  const event = await announced(quietEnv().env, tenantId);
  const id = makeId("dlv", Date.now());
  await env.DB.prepare(
    `INSERT INTO webhook_deliveries
       (id, tenant, endpoint, message, news_seq, type, status, attempts, step, created_ms)
     VALUES (?, ?, ?, ?, 1, 'quote.accepted', 'failed', 9, 9, ?)`,
  )
    .bind(id, tenantId, endpoint, event.id, Date.now())
    .run();
  const browser = await operator();
  expect((await browser.get("/dashboard/health")).text).toContain(`${tenantId}/${id}/send`);
  await browser.submit(
    "/dashboard/health",
    `/dashboard/health/deliveries/${tenantId}/${id}/send`,
    {},
  );
  const status = "SELECT status FROM webhook_deliveries WHERE id = ?";
  expect(await env.DB.prepare(status).bind(id).first("status")).toBe("pending");
  const logs = "SELECT tenant FROM audit WHERE action = 'webhook.retry' AND target = ? ORDER BY id";
  const { results } = await env.DB.prepare(logs).bind(id).all<{ tenant: string }>();
  expect(results.map(({ tenant }) => tenant).sort()).toEqual([OPERATOR_TENANT, tenantId].sort());
});

it("sends a tenant's failed e-mail again, and drains a meter", async () => {
  const { tenantId } = await makeTenant();
  const id = await unsentEmail(tenantId);
  const browser = await operator();
  const page = "/dashboard/health";
  await browser.submit(page, `${page}/emails/${tenantId}/${id}/send`, {});
  const logged = "SELECT count(*) AS n FROM audit WHERE tenant = ? AND action LIKE 'email.%'";
  expect(await env.DB.prepare(logged).bind(tenantId).first("n")).toBe(1);
  const { location } = await browser.submit(page, `${page}/meters/${tenantId}/drain`, {});
  expect((await browser.get(location ?? "")).text).toContain("has put its journal into the ledger");
});
