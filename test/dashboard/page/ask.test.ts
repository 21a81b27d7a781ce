import { describe, expect, it } from "vitest";
import { call, makeTenant, operatorKey } from "../../support/api.ts";
import { quotePlan } from "../../support/billing.ts";
import { type Browser, fieldsOn, signedIn, tokenOn } from "../browser.ts";

const NOT_YET = { confirmed: "" };
const TEXT = { "/reason": 'Twice, said "Jo"' };

/** A draft invoice of 1,200.00 USD, and whoever may issue it. */
async function drafted() {
  const { key } = await makeTenant();
  const browser = await signedIn(key);
  const name = { name: "Acme Ltd", email: "ap@acme.example" };
  const { body: customer } = await call(key, "POST", "/api/customers", name);
  const lines = [{ name: "Work", quantity: 12, unit_price: "100" }];
  const draft = { customer_id: customer.id, currency: "USD", lines };
  const { body: invoice } = await call(key, "POST", "/api/invoices", draft);
  return { key, browser, path: `/dashboard/invoices/${invoice.id}`, id: invoice.id };
}

/** The fields that the question's form sends with a yes. */
function answerOn(text: string): Record<string, string> {
  const form = /<section class="question".*?<\/section>/s.exec(text)?.[0] ?? "";
  const inputs = form.matchAll(/name="([^"]+)" value="([^"]*)"/g);
  return Object.fromEntries(
    [...inputs].map(([, name, value]) => [name ?? "", value?.replaceAll("&quot;", '"') ?? ""]),
  );
}

async function statusOf(key: string, id: string): Promise<unknown> {
  return (await call(key, "GET", `/api/invoices/${id}`)).body.status;
}

const sent = async (browser: Browser, path: string) => tokenOn((await browser.get(path)).text);

