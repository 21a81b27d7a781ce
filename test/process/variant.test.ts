/** A variant is added by its own file and its line in a registry, and the whole product has it. */
import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Api, apiAt, type Page } from "../../scripts/lib/api.ts";
import { type Served, serve, temporaryDir } from "./command.ts";
import { queryLedger } from "./estate.ts";
import { type Peer, startPeer, until } from "./peer.ts";
import {
  addVariant,
  changeOf,
  compile,
  copyProduct,
  entryOf,
  importOf,
  registryOf,
} from "./variant/copy.ts";
import { VARIANTS } from "./variant/list.ts";

const WORKER = "test/process/delivery-worker.ts";
const START = "2026-03-01T00:00:00Z";
const PERIOD = { start: START, end: "2026-04-01T00:00:00Z" };
const AFTER_GRACE = "2026-04-01T02:00:00Z";
const SECRET = "the secret of both providers";

describe("a new variant", () => {
  it.each(VARIANTS)(
    "of the family $family is one file and its lines in the registry",
    (variant) => {
      const root = copyProduct();
      addVariant(root, variant);
      const lines = [importOf(variant), entryOf(variant)];
      expect(changeOf(root)).toEqual({
        added: [`${variant.room}/${variant.file}`],
        gone: [],
        changed: [{ path: registryOf(variant), more: lines, less: [] }],
      });
    },
  );

  it("compiles with the product and its tests", async () => {
    const root = copyProduct();
    for (const variant of VARIANTS) addVariant(root, variant);
    expect(await compile(root)).toEqual([]);
  });

  it("that lacks a trait does not compile", async () => {
    const root = copyProduct();
    for (const variant of VARIANTS) {
      const { trait } = variant;
      const lines = (text: string) => text.split("\n").filter((line) => !trait.test(line));
      addVariant(root, variant, (text) => lines(text).join("\n"));
    }
    const paths = VARIANTS.map(({ room, file }) => `${room}/${file}`);
    const errors = await compile(root, paths);
    for (const path of paths) {
      expect(errors.filter((error) => error.startsWith(`${path}(`))).not.toEqual([]);
    }
  });
});

/** What every family's part of the product is tried on. */
type Estate = Served & {
  stateDir: string;
  mailbox: Peer;
  operator: Api;
  /** A tenant on a test clock, whose id is `tenantId`. */
  clocked: Api;
  clockedKey: string;
  tenantId: string;
  /** A live tenant: e-mails of others stay here. */
  live: Api;
};

type Made = { id: string };

describe("the product with a new variant of each family", () => {
  it("stores, reads and serves them", async () => {
    const root = copyProduct();
    for (const variant of VARIANTS) addVariant(root, variant);
    const estate = await open(root);
    await expectDescribed(estate);
    const plan = await expectPriced(estate);
    await expectCounted(estate);
    await expectBilled(estate, plan);
    await expectPaid(estate);
    await expectWritten(estate);
    await expectTranslatedAndMailed(estate);
    await expectExchanged(estate);
    expectStored(estate.stateDir);
  });
});

async function open(root: string): Promise<Estate> {
  const [stateDir, mailbox] = [temporaryDir(), await startPeer()];
  const bindings = {
    EMAIL_PROVIDER: "testmail",
    EMAIL_KEY: "key",
    EMAIL_FROM: "bills@example.com",
    EMAIL_BASE_URL: mailbox.url,
    EMAIL_CALLBACK_SECRET: SECRET,
  };
  const server = await serve(stateDir, JSON.stringify(bindings), WORKER, root);
  const operator = apiAt(server.url, server.operatorKey);
  const body = { name: "Clocked Ltd", mode: "test", clock: START };
  const { id, key } = await operator.call<Made & { key: string }>("POST", "/api/tenants", body);
  const [clocked, live] = [apiAt(server.url, key), apiAt(server.url, server.demoKey)];
  const tenant = { clocked, clockedKey: key, tenantId: id, live };
  return Object.assign(server, tenant, { stateDir, mailbox, operator });
}

