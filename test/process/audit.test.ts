/** `npm run audit -- verify`: what was changed in the database is named, by exports alone. */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { newState, runScript, type Served, serve, temporaryDir } from "./command.ts";
import { changeLedger, queryLedger } from "./estate.ts";

/** How many invoices the chain has; more where somebody wants to see more. */
const INVOICES = Number(process.env.AUDIT_INVOICES ?? 30);

type Verified = {
  checked: number;
  faults: { kind: string; seq: number; id: string; number?: string; in?: string }[];
  head: { seq: number; hash: string };
};

async function audit(server: Served | null, args: string[]) {
  const env = { BOXCOSTPRO_URL: server?.url ?? "", BOXCOSTPRO_KEY: server?.demoKey ?? "" };
  const command = runScript("audit.ts", [...args, "--json"], env);
  const { code } = await command.ended;
  const { stdout, stderr } = command.output();
  return { code, stderr, done: JSON.parse(stdout || "null") };
}

async function verify(server: Served | null, args: string[]) {
  const { done, ...ended } = await audit(server, ["verify", ...args]);
  return { ...ended, done: done as Verified };
}

async function stop({ command }: Served): Promise<void> {
  const closed = once(command.child, "close");
  command.child.kill("SIGTERM");
  await closed;
}

it("names the invoice, and the entry, of which one byte was changed in the database", async () => {
  const stateDir = await newState();
  const first = await serve(stateDir);
  const api = apiAt(first.url, first.demoKey);
  const customer = await api.call<{ id: string }>("POST", "/api/customers", { name: "Buyer" });
  const issued: { id: string; number: string }[] = [];
  const rest = Array.from({ length: INVOICES }, (_, n) => n + 1).values();
  const issue = async () => {
    for (const n of rest) {
      const lines = [{ name: `Work ${n}`, quantity: n, unit_price: 5 }];
      const draft = { customer_id: customer.id, lines };
      const { id } = await api.call<{ id: string }>("POST", "/api/invoices", draft);
      issued.push(await api.call("POST", `/api/invoices/${id}/finalize`));
    }
  };
  await Promise.all(Array.from({ length: 8 }, issue));
  expect(new Set(issued.map(({ number }) => number)).size).toBe(INVOICES);

  const whole = await verify(first, ["--documents"]);
  expect(whole).toMatchObject({ code: 0, stderr: "", done: { faults: [] } });
  expect(whole.done.checked).toBeGreaterThanOrEqual(INVOICES);
  const log = await verify(first, []);
  expect(log).toMatchObject({ code: 0, done: { faults: [] } });
  const kept = `${log.done.head.seq}:${log.done.head.hash}`;
  expect((await verify(first, ["--head", kept])).code).toBe(0);
  const heads = join(stateDir, "heads");
  const noted = await audit(first, ["note", "--heads", heads]);
  expect([noted.code, noted.done.seq]).toEqual([0, log.done.head.seq]);
  expect((await verify(first, ["--heads", heads])).code).toBe(0);
  const files = {
    log: join(stateDir, "log.ndjson"),
    documents: join(stateDir, "documents.ndjson"),
  };
  const exported = (path: string) => api.bytes(`${path}?format=ndjson`);
  writeFileSync(files.log, await exported("/api/exports/audit"));
  writeFileSync(files.documents, await exported("/api/exports/document-chain"));
  for (const file of Object.values(files)) {
    expect(await verify(null, ["--file", file])).toMatchObject({ code: 0, done: { faults: [] } });
  }
  await stop(first);

  const victim = issued[Math.floor(INVOICES / 2)];
  const [entry] = queryLedger<{ id: string; seq: number }>(
    stateDir,
    `SELECT id, seq FROM audit WHERE target = '${victim?.id}' AND action = 'invoice.finalize'`,
  );
  changeLedger(
    stateDir,
    `DROP TRIGGER documents_frozen;
     UPDATE documents SET buyer = replace(buyer, 'Buyer', 'Boyer') WHERE id = '${victim?.id}';
     UPDATE audit SET address = '203.0.113.9' WHERE id = '${entry?.id}'`,
  );
  const second = await serve(stateDir);
  const documents = await verify(second, ["--documents"]);
  expect(documents.code).toBe(1);
  expect(documents.done.checked).toBe(whole.done.checked);
  expect(documents.done.faults).toEqual([
    expect.objectContaining({ kind: "changed", id: victim?.id, number: victim?.number }),
  ]);
  const entries = await verify(second, []);
  expect(entries.done.faults).toEqual([
    expect.objectContaining({ kind: "changed", id: entry?.id, seq: entry?.seq }),
  ]);
  expect((await verify(second, ["--head", `1:${"0".repeat(64)}`])).done.faults.length).toBe(2);
  await stop(second);
});