describe("an act that cannot be taken back", () => {
  it("is asked about in numbers, and done by the answer with what was typed", async () => {
    const { key, browser, path, id } = await drafted();
    const form_token = await sent(browser, path);
    const finalizing = await browser.post(`${path}/finalize`, { form_token, ...NOT_YET });
    expect(finalizing.text).toContain('<h1 id="question-title">Finalize this invoice?</h1>');
    expect(finalizing.text).toContain("over US$1,200.00 for Acme Ltd");
    expect(await statusOf(key, id)).toBe("draft");
    await browser.post(`${path}/finalize`, answerOn(finalizing.text));
    expect(await statusOf(key, id)).toBe("open");

    const voiding = await browser.post(`${path}/void`, { form_token, ...TEXT, ...NOT_YET });
    for (const told of [
      /Void invoice INV-\d{4}-001\?/,
      /Issues a credit note over US\$1,200\.00\./,
      /Acme Ltd no longer owes US\$1,200\.00\./,
      /This cannot be undone\./,
    ]) {
      expect(voiding.text).toMatch(told);
    }
    expect(answerOn(voiding.text)).toMatchObject({ ...TEXT, confirmed: "yes", form_token });
    expect(await statusOf(key, id)).toBe("open");
    const done = await browser.post(`${path}/void`, answerOn(voiding.text));
    expect(done.location).toBe(`${path}?done=voided`);
    const { body: notes } = await call(key, "GET", "/api/credit-notes");
    const { body: note } = await call(key, "GET", `/api/credit-notes/${notes.data[0].id}`);
    expect([notes.data.length, note.reason]).toEqual([1, TEXT["/reason"]]);
  });

  it("is asked in a part of a page for a dialog, and refused before it is asked", async () => {
    const { browser, path } = await drafted();
    const form_token = await sent(browser, path);
    const inDialog = { "x-question": "dialog" };
    const fields = { form_token, ...NOT_YET };
    const asked = await browser.post(`${path}/finalize`, fields, inDialog);
    expect(asked.text).toMatch(/^<section class="question" data-question/);
    expect(asked.text).toContain('<h2 id="question-title">');
    const refused = await browser.post(`${path}/credit`, fields, inDialog);
    expect([refused.status, refused.text.includes("data-question")]).toEqual([422, false]);
    const forged = await browser.post(`${path}/finalize`, { ...NOT_YET, form_token: "x" });
    expect(forged.status).toBe(403);
  });

  it("leads back to the page that it was on, and to no other site's", async () => {
    const { browser, path } = await drafted();
    const fields = { form_token: await sent(browser, path), ...NOT_YET };
    const back = async (referer: string) => {
      const { text } = await browser.post(`${path}/finalize`, fields, { referer });
      return /href="([^"]+)" data-cancel/.exec(text)?.[1];
    };
    expect(await back(`https://app.test${path}?done=saved`)).toBe(`${path}?done=saved`);
    expect(await back("https://evil.test/dashboard/invoices")).toBe("/dashboard");
  });

  it("says of keys, members, endpoints, events and links what ends with them", async () => {
    const { key } = await makeTenant();
    const browser = await signedIn(key);
    const made = async (path: string, body: unknown) => (await call(key, "POST", path, body)).body;
    const ada = { name: "Ada", email: "ada@acme.example", role: "admin" };
    const { id: user } = await made("/api/users", ada);
    const { id: own } = await made("/api/keys", { name: "Nightly job", role: "member" });
    const { id: hook } = await made("/api/webhooks/endpoints", { url: "https://hooks.example/a" });
    const event = { metric_name: "storage_gb", quantity: 1250 };
    const { event_seq } = await made("/api/usage/record", event);
    const form_token = await sent(browser, "/dashboard/settings/keys");
    const asked = async (path: string) => {
      const { status, text } = await browser.post(`/dashboard${path}`, { form_token, ...NOT_YET });
      return [status, text.replace(/^.*<section class="question"/s, "")] as const;
    };
    const told: [string, RegExp][] = [
      [`/settings/keys/${own}/revoke`, /Revoke Nightly job\?.*was never used/s],
      [`/settings/members/${user}/remove`, /Remove Ada\?.*ada@acme\.example.*No API key ends/s],
      [`/webhooks/${hook}/remove`, /hooks\.example\/a gets no more events.*0 deliveries/s],
      [`/usage/events/${event_seq}/void`, /Takes 1,250 Storage of .* off the total/s],
    ];
    for (const [path, words] of told) {
      expect(await asked(path)).toEqual([200, expect.stringMatching(words)]);
    }
    const { body: keys } = await call(key, "GET", "/api/keys");
    expect(keys.data.map(({ revoked_at }: { revoked_at: string | null }) => revoked_at)).toEqual(
      keys.data.map(() => null),
    );
  });

  it("says of subscriptions and plans whom it touches", async () => {
    const key = await operatorKey();
    const operator = await signedIn(key);
    const code = await quotePlan({ name: "Team" });
    const { tenantId } = await makeTenant({ name: "Bike Shop", clock: "2027-01-01T00:00:00Z" });
    const made = async (path: string, body: unknown) => (await call(key, "POST", path, body)).body;
    const { id } = await made("/api/subscriptions", {
      tenant_id: tenantId,
      plan: code,
      base_price: 20,
    });
    const page = `/dashboard/billing/subscriptions/${id}`;
    const form_token = await sent(operator, page);
    const cancelled = { form_token, "/when": "period_end", ...NOT_YET };
    const { text } = await operator.post(`${page}/cancel`, cancelled);
    expect(text).toMatch(/Ends Bike Shop&#39;s subscription to Team on 1 Feb 2027/);
    expect(text).toMatch(/Usage so far comes to US\$\d/);
    const plan = `/dashboard/billing/plans/${code}`;
    const archive = { form_token, "/name": "Team", "/archived": "yes", ...NOT_YET };
    expect((await operator.post(plan, archive)).text).toContain("Its 1 subscription continue");
    const isArchived = async () => (await call(key, "GET", `/api/plans/${code}`)).body.archived;
    expect(await isArchived()).toBe(false);
    const { location } = await operator.post(plan, { ...archive, confirmed: "yes" });
    expect(await isArchived()).toBe(true);
    const done = await operator.get(location ?? "");
    const undo = /<div class="notice good".*?<\/form>/s.exec(done.text)?.[0] ?? "";
    await operator.post(plan, fieldsOn(undo));
    expect(await isArchived()).toBe(false);
  });
});