/** Each list of the API's reference that names what the family had names the new one. */
async function expectDescribed({ url }: Served): Promise<void> {
  const text = await (await fetch(`${url}/openapi.json`)).text();
  const lists = [...text.matchAll(/"enum":\[([^\]]*)\]/g)].map(([, names = ""]) => names);
  for (const [known, name] of [
    ["sum", "double"],
    ["per_unit", "doubled"],
    ["stripe", "testpay"],
    ["quote", "delivery_note"],
    ["de", "da"],
    ["xrechnung-cii", "plain-ubl"],
  ]) {
    const families = lists.filter((names) => names.includes(`"${known}"`));
    expect([known, families.length]).not.toEqual([known, 0]);
    for (const names of families) expect(names).toContain(`"${name}"`);
  }
  const { paths } = JSON.parse(text);
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining([
      "/api/usage/tally",
      "/hooks/testpay/{hook}",
      "/hooks/email/testmail",
      "/api/delivery-notes/{id}/finalize",
      "/api/pdf/delivery-note/{id}",
    ]),
  );
}

const PRICE = {
  metric_name: "widgets",
  included_quantity: 10,
  model: "doubled",
  half_price: 0.25,
};

/** A plan with a price of the new model; answers its code. */
async function expectPriced({ operator, live }: Estate): Promise<string> {
  const [code, prices] = ["DOUBLED", [PRICE]];
  const plan = { code, name: "Doubled", currency: "USD", prices };
  await operator.call("POST", "/api/plans", plan);
  const read = await live.call("GET", `/api/plans/${code}`);
  expect(read).toMatchObject({ code, version: { prices } });
  const usage = [{ metric_name: "widgets", quantity: 40 }];
  const simulation = { currency: "USD", prices, usage };
  expect(await live.call("POST", "/api/billing/simulate", simulation)).toMatchObject({
    total: 15,
    lines: [{ kind: "usage", arithmetic: "30 × 0.5 = 15.00" }],
  });
  return code;
}

/** In a list beside the calls that a tenant makes, which are counted as well. */
const WIDGETS = expect.arrayContaining([
  expect.objectContaining({ metric_name: "widgets", total_quantity: 40, event_count: 2 }),
]);

/** A metric with the new aggregation counts 20 as 40, 5 of them in the new format. */
async function expectCounted({ clocked, url, clockedKey }: Estate): Promise<void> {
  await clocked.call("PUT", "/api/metrics/widgets", { aggregation: "double" });
  await clocked.call("POST", "/api/usage/record", { metric_name: "widgets", quantity: 15 });
  const headers = { authorization: `Bearer ${clockedKey}`, "content-type": "text/plain" };
  const body = "one widgets 5";
  const taken = await fetch(`${url}/api/usage/tally`, { method: "POST", headers, body });
  expect(await taken.json()).toMatchObject({ accepted: 1, refused: 0 });
  const declared = expect.objectContaining({ name: "widgets", aggregation: "double" });
  expect(await clocked.call("GET", "/api/usage/metrics")).toMatchObject({
    metrics: expect.arrayContaining([declared]),
  });
  expect(await clocked.call("GET", "/api/usage/summary")).toMatchObject({ metrics: WIDGETS });
  expect(await clocked.call("GET", "/api/usage/proof")).toMatchObject({ equal: true });
}

/** What is counted so is charged so: while the period runs, and on the invoice at its end. */
async function expectBilled({ operator, clocked, tenantId }: Estate, plan: string): Promise<void> {
  const body = { tenant_id: tenantId, plan, billing_cycle: "monthly", base_price: 0 };
  await operator.call("POST", "/api/subscriptions", body);
  const used = await clocked.call("GET", "/api/usage/entitlements/widgets");
  expect(used).toMatchObject({ used: 40 });
  const usage = { metrics: WIDGETS };
  const current = await clocked.call("GET", "/api/usage/current-period");
  expect(current).toMatchObject({ plan_name: "Doubled", current_period: PERIOD, usage });
  expect(await clocked.call("GET", "/api/usage/overage-charges")).toMatchObject({
    charges: [{ overage_quantity: 30, overage_rate: 0.5, overage_amount: 15 }],
    total_overage: 15,
  });
  type Move = { done: boolean };
  const move = () => clocked.call<Move>("POST", "/api/test-clock", { now: AFTER_GRACE });
  while (!(await move()).done);
  type Period = { net: number; lines: unknown[]; document_id: string };
  const { data } = await clocked.call<Page<Period>>("GET", "/api/billing/periods");
  expect(data).toMatchObject([{ net: 15, lines: [{ unit_price: 0.5, amount: 15 }] }]);
  const invoice = await clocked.call("GET", `/api/invoices/${data[0]?.document_id}`);
  expect(invoice).toMatchObject({ total: 15, lines: [{ quantity: 30, unit_price: 0.5 }] });
}