it("names what is missing, changed, doubled or in another place in a file", async () => {
  const server = await serve(await newState());
  const api = apiAt(server.url, server.demoKey);
  for (let n = 0; n < 8; n++) {
    await api.call("POST", "/api/items", { name: `Item ${n}`, unit_price: n });
  }
  const file = join(temporaryDir(), "log.ndjson");
  writeFileSync(file, await api.bytes("/api/exports/audit?format=ndjson"));
  const [head = "", ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
  const [third = "", fourth = ""] = lines.slice(2);
  const found = async (changed: string[]) => {
    writeFileSync(file, `${[head, ...changed].join("\n")}\n`);
    const { code, done } = await verify(null, ["--file", file]);
    return { code, kinds: done.faults.map(({ kind, seq }) => `${kind} ${seq}`) };
  };
  const last = lines.length;
  expect(await found(lines)).toEqual({ code: 0, kinds: [] });
  expect(await found(lines.with(2, third.replace(/"at":"2/, '"at":"1')))).toEqual({
    code: 1,
    kinds: ["changed 3"],
  });
  expect((await found(lines.toSpliced(2, 1))).kinds).toEqual(["missing 4"]);
  expect((await found(lines.toSpliced(2, 0, third))).kinds).toEqual(["inserted 3"]);
  expect((await found(lines.with(2, fourth).with(3, third))).kinds).toEqual([
    "missing 4",
    "order 3",
  ]);
  expect((await found(lines.slice(0, -1))).kinds).toEqual([`missing ${last}`]);
  await stop(server);
});

it("names by a noted head what was cut off a log whose own head was set back", async () => {
  const stateDir = temporaryDir();
  const first = await serve(stateDir);
  const api = apiAt(first.url, first.demoKey);
  for (let n = 0; n < 4; n++) {
    await api.call("POST", "/api/items", { name: `Item ${n}`, unit_price: n });
  }
  const heads = join(stateDir, "heads");
  const earlier = await audit(first, ["note", "--heads", heads]);
  await api.call("POST", "/api/items", { name: "Last", unit_price: 9 });
  const { done: noted } = await audit(first, ["note", "--heads", heads]);
  expect([earlier.done.seq + 1, noted.seq]).toEqual([noted.seq, noted.seq]);
  expect(readFileSync(heads, "utf8").trimEnd().split("\n").length).toBe(2);
  await stop(first);
  const [{ tenant } = { tenant: "" }] = queryLedger<{ tenant: string }>(
    stateDir,
    `SELECT tenant FROM audit WHERE hash = '${noted.hash}'`,
  );
  changeLedger(
    stateDir,
    `DELETE FROM audit WHERE tenant = '${tenant}' AND seq = ${noted.seq};
     UPDATE audit_heads SET seq = seq - 1, sealed_seq = sealed_seq - 1,
       sealed_hash = '${earlier.done.hash}' WHERE tenant = '${tenant}'`,
  );
  const second = await serve(stateDir);
  // By itself the log is whole: only who kept its head knows that there was more.
  expect(await verify(second, [])).toMatchObject({ code: 0, done: { faults: [] } });
  const held = await verify(second, ["--heads", heads]);
  expect(held.code).toBe(1);
  expect(held.done.faults.map(({ kind, seq }) => [kind, seq])).toEqual([["missing", noted.seq]]);
  await stop(second);
});
