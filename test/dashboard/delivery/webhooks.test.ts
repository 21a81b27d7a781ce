import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import { call } from "../../support/api.ts";
import { signedInOwner } from "../browser.ts";

describe("a webhook endpoint", () => {
  it("is added, changed, tested, replayed to, given another secret and removed", async () => {
    const { browser, key } = await signedInOwner();
    const path = "/dashboard/webhooks";
    const made = await browser.submit(path, path, { "/url": "https://h.example.invalid/" });
    const secret = /data-copy="(whsec_[^"]+)"/.exec(made.text)?.[1];
    expect([made.status, secret]).toEqual([200, expect.any(String)]);
    const { data } = (await call(key, "GET", "/api/webhooks/endpoints")).body;
    const page = `${path}/${data[0].id}`;
    const change = { "/url": data[0].url, "/description": "Books", "/enabled": "yes" };
    expect((await browser.submit(page, page, change)).status).toBe(303);
    const read = await call(key, "GET", `/api/webhooks/endpoints/${data[0].id}`);
    expect(read.body).toMatchObject({ description: "Books", events: [] });
    expect((await browser.submit(page, `${page}/test`)).status).toBe(303);
    for (const after of ["0", ""]) {
      const replayed = await browser.submit(page, `${page}/replay`, { "/after": after });
      expect([after, replayed.status]).toEqual([after, 303]);
    }
    const wrong = await browser.submit(page, `${page}/replay`, { "/after": "none" });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('value="none"')]);
    expect(wrong.text).toContain("Replay events after number must be a number");
    const rotated = await browser.submit(page, `${page}/rotate`);
    const next = /data-copy="(whsec_[^"]+)"/.exec(rotated.text)?.[1];
    expect([rotated.status, next]).toEqual([200, expect.not.stringContaining(secret ?? "")]);
    const delivery = (await call(key, "GET", "/api/webhooks/deliveries")).body.data[0].id;
    const log = `${path}/deliveries/${delivery}`;
    expect((await browser.submit(log, `${log}/retry`)).location).toBe(`${log}?done=queued`);
    expect((await browser.submit(page, `${page}/remove`)).status).toBe(303);
    expect((await browser.get(page)).status).toBe(404);
  });

  it("that answers nothing but errors is not called active", async () => {
    const { browser, key } = await signedInOwner();
    const body = { url: "https://h.example.invalid/" };
    const { id } = (await call(key, "POST", "/api/webhooks/endpoints", body)).body;
    const badge = (state: string) => new RegExp(`<span class="badge \\w+">${state}</span>`);
    for (const path of ["/dashboard/webhooks", `/dashboard/webhooks/${id}`]) {
      expect((await browser.get(path)).text).toMatch(badge("active"));
    }
    const failing = "UPDATE webhook_endpoints SET failing_since_ms = ? WHERE id = ?";
    await env.DB.prepare(failing).bind(Date.now(), id).run();
    for (const path of ["/dashboard/webhooks", `/dashboard/webhooks/${id}`]) {
      expect((await browser.get(path)).text).toMatch(badge("failing"));
    }
    await browser.submit(`/dashboard/webhooks/${id}`, `/dashboard/webhooks/${id}/remove`);
  });

  it("that is not proven says what to do, and can be challenged again", async () => {
    const { browser, key } = await signedInOwner();
    const url = `https://${makeId("h", Date.now()).replace("_", "-")}.example.invalid/`;
    const add = () => call(key, "POST", "/api/webhooks/endpoints", { url });
    const [first, second] = [(await add()).body.id, (await add()).body.id];
    const page = `/dashboard/webhooks/${second}`;
    const { text } = await browser.get(page);
    expect(text).toContain("unproven");
    expect(text).toContain("webhook.challenge");
    expect(text).not.toContain("Send a test event");
    expect((await browser.get(`/dashboard/webhooks/${first}`)).text).not.toContain("Ask again");
    expect((await browser.submit(page, `${page}/challenge`)).location).toBe(`${page}?done=queued`);
    const list = await call(key, "GET", `/api/webhooks/deliveries?endpoint_id=${second}`);
    expect(list.body.data.map(({ type }: { type: string }) => type)).toEqual([
      "webhook.challenge",
      "webhook.challenge",
    ]);
    const log = `/dashboard/webhooks/deliveries/${list.body.data[0].id}`;
    expect((await browser.get(log)).text).not.toContain("Send again");
  });
});