const LINE = { name: "Consulting", quantity: 2, unit_price: "150.50" };

/** A signed event of the new provider pays an invoice once; one that is not signed is refused. */
async function expectPaid({ clocked }: Estate): Promise<void> {
  const customer = await clocked.call<Made>("POST", "/api/customers", { name: "Buyer Ltd" });
  const draft = { customer_id: customer.id, currency: "USD", lines: [LINE] };
  const { id } = await clocked.call<Made>("POST", "/api/invoices", draft);
  await clocked.call("POST", `/api/invoices/${id}/finalize`);
  const path = "/api/payment-providers/testpay";
  const hook = await clocked.call<{ url: string }>("PUT", path, { secret: SECRET });
  const event = JSON.stringify({ paid: "tp_1", currency: "USD", cents: 30_100, invoice: id });
  const signature = createHmac("sha256", SECRET).update(event).digest("hex");
  const send = async (headers: Record<string, string>) => {
    const answer = await fetch(hook.url, { method: "POST", headers, body: event });
    return { status: answer.status, body: await answer.json() };
  };
  expect(await send({})).toMatchObject({ status: 400, body: { code: "hook.unsigned" } });
  expect(await clocked.call("GET", `/api/invoices/${id}`)).toMatchObject({ paid: 0 });
  const first = await send({ "x-testpay-signature": signature });
  expect(first).toMatchObject({
    status: 200,
    body: { payment_id: expect.stringMatching(/^pay_/) },
  });
  expect(await send({ "x-testpay-signature": signature })).toEqual(first);
  const invoice = await clocked.call("GET", `/api/invoices/${id}`);
  expect(invoice).toMatchObject({ status: "paid", paid: 301, amount_due: 0 });
  const connected = await clocked.call("GET", "/api/payment-providers");
  expect(connected).toMatchObject({ data: [{ provider: "testpay", url: hook.url }] });
}

/** A document of the new kind, from a draft to its number, its pages and the search. */
async function expectWritten({ url, clocked, clockedKey }: Estate): Promise<void> {
  const base = "/api/delivery-notes";
  const customer = await clocked.call<Made>("POST", "/api/customers", { name: "Cautious Ltd" });
  const body = { customer_id: customer.id, lines: [LINE] };
  const draft = await clocked.call<Made>("POST", base, body);
  expect(draft).toMatchObject({ id: expect.stringMatching(/^dln_/), kind: "delivery_note" });
  const changed = await clocked.call("PATCH", `${base}/${draft.id}`, { memo: "Hello" });
  expect(changed).toMatchObject({ memo: "Hello", status: "draft" });
  const final = await clocked.call("POST", `${base}/${draft.id}/finalize`);
  const number = "TEST-DN-2026-001";
  expect(final).toMatchObject({ status: "issued", number, total: 301, amount_due: 0 });
  expect(await clocked.call("GET", `${base}/${number}`)).toEqual(final);
  expect(await clocked.call("GET", base)).toMatchObject({ data: [{ id: draft.id }] });
  const pdf = await clocked.bytes(`/api/pdf/delivery-note/${number}`);
  expect(new TextDecoder("latin1").decode(pdf.slice(0, 5))).toBe("%PDF-");
  const page = await pageAt(url, clockedKey, `${base}/${draft.id}/preview`);
  expect(page).toContain("Delivery note");
  expect(page).toContain(number);
  const found = await clocked.call("GET", "/api/search?q=Cautious");
  expect(found).toMatchObject({ documents: [{ id: draft.id, kind: "delivery_note" }] });
}

