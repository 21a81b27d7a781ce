/** A tenant's erasure that dies at every step and inside of them, and one that is set back. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import { KEPT } from "../../src/retention/tenant/tables.ts";
import { crash } from "./client.ts";
import { newState, type Served, serve } from "./command.ts";
import { databaseFiles, keepPart } from "./estate.ts";

const WORKER = "test/process/erasing-worker.ts";
const NAME = "Vanishing Ltd";
const MARK = "hopping";
/** As many as `STEPS` of src/retention/tenant/steps.ts; the answer says so, too. */
const STEPS = 23;
/** Steps whose places one server has: it is killed at the last, who erases at the others. */
const EACH = process.env.CRASH_ROUNDS === undefined ? 4 : 1;
/** Steps that are seldom done in one go: usage, and rows. */
const PAGED = [4, 15];

/** The places of some steps, in the order in which they are reached. */
function placesOf(from: number, to: number): string[] {
  const steps = Array.from({ length: to - from }, (_, i) => from + i);
  return steps.flatMap((step) => [
    ...(PAGED.includes(step) ? [`page_${step}`] : []),
    `before_${step}`,
    `after_${step}`,
  ]);
}

type House = { id: string; key: string; invoice: string };

/** A tenant with usage, people, webhooks, an e-mail, files, a draft and a final invoice. */
async function makeHouse({ url, operatorKey }: Served): Promise<House> {
  const operator = apiAt(url, operatorKey);
  type Made = { id: string; key: string };
  const { id, key } = await operator.call<Made>("POST", "/api/tenants", { name: NAME });
  const api = apiAt(url, key);
  const email = `grace@${MARK}.test`;
  const person = { name: `Grace ${MARK}`, email };
  await api.call("PUT", "/api/issuer", { legal_name: `Seller ${MARK}`, currency: "USD" });
  await api.call("POST", "/api/users", { ...person, role: "viewer" });
  await api.call("POST", "/api/items", { name: `Work ${MARK}`, unit_price: 5 });
  await api.call("POST", "/api/suppressions", { address: email });
  const customer = await api.call<Made>("POST", "/api/customers", person);
  const draft = { customer_id: customer.id, lines: [{ name: "Work", quantity: 1, unit_price: 5 }] };
  const invoice = await api.call<Made>("POST", "/api/invoices", draft);
  await api.call("POST", `/api/invoices/${invoice.id}/finalize`);
  await api.bytes(`/api/pdf/invoice/${invoice.id}`);
  await api.call("POST", "/api/invoices", draft);
  await record(api, email, 0);
  return { id, key, invoice: invoice.id };
}

/** Events of a person, drained. */
async function record(api: Api, email: string, from: number): Promise<void> {
  const events = Array.from({ length: 600 }, (_, i) => ({
    id: `e${from + i}`,
    metric_name: "storage_gb",
    quantity: 1,
    user_id: email,
  }));
  await api.call("POST", "/api/usage/events", events);
  await api.call("GET", "/api/usage/summary");
}

/** Goes on with the erasure until whoever does it is at a place, and dies there. */
async function eraseUntil({ url, command }: Served, asked: string, place: string): Promise<void> {
  const reached = command.waitFor(new RegExp(`^FAULT erase:${place}$`, "m"));
  const erasing = async () => {
    for (;;) if (!(await fetch(`${url}/fault/erase?${asked}`)).ok) return;
  };
  erasing().catch(() => {}); // its server dies
  await reached;
}

type Erasure = { id: string; status: string; begins_at: string; kept_documents: number };
type State = Erasure & { step: { of: number } | null };

const stateOf = ({ url, operatorKey }: Served, { id }: House) =>
  apiAt(url, operatorKey).call<State>("GET", `/api/tenants/${id}/erasure`);

/** Goes on with the erasure to its end. */
async function erase(server: Served, house: House, asked: string): Promise<State> {
  for (let calls = 0; calls < 30; calls++) {
    expect((await fetch(`${server.url}/fault/erase?${asked}`)).status).toBe(200);
    const state = await stateOf(server, house);
    if (state.status === "done") return state;
  }
  throw new Error("the erasure did not end");
}

/** The rows of each table of a file in which something of the tenant stands, as text. */
function rowsWith(file: string, texts: readonly string[]): Map<string, Record<string, unknown>[]> {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
      .all() as { name: string }[];
    const found = new Map<string, Record<string, unknown>[]>();
    for (const { name } of tables) {
      if (/^sqlite_|_search_/.test(name)) continue;
      const read = db.prepare(`SELECT * FROM "${name}"`);
      read.setReadBigInts(true);
      const own = read.all().filter((row) => texts.some((text) => textOf(row).includes(text)));
      if (own.length > 0) found.set(name, own);
    }
    return found;
  } finally {
    db.close();
  }
}

