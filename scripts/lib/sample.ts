/**
 * A tenant with something to see: three weeks of usage, customers, quotes and invoices, all made
 * through the API. Made once; where its customers are there already, nothing happens.
 */
import { join } from "node:path";
import { type Api, apiAt } from "./api.ts";
import { hasAny, keptKey, keyRow, tenantRow } from "./seed.ts";
import type { Server } from "./server.ts";

const TENANT = { id: "ten_sample", name: "Lighthouse Studio" };
const DAYS = 21;
const DAY_MS = 86_400_000;
const USERS = ["ada", "grace", "linus", "margaret", "edsger"];

/** Answers the tenant's key. */
export async function seedSample(
  server: Server,
  stateDir: string,
  operatorKey: string,
): Promise<string> {
  const key = keptKey(join(stateDir, "sample.key"), { mode: "live", operator: false });
  const nowMs = Date.now();
  await server.db.batch([
    tenantRow(server.db, TENANT, nowMs),
    keyRow(server.db, { id: "key_seed_sample", tenant: TENANT.id, key, nowMs }),
  ]);
  if (await hasAny(server.db, "customers", TENANT.id)) return key;
  await subscribe(apiAt(server.url, operatorKey), nowMs);
  const api = apiAt(server.url, key);
  await recordWeeks(api, nowMs);
  await writeDocuments(api);
  return key;
}

async function subscribe(operator: Api, nowMs: number): Promise<void> {
  await operator.call("POST", "/api/subscriptions", {
    tenant_id: TENANT.id,
    plan: "STARTER",
    billing_cycle: "monthly",
    base_price: 49,
    start_date: new Date(nowMs - DAYS * DAY_MS).toISOString(),
  });
}

/** Busier in office hours and on some days, so that the charts have a shape. */
async function recordWeeks(api: Api, nowMs: number): Promise<void> {
  const events = Array.from({ length: DAYS * 24 }, (_, hour) => {
    const atMs = nowMs - (DAYS * 24 - hour) * 3_600_000;
    const office = Math.max(0, 8 - Math.abs(((hour + 6) % 24) - 12));
    const weekend = [0, 6].includes(new Date(atMs).getUTCDay());
    const quantity = (3 + office * (weekend ? 1 : 4) + ((hour * 37) % 11)) >> (weekend ? 1 : 0);
    return {
      id: `sample-${hour}`,
      metric_name: "api_calls",
      quantity,
      user_id: USERS[(hour * 7) % USERS.length],
      timestamp: new Date(atMs).toISOString(),
    };
  });
  const stored = Array.from({ length: DAYS }, (_, day) => ({
    id: `sample-storage-${day}`,
    metric_name: "storage_gb",
    quantity: "0.41",
    timestamp: new Date(nowMs - (DAYS - day) * DAY_MS + 60_000).toISOString(),
  }));
  await api.call("POST", "/api/usage/events", [...events, ...stored]);
}

type Made = { id: string };

async function writeDocuments(api: Api): Promise<void> {
  const post = (path: string, body: unknown = {}) => api.call<Made>("POST", path, body);
  const customers = [
    { name: "Harbour Coffee Ltd", email: "books@harbour.example", address: { country: "GB" } },
    { name: "Nordlicht GmbH", email: "rechnung@nordlicht.example", address: { country: "DE" } },
    { name: "Sierra Cycles Inc", email: "ap@sierra.example", address: { country: "US" } },
  ];
  const ids: string[] = [];
  for (const one of customers) ids.push((await post("/api/customers", one)).id);
  const [harbour, nordlicht, sierra] = ids;
  const workshop = { name: "Brand workshop", quantity: 2, unit: "days", unit_price: "1200.00" };
  const design = { name: "Interface design", quantity: 24, unit: "h", unit_price: "95.00" };
  const hosting = { name: "Hosting", quantity: 1, unit: "month", unit_price: "180.00" };

  const won = await post("/api/quotes", { customer_id: harbour, lines: [workshop, design] });
  await post(`/api/quotes/${won.id}/finalize`);
  const invoice = await post(`/api/quotes/${won.id}/convert`);
  await post(`/api/invoices/${invoice.id}/finalize`);
  await post(`/api/invoices/${invoice.id}/send`);
  await post(`/api/invoices/${invoice.id}/payments`, { amount: "4680.00" });

  const open = await post("/api/invoices", { customer_id: sierra, lines: [design, hosting] });
  await post(`/api/invoices/${open.id}/finalize`);
  await post(`/api/invoices/${open.id}/payments`, { amount: "1000.00" });

  const pending = await post("/api/quotes", { customer_id: nordlicht, lines: [design] });
  await post(`/api/quotes/${pending.id}/finalize`);
  await post("/api/quotes", { customer_id: sierra, lines: [workshop] });
}