async function pageAt(url: string, key: string, path: string): Promise<string> {
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${key}` } });
  return answer.text();
}

/** An invoice and its letter in the new language, brought and reported by the new provider. */
async function expectTranslatedAndMailed(estate: Estate): Promise<void> {
  const { url, live, demoKey, mailbox } = estate;
  const to = "jo@example.com";
  const buyer = { name: "Smørrebrød ApS", language: "da", email: to };
  const customer = await live.call<Made>("POST", "/api/customers", buyer);
  expect(customer).toMatchObject({ language: "da" });
  const body = { customer_id: customer.id, currency: "EUR", lines: [LINE] };
  const { id } = await live.call<Made>("POST", "/api/invoices", body);
  const final = await live.call<{ number: string }>("POST", `/api/invoices/${id}/finalize`);
  expect(final).toMatchObject({ language: "da", total: 301 });
  const page = await pageAt(url, demoKey, `/api/invoices/${id}/preview`);
  for (const words of ['lang="da"', "Fakturanummer", "Faktureres til", "301,00"]) {
    expect(page).toContain(words);
  }
  expect((await live.bytes(`/api/pdf/invoice/${final.number}`)).length).toBeGreaterThan(1_000);
  const email = await live.call<Made>("POST", `/api/invoices/${id}/send`, {});
  const { headers, body: sent } = await until(() => mailbox.of("ok")[0]);
  expect(headers["x-testmail-key"]).toBe("key");
  expect(JSON.parse(sent)).toMatchObject({
    id: email.id,
    to: [to],
    subject: expect.stringContaining(`Faktura ${final.number}`),
    text: expect.stringContaining("Dokumentet er vedhæftet som pdf."),
    files: expect.arrayContaining([expect.stringContaining(final.number)]),
  });
  const statusOf = async () =>
    (await live.call<{ status: string }>("GET", `/api/emails/${email.id}`)).status;
  await until(async () => (await statusOf()) === "sent");
  const report = (secret: string) =>
    fetch(`${url}/hooks/email/testmail`, {
      method: "POST",
      headers: { "x-testmail-secret": secret },
      body: JSON.stringify({ arrived: email.id, at: to }),
    });
  expect((await report("another")).status).toBe(400);
  expect((await report(SECRET)).status).toBe(204);
  expect(await statusOf()).toBe("delivered");
}

/** The e-invoice in the new format says of itself what its pack says. */
async function expectExchanged({ url, live, demoKey }: Estate): Promise<void> {
  const address = { lines: ["1 Road"], city: "Paris", postal_code: "75001", country: "FR" };
  const seller = { legal_name: "Seller SARL", address, vat_id: "FR83404833048", currency: "EUR" };
  await live.call("PUT", "/api/issuer", seller);
  const customer = await live.call<Made>("POST", "/api/customers", { name: "Buyer SA", address });
  const line = { ...LINE, tax: { category: "S", percent: 20 } };
  const body = { customer_id: customer.id, currency: "EUR", lines: [line] };
  const { id } = await live.call<Made>("POST", "/api/invoices", body);
  await live.call("POST", `/api/invoices/${id}/finalize`);
  const xml = await pageAt(url, demoKey, `/api/invoices/${id}/xml?format=plain-ubl`);
  expect(xml).toContain("<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>");
}

/** Rows hold the names of the variants, as they hold those of all others. */
function expectStored(stateDir: string): void {
  for (const [table, column, name] of [
    ["metrics", "aggregation", "double"],
    ["plan_prices", "model", "doubled"],
    ["payment_hooks", "provider", "testpay"],
    ["documents", "kind", "delivery_note"],
    ["documents", "language", "da"],
  ]) {
    const sql = `SELECT count(*) AS rows FROM ${table} WHERE ${column} = '${name}'`;
    expect([name, queryLedger(stateDir, sql)]).not.toEqual([name, [{ rows: 0 }]]);
  }
}