/** A row's values; bytes as the characters that they are. */
function textOf(row: Record<string, unknown>): string {
  const values = Object.values(row);
  return values
    .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value))
    .join("\n");
}

/** The databases of a kind of the platform's things: objects, or buckets. */
function filesOf(stateDir: string, part: "do" | "r2"): string[] {
  const dir = join(stateDir, part);
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sqlite"))
    .map((name) => join(dir, name));
}

/** The names of tables, by file, in which something of the tenant stands. */
function left(files: readonly string[], { id }: House): string[][] {
  const found = files.map((file) => [...rowsWith(file, [id, MARK]).keys()]);
  return found.filter((tables) => tables.length > 0);
}

/** Nothing is left of a server that does not run, but for what the law and the list keep. */
function expectErased(stateDir: string, { id, invoice }: House, erasure: string): void {
  const { control, ledgers } = databaseFiles(stateDir);
  const rows = rowsWith(control, [id, MARK]);
  const others = [...rows.keys()].filter((table) => !(table in KEPT));
  // The operator's own: work to come, what it asked here, and that the tenant was erased.
  for (const table of others) {
    expect([table, ["due", "outbox", "request_logs"].includes(table)]).toEqual([table, true]);
    const owners = new Set(rows.get(table)?.map(({ tenant }) => tenant));
    expect([table, owners.has(id)]).toEqual([table, false]);
  }
  for (const [table, own] of rows) {
    if (["documents", "document_lines"].includes(table)) continue;
    const named = own.filter((row) => textOf(row).includes(MARK));
    expect([table, named]).toEqual([table, []]);
  }
  const documents = rows.get("documents")?.filter(({ issuer }) => issuer === id);
  expect(documents?.map((row) => row.id)).toEqual([invoice]);
  for (const file of ledgers) {
    expect([...rowsWith(file, [id, MARK]).keys()].sort()).toEqual([
      "usage_erasures",
      "usage_watermarks",
    ]);
  }
  expect(left(filesOf(stateDir, "do"), { id, invoice, key: "" })).toEqual([]);
  const keys = filesOf(stateDir, "r2").flatMap((file) =>
    [...rowsWith(file, [id, MARK, invoice, erasure]).values()].flat().map(({ key }) => key),
  );
  expect(keys).toEqual([`tenant-erasure/${erasure}.json`]);
}

it("ends erased, and what is set back is erased again", async () => {
  const stateDir = await newState();
  const first = await serve(stateDir, "none", WORKER);
  const house = await makeHouse(first);
  await crash(first);
  const meters = filesOf(stateDir, "do");
  expect(left(meters, house).length).toBeGreaterThan(0);
  const setBack = keepPart(stateDir, "d1");

  const asking = await serve(stateDir, "none", WORKER);
  // The schedule leaves it alone: its day is the time that each call names.
  const given = { name: NAME, delay_days: 30 };
  const path = `/api/tenants/${house.id}/erasure`;
  const { id, begins_at: begins } = await apiAt(asking.url, asking.operatorKey).call<Erasure>(
    "POST",
    path,
    given,
  );
  await record(apiAt(asking.url, house.key), `grace@${MARK}.test`, 1_000);
  await crash(asking);
  const beginsMs = Date.parse(begins);
  const at = (ms: number) => `tenant=${house.id}&at=${beginsMs + ms}`;

  for (let step = 0; step < STEPS; step += EACH) {
    const places = placesOf(step, Math.min(step + EACH, STEPS));
    const server = await serve(stateDir, places.join(), WORKER);
    for (const place of places) await eraseUntil(server, at(0), place);
    const { status, step: now } = await stateOf(server, house);
    expect([places, status, now?.of ?? STEPS]).toEqual([places, "running", STEPS]);
    await crash(server);
  }
  // Its second pass, a minute later, finds what was let in meanwhile.
  const places = ["before_0", "page_4", "after_15", "before_22"];
  const second = await serve(stateDir, places.join(), WORKER);
  for (const place of places) await eraseUntil(second, at(120_000), place);
  await crash(second);

  const last = await serve(stateDir, "none", WORKER);
  expect(await erase(last, house, at(120_000))).toMatchObject({ kept_documents: 1 });
  await crash(last);
  expectErased(stateDir, house, id);

  // All databases of before it was asked for; R2 has it in its list.
  setBack();
  const back = await serve(stateDir, "none", WORKER);
  const caught = await fetch(`${back.url}/fault/catch-up?${at(240_000)}`);
  expect(await caught.json()).toEqual({ found: 1 });
  await erase(back, house, at(360_000));
  await crash(back);
  expectErased(stateDir, house, id);

  const read = await serve(stateDir, "none", WORKER);
  const operator = apiAt(read.url, read.operatorKey, house.id);
  await operator.call("GET", `/api/invoices/${house.invoice}`);
  await expect(apiAt(read.url, house.key).call("GET", "/api/tenant")).rejects.toThrow("401");
}, 400_000);
