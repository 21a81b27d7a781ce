/** How one tenant is kept at each of its budgets from outside, through the API alone. */
import { randomUUID } from "node:crypto";
import type { Api, Page } from "../scripts/lib/api.ts";
import type { BudgetName } from "../src/core/budget.ts";
import type { BadReceiver } from "./bad-receiver.ts";
import { METRIC } from "./product.ts";

export type Ask = { method: string; path: string; body?: unknown };

/** Where the tenant is, and whom its webhooks go to. */
export type Place = {
  url: string;
  api: Api;
  /** Its endpoints need no proof. */
  trusted: BadReceiver;
  /** Every endpoint but the first has to prove itself, and does not. */
  unproven: BadReceiver;
};

export type Driver = {
  /** Asked for again and again. */
  ask: (n: number) => Ask;
  /** True where more waits than may be in flight, which nothing refuses: asking for it is. */
  isReached?: () => Promise<boolean>;
  end?: () => Promise<void>;
};

export type Neighbour = {
  /** What the operator sets. */
  limit: number;
  /** Makes what the asking needs. */
  prepare: (place: Place) => Promise<Driver>;
};

type Made = { id: string };

const SOCKETS = 100;
const IN_FLIGHT = 20;
const ENDPOINTS_EACH = 2;
/** One thing in so many that are asked for is a replay of everything, or an announced event. */
const REPLAY_EVERY = 100;
const EVENT_EVERY = 8;
const LINES = [{ name: "Work", quantity: 1, unit_price: 1 }];

/** A budget that is added has no entry here, which does not compile. */
export const NEIGHBOURS: Readonly<Record<BudgetName, Neighbour>> = {
  events_per_minute: { limit: 600, prepare: asking(() => recording(100, () => METRIC)) },
  reads_per_minute: { limit: 600, prepare: asking(() => ({ method: "GET", path: "/api/items" })) },
  writes_per_minute: {
    limit: 600,
    prepare: asking(() => ({ method: "PUT", path: "/api/branding", body: {} })),
  },
  metric_names: {
    limit: 50,
    prepare: asking((n) => recording(100, (i) => `metric_${n}_${i}`)),
  },
  usage_rules: {
    limit: 5,
    prepare: asking((n) =>
      post("/api/usage/rules", {
        event_type: `type ${n}`,
        metric_name: "at",
        aggregation: "count",
      }),
    ),
  },
  live_sockets: { limit: SOCKETS, prepare: holdSockets },
  api_keys: {
    limit: 5,
    prepare: asking(() => post("/api/keys", { name: "More", role: "viewer" })),
  },
  users: {
    limit: 5,
    prepare: asking((n) =>
      post("/api/users", { email: `user${n}@example.test`, name: "User", role: "viewer" }),
    ),
  },
  roles: {
    limit: 5,
    prepare: asking((n) => post("/api/roles", { name: `Role ${n}`, permissions: ["usage.read"] })),
  },
  customers: { limit: 5, prepare: asking(() => post("/api/customers", { name: "Customer" })) },
  items: {
    limit: 5,
    prepare: asking((n) => post("/api/items", { name: `Item ${n}`, unit_price: 1 })),
  },
  recurring_invoices: { limit: 5, prepare: keepRecurring },
  open_imports: {
    limit: 5,
    prepare: asking((n) => post("/api/usage/imports", { name: `import ${n}` })),
  },
  stored_bytes: { limit: 200_000, prepare: keepDrafts },
  webhook_endpoints: { limit: 5, prepare: addEndpoints },
  endpoints_per_host: { limit: 5, prepare: addEndpoints },
  challenges_per_hour: { limit: 5, prepare: askForProof },
  webhook_requests_per_hour: { limit: 5, prepare: askForTests },
  deliveries_in_flight: { limit: IN_FLIGHT, prepare: fillFlight },
  exports_per_hour: {
    limit: 5,
    prepare: asking(() => ({ method: "GET", path: "/api/export" })),
  },
  erasures_per_hour: {
    limit: 5,
    prepare: asking((n) => post("/api/erasures", { kind: "usage_user", ref: `user ${n}` })),
  },
  emails_per_hour: { limit: 20, prepare: sendInvoice },
};

/** A request that records so many events. */
export function recording(count: number, metric: (i: number) => string): Ask {
  const events = Array.from({ length: count }, (_, i) => ({
    id: randomUUID(),
    metric_name: metric(i),
    quantity: 1,
  }));
  return post("/api/usage/events", events);
}

function post(path: string, body?: unknown): Ask {
  return { method: "POST", path, body };
}

function asking(ask: Driver["ask"]): Neighbour["prepare"] {
  return async () => ({ ask });
}

