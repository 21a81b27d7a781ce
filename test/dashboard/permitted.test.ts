/** What a role may not do is shown where it is looked for, disabled, with whom to ask. */
import { expect, it } from "vitest";
import { OPERATOR_TENANT } from "../../src/accounts/store/tenant-store.ts";
import { call, keyFor, makeTenant, operatorKey } from "../support/api.ts";
import { makeEstate, type Send } from "../support/estate.ts";
import { type Browser, signedIn } from "./browser.ts";

const REASON = /Only (?:an? \w+, )*an? \w+(?: or an? \w+)? can [^.]+\. Ask one of them\./;

/** What changes something on a page: its forms, but for signing out, and its main link. */
function actsOn(text: string): number {
  const forms = text.match(/<form method="post" action="(?!\/dashboard\/sign-out)/g) ?? [];
  return forms.length + (text.match(/class="button primary" href/g) ?? []).length;
}

/** The reasons of the controls that are disabled; each is on the page once. */
function reasonsOn(text: string): string[] {
  const ids = [...text.matchAll(/aria-disabled="true" aria-describedby="([^"]+)"/g)];
  return [...new Set(ids.map(([, id]) => id))].map((id) => {
    const found = [...text.matchAll(new RegExp(`id="${id}"[^>]*>([^<]*)<`, "g"))];
    expect([id, found.length]).toEqual([id, 1]);
    return found[0]?.[1] ?? "";
  });
}

/** Pages on which a viewer has less to do than an owner, and is not told why. */
async function silent(owner: Browser, viewer: Browser, paths: readonly string[]) {
  const unsaid: string[] = [];
  for (const path of paths) {
    const [whole, less] = [await owner.get(path), await viewer.get(path)];
    expect([path, whole.status]).toEqual([path, 200]);
    if (less.status !== 200 || actsOn(less.text) >= actsOn(whole.text)) continue;
    const reasons = reasonsOn(less.text);
    for (const reason of reasons)
      expect([path, reason]).toEqual([path, expect.stringMatching(REASON)]);
    if (reasons.length === 0) unsaid.push(path);
  }
  return unsaid;
}

it("a tenant's viewer reads on each page who may do what it shows", {
  timeout: 60_000,
}, async () => {
  const { tenantId, key } = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
  const operators = await operatorKey();
  const send: Send = async (as, method, path, body, type) => {
    const headers: Record<string, string> = type === undefined ? {} : { "Content-Type": type };
    return (await call(as === "owner" ? key : operators, method, path, body, headers)).body;
  };
  const estate = await makeEstate(send, tenantId, "Barred");
  const [viewer, owner] = await Promise.all([
    signedIn(await keyFor(tenantId, "viewer", { mode: "test" })),
    signedIn(key),
  ]);
  const of = (name: string, at = 0) => estate[name]?.[at] ?? "";
  const paths = [
    "/usage/events",
    "/usage/imports",
    `/usage/imports/${of("imports")}`,
    "/usage/metrics",
    "/usage/rules",
    `/usage/rules/${of("rules")}`,
    "/usage/unpriced",
    "/invoices",
    `/invoices/${of("invoices")}`,
    `/invoices/${of("invoices", 1)}`,
    "/quotes",
    `/quotes/${of("quotes", 1)}`,
    "/proforma-invoices",
    `/proforma-invoices/${of("proforma-invoices", 1)}`,
    `/credit-notes/${of("credit-notes")}`,
    "/recurring-invoices",
    "/items",
    `/items/${of("items")}`,
    "/customers",
    `/customers/${of("customers")}`,
    `/customers/${of("customers")}/edit`,
    `/customers/${of("customers")}/balance`,
    "/emails",
    `/emails/${of("emails")}`,
    "/emails/suppressed",
    "/settings/profile",
    "/settings/branding",
    "/settings/mail",
    "/clock",
  ];
  const below = paths.map((path) => `/dashboard${path}`);
  expect(await silent(owner, viewer, below)).toEqual([]);

  // What a member may do of an invoice is offered; what not, is named.
  const member = await signedIn(await keyFor(tenantId, "member", { mode: "test" }));
  const { text } = await member.get(`/dashboard/invoices/${of("invoices")}`);
  expect(text).toMatch(/<button[^>]*aria-disabled="true"[^>]*>Finalize<\/button>/);
  expect(text).toMatch(/<a class="[^"]*" href="[^"]*\/edit">Edit<\/a>/);
  expect(reasonsOn(text)).toContain(
    "Only an owner or an admin can finalize invoices. Ask one of them.",
  );
});

it("an operator's viewer reads on each page who may do what it shows", async () => {
  const owner = await signedIn(await operatorKey());
  const viewer = await signedIn(await keyFor(OPERATOR_TENANT, "viewer"));
  const { tenantId } = await makeTenant();
  const paths = [
    "/tenants",
    `/tenants/${tenantId}`,
    `/tenants/${tenantId}/budgets`,
    "/billing/plans",
    "/billing/plans/STARTER",
    "/billing/coupons",
    "/billing/credits",
    "/billing/subscriptions",
  ];
  const below = paths.map((path) => `/dashboard${path}`);
  expect(await silent(owner, viewer, below)).toEqual([]);
});