/** Opens sockets that answer no check, so that each is closed once it is far behind. */
async function holdSockets({ url, api }: Place): Promise<Driver> {
  const { ticket } = await api.call<{ ticket: string }>("POST", "/api/usage/live/ticket");
  const address = `${url.replace("http", "ws")}/api/usage/live?ticket=${ticket}`;
  const sockets = Array.from({ length: SOCKETS }, () => new WebSocket(address));
  const opened = sockets.map(
    (socket) =>
      new Promise<void>((resolve) => {
        socket.addEventListener("open", () => resolve());
        socket.addEventListener("error", () => resolve());
      }),
  );
  await Promise.all(opened);
  return {
    ask: () => recording(10, (i) => `watched_${i}`),
    end: async () => {
      for (const socket of sockets) socket.close();
    },
  };
}

async function keepRecurring({ api }: Place): Promise<Driver> {
  const { id } = await api.call<Made>("POST", "/api/customers", { name: "Buyer" });
  const draft = { customer_id: id, lines: LINES };
  const invoice = await api.call<Made>("POST", "/api/invoices", draft);
  const every = { invoice_id: invoice.id, interval: "month" };
  return { ask: () => post("/api/recurring-invoices", every) };
}

async function keepDrafts({ api }: Place): Promise<Driver> {
  const { id } = await api.call<Made>("POST", "/api/customers", { name: "Buyer" });
  const draft = { customer_id: id, lines: LINES, notes: "x".repeat(900) };
  return { ask: () => post("/api/invoices", draft) };
}

async function addEndpoints({ trusted }: Place): Promise<Driver> {
  return { ask: (n) => post("/api/webhooks/endpoints", { url: `${trusted.failing}/${n}` }) };
}

/** The second endpoint of its host asks for challenges, none of which is answered as it should. */
async function askForProof({ api, unproven }: Place): Promise<Driver> {
  const add = (url: string) => api.call<Made>("POST", "/api/webhooks/endpoints", { url });
  await add(`${unproven.failing}/first`);
  const { id } = await add(`${unproven.failing}/second`);
  return { ask: () => post(`/api/webhooks/endpoints/${id}/challenge`) };
}

async function askForTests({ api, trusted }: Place): Promise<Driver> {
  const url = `${trusted.failing}/tests`;
  const { id } = await api.call<Made>("POST", "/api/webhooks/endpoints", { url });
  return { ask: () => post(`/api/webhooks/endpoints/${id}/test`) };
}

/**
 * Tests, events and replays to endpoints that fail and endpoints that hang: more is due than may be
 * in flight, and what hangs stays there until it is given up.
 */
async function fillFlight({ api, trusted }: Place): Promise<Driver> {
  const urls = [trusted.failing, trusted.hanging].flatMap((url) =>
    Array.from({ length: ENDPOINTS_EACH }, (_, i) => `${url}/${i}`),
  );
  const endpoints: string[] = [];
  for (const url of urls) {
    endpoints.push((await api.call<Made>("POST", "/api/webhooks/endpoints", { url })).id);
  }
  const invoice = await finalInvoice(api);
  const pathOf = (n: number) => `/api/webhooks/endpoints/${endpoints[n % endpoints.length]}`;
  return {
    ask: (n) => {
      const round = Math.floor(n / REPLAY_EVERY);
      if (n % REPLAY_EVERY === 1) return post(`${pathOf(round)}/replay`, { after: 0 });
      // What is paid beyond the invoice changes its customer's balance, which is announced.
      if (n % EVENT_EVERY === 0) return post(`/api/invoices/${invoice}/payments`, { amount: 1 });
      return post(`${pathOf(n)}/test`);
    },
    isReached: async () => {
      const path = `/api/webhooks/deliveries?status=pending&limit=${IN_FLIGHT + 1}`;
      return (await api.call<Page<Made>>("GET", path)).data.length > IN_FLIGHT;
    },
    // What waits goes with them; what was on its way finds them gone, and says so in the log.
    end: async () => {
      for (const id of endpoints) await api.remove(`/api/webhooks/endpoints/${id}`);
      trusted.breakOff();
    },
  };
}

async function finalInvoice(api: Api): Promise<string> {
  const buyer = { name: "Buyer", email: "buyer@example.test" };
  const { id: customer } = await api.call<Made>("POST", "/api/customers", buyer);
  const draft = { customer_id: customer, lines: LINES };
  const { id } = await api.call<Made>("POST", "/api/invoices", draft);
  await api.call("POST", `/api/invoices/${id}/finalize`);
  return id;
}

async function sendInvoice({ api }: Place): Promise<Driver> {
  const id = await finalInvoice(api);
  return { ask: () => post(`/api/invoices/${id}/send`, {}) };
}
