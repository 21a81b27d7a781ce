/** Files into the running product: each event once, whatever happens between two runs. */
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { Target } from "../../scripts/lib/import/target.ts";
import { newState, runScript, type Served, serve, temporaryDir } from "./command.ts";

const MINUTE_MS = 60_000;

type Metric = { metric_name: string; total_quantity: number; event_count: number };

/** Runs the command; answers its JSON. */
async function importInto(server: Pick<Served, "url" | "demoKey">, args: string[]) {
  const env = { BOXCOSTPRO_URL: server.url, BOXCOSTPRO_KEY: server.demoKey };
  const command = runScript("import.ts", [...args, "--json"], env);
  const { code } = await command.ended;
  const { stdout, stderr } = command.output();
  return { code, stderr, done: stdout.trim().startsWith("{") ? JSON.parse(stdout) : null };
}

async function totals(server: Served): Promise<Record<string, [number, number]>> {
  const api = apiAt(server.url, server.demoKey);
  const start = new Date(Date.now() - 40 * 86_400_000).toISOString();
  const end = new Date(Date.now() + MINUTE_MS).toISOString();
  const path = `/api/usage/summary?start_date=${start}&end_date=${end}`;
  const { metrics } = await api.call<{ metrics: Metric[] }>("GET", path);
  return Object.fromEntries(
    metrics.map((row) => [row.metric_name, [row.total_quantity, row.event_count]]),
  );
}

function ago(minutes: number): string {
  return new Date(Date.now() - minutes * MINUTE_MS).toISOString();
}

/** A line a minute back from now. */
function lineOf(minutes: number, quantity: number | string = 1): string {
  const timestamp = JSON.stringify(ago(minutes));
  return `{"metric_name":"documents_created","quantity":${quantity},"timestamp":${timestamp}}\n`;
}

function linesOf(count: number): string {
  return Array.from({ length: count }, (_, i) => lineOf(1 + (i % 50), (i % 9) + 0.5)).join("");
}

it("a file counts once: sent again, with lines appended, and under another name", async () => {
  const server = await serve(await newState());
  const file = join(temporaryDir(), "usage.ndjson");
  const lines = linesOf(12_000);
  writeFileSync(file, `${lines}no event\n${lineOf(5, -1)}`);
  const dry = await importInto(server, [file, "--dry-run"]);
  expect(dry.done).toMatchObject({ lines: 12_002, unreadable: 1, invalid: 1, too_old: 0 });
  expect(await totals(server)).not.toHaveProperty("documents_created");

  const first = await importInto(server, [file]);
  expect(first.done).toMatchObject({ lines: 12_002, accepted: 12_000, duplicates: 0, rejected: 2 });
  const rejects = readFileSync(`${file}.rejects.ndjson`, "utf8").trim().split("\n");
  expect(rejects.map((line) => JSON.parse(line))).toMatchObject([
    { line: 12_001, code: "unreadable", text: "no event" },
    { line: 12_002, reason: expect.stringContaining("quantity"), event: { quantity: -1 } },
  ]);

  expect((await importInto(server, [file])).done).toMatchObject({
    resumed_lines: 12_002,
    lines: 0,
  });
  appendFileSync(file, lineOf(2));
  const more = await importInto(server, [file]);
  expect(more.done).toMatchObject({ lines: 1, accepted: 1, duplicates: 0 });
  expect(readFileSync(`${file}.rejects.ndjson`, "utf8").trim().split("\n")).toEqual(rejects);

  const copy = join(temporaryDir(), "copy.ndjson");
  writeFileSync(copy, readFileSync(file));
  const again = await importInto(server, [copy]);
  expect(again.done).toMatchObject({ accepted: 0, duplicates: 12_001, rejected: 2 });
  const sum = [...lines.matchAll(/"quantity":([\d.]+)/g)].reduce((a, [, n]) => a + Number(n), 1);
  expect(await totals(server)).toMatchObject({ documents_created: [sum, 12_001] });
  expect(dry.done.metrics).toMatchObject([{ total_quantity: String(sum - 1), events: 12_000 }]);
});

it("goes on after a kill, and refuses a file that changed where it was read", async () => {
  const server = await serve(await newState());
  const file = join(temporaryDir(), "usage.ndjson");
  writeFileSync(file, linesOf(30_000));
  const env = { BOXCOSTPRO_URL: server.url, BOXCOSTPRO_KEY: server.demoKey };
  const killed = runScript("import.ts", [file], env);
  while (!existsSync(`${file}.import.json`)) await new Promise((next) => setTimeout(next, 2));
  killed.child.kill("SIGKILL");
  await killed.ended;
  const { done } = await importInto(server, [file]);
  expect(done.resumed_lines).toBeGreaterThan(0);
  expect(done.resumed_lines + done.lines).toBe(30_000);
  expect((await totals(server)).documents_created?.[1]).toBe(30_000);

  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace('"quantity":0.5', '"quantity":9.5'));
  const changed = await importInto(server, [file]);
  expect(changed).toMatchObject({ code: 1, stderr: expect.stringContaining("the file changed") });
  const anew = await importInto(server, [file, "--restart"]);
  expect(anew.done).toMatchObject({ accepted: 1, duplicates: 29_999 });
});

async function growingLine(server: Served): Promise<void> {
  const file = join(temporaryDir(), "usage.ndjson");
  const [whole, growing] = [lineOf(3), lineOf(2)];
  writeFileSync(file, whole + growing.slice(0, 20));
  expect((await importInto(server, [file])).done).toMatchObject({ accepted: 1, rejected: 1 });
  appendFileSync(file, growing.slice(20));
  const { done } = await importInto(server, [file]);
  expect(done).toMatchObject({ resumed_lines: 1, accepted: 1, rejected: 0, rejects_file: null });
}

async function otherFormats(server: Served): Promise<void> {
  const dir = temporaryDir();
  const csv = join(dir, "usage.csv");
  writeFileSync(
    csv,
    `when,what,n,where\r\n${ago(9)},storage_gb,0.25,"a\r\nb"\r\n${ago(8)},storage_gb,2,\r\n`,
  );
  const map = "metric_name=what,quantity=n,timestamp=when,metadata.region=where";
  expect((await importInto(server, [csv, "--map", map])).done).toMatchObject({ accepted: 2 });
  const log = join(dir, "access.log");
  const [, day, month, year, clock] =
    /^\w+, (\d+) (\w+) (\d+) (\S+)/.exec(new Date(Date.now() - MINUTE_MS).toUTCString()) ?? [];
  const visit = `192.0.2.7 - - [${day}/${month}/${year}:${clock} +0000] "GET / HTTP/1.1" 200 50`;
  writeFileSync(log, `${visit}\n${visit}\n`);
  expect((await importInto(server, [log])).done).toMatchObject({ format: "log", accepted: 4 });
  const { storage_gb, bytes_sent } = await totals(server);
  expect({ storage_gb, bytes_sent }).toEqual({ storage_gb: [2.25, 2], bytes_sent: [100, 2] });
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Files as spreadsheets and servers write them: CSV of the metric `files_synced`, and logs. */
async function foreignFiles(server: Served): Promise<void> {
  const dir = temporaryDir();
  const at = ago(7);
  const imports = (name: string, bytes: string | Buffer, ...args: string[]) => {
    const file = join(dir, name);
    writeFileSync(file, bytes);
    return importInto(server, [file, ...args]);
  };
  const lines = (separator: string, end: string, quantity: string) =>
    [
      ["Metric_Name", "quantity", "timestamp", "user_id"],
      ["files_synced", quantity, at, "Müller"],
    ].map((cells) => `${cells.join(separator)}${end}`);
  const csv = lines(";", "\r\n", "1,5").join("");
  expect((await imports("semicolon.csv", csv)).done).toMatchObject({ accepted: 1 });
  const utf16 = Buffer.from(`\ufeff${lines("\t", "\r\n", "2").join("")}`, "utf16le");
  expect((await imports("utf16.csv", utf16)).done).toMatchObject({ accepted: 1 });
  const returns = lines(",", "\r", "3").join("");
  expect((await imports("cr.csv", returns)).done).toMatchObject({ accepted: 1, lines: 2 });

  const latin = Buffer.from(lines(",", "\n", "4").join(""), "latin1");
  const refused = await imports("latin.csv", latin);
  expect(refused).toMatchObject({ code: 1, done: { accepted: 0, rejected: 1 } });
  const day = ago(2 * 24 * 60)
    .slice(0, 10)
    .split("-")
    .reverse()
    .join(".");
  const shared = ["--map", "timestamp=#1,quantity=#2", "--set", "metric_name=sheet"];
  const sheet = Buffer.from(`Datum;Menge\r\n${day} 10:00;1.000,50\r\n`);
  const local = await imports("sheet.csv", sheet, ...shared, "--zone", "Europe/Berlin");
  expect(local).toMatchObject({ code: 1, done: { rejected: 1 } });
  const forms = ["--zone", "Europe/Berlin", "--decimal", "comma"];
  const read = await imports("sheet.csv", sheet, ...shared, ...forms);
  expect(read).toMatchObject({ code: 0, done: { accepted: 1, rejected: 0 } });
  const [reject = ""] = readFileSync(refused.done.rejects_file, "utf8").split("\n");
  expect(JSON.parse(reject)).toMatchObject({
    line: 2,
    reason: expect.stringContaining("--encoding windows-1252"),
    text: `files_synced,4,${at},M\\xfcller`,
  });
  const named = await imports("latin.csv", latin, "--encoding", "windows-1252");
  expect(named.done).toMatchObject({ accepted: 1, rejected: 0, resumed_lines: 0 });
  const again = await imports("latin.csv", latin, "--encoding", "windows-1252");
  expect(again.done).toMatchObject({ resumed_lines: 2, lines: 0 });

  const api = apiAt(server.url, server.demoKey);
  const path = "/api/usage/events?metric_name=files_synced";
  const { data } = await api.call<{ data: { user_id: string; quantity: number }[] }>("GET", path);
  expect(new Set(data.map(({ user_id }) => user_id))).toEqual(new Set(["Müller"]));
  expect(data.map(({ quantity }) => Number(quantity)).toSorted()).toEqual([1.5, 2, 3, 4]);

  const many = lines(",", "\n", "5")
    .concat(lines(",", "\n", "x").slice(1), "short\n")
    .join("");
  const { done } = await imports("dry.csv", many, "--dry-run");
  expect(done.shown).toEqual([
    {
      line: 2,
      events: [expect.objectContaining({ metric_name: "files_synced", user_id: "Müller" })],
    },
    { line: 3, events: [], refused: [expect.stringContaining('not "x"')] },
    { line: 4, fault: "1 cells; the header has 4" },
  ]);
  const hosts = `shop.example:443 192.0.2.7 - - [${day.replace(
    /^(..)\.(..)\.(....)$/,
    (_, d, m, y) => [d, MONTHS[Number(m) - 1], y].join("/"),
  )}:10:00:00 +0100] "GET / HTTP/1.1" 200 427 "-" "a"\n`;
  const visits = (await imports("hosts.log", hosts, "--dry-run")).done;
  expect(visits.shown[0].events[0]).toMatchObject({ user_id: "192.0.2.7", quantity: 1 });

  for (const way of [["--dry-run"], ["--backfill", "Nothing"], ["--backfill", "N2", "--dry-run"]]) {
    const nothing = await imports("nothing.csv", lines(",", "\n", "x").join(""), ...way);
    expect([way, nothing.code]).toEqual([way, 1]);
  }
  const twice = await imports("twice.csv", "metric_name,quantity,quantity,id\nm,5,99,a\n");
  expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining("columns 2 and 3") });
}

async function olderUsage(server: Served): Promise<void> {
  const file = join(temporaryDir(), "usage.ndjson");
  const old = lineOf(40 * 1_440, 3);
  writeFileSync(file, old + lineOf(1) + old.replace('"quantity":3', '"quantity":"x"'));
  const { done } = await importInto(server, [file]);
  expect(done).toMatchObject({ accepted: 1, rejected: 2, reasons: { "usage.event_too_old": 1 } });
  const direct = await importInto(server, [file, "--backfill", "Old"]);
  expect(direct).toMatchObject({ code: 1, stderr: expect.stringContaining(done.rejects_file) });

  const args = [done.rejects_file, "--backfill", "Old"];
  const looked = await importInto(server, [...args, "--dry-run"]);
  expect(looked.done).toMatchObject({ import: { status: "open", staged: 1 }, rejected: 1 });
  const { refused: why, ...first } = looked.done.shown[1];
  expect(looked.done.shown[0]).toEqual({
    line: 1,
    events: [{ id: expect.any(String), ...JSON.parse(old) }],
  });
  expect([first, why]).toEqual([{ line: 2, events: [] }, [expect.stringContaining('not "x"')]]);
  const taken = await importInto(server, args);
  expect(taken.done).toMatchObject({ import: { status: "committed", recorded: 1 }, left_out: 0 });
  expect(await totals(server)).toMatchObject({ documents_created: [1, 1] });
  const over = await importInto(server, args);
  expect(over).toMatchObject({ code: 1, stderr: expect.stringContaining("committed already") });
}

it("is asked how to read a file as the API and its form are", async () => {
  const server = await serve(await newState());
  const { components } = await apiAt(server.url, server.demoKey).call<{
    components: { schemas: Record<string, { properties: object }> };
  }>("GET", "/openapi.json");
  const asked = Object.keys(components.schemas.UsageImportFileOptions?.properties ?? {});
  expect(asked).toContain("encoding");
  const command = runScript("import.ts", ["--help"], {});
  expect((await command.ended).code).toBe(0);
  const { stdout } = command.output();
  const missing = asked.filter((name) => !stdout.includes(`--${name.replaceAll("_", "-")} `));
  expect(missing).toEqual([]);
});

it("takes growing files, CSV by a map, access logs, and old usage by its rejects", async () => {
  const server = await serve(await newState());
  await olderUsage(server);
  await growingLine(server);
  await otherFormats(server);
  await foreignFiles(server);
});

/** A server that gives these answers, one a request. */
async function answering(
  ...answers: RequestListener[]
): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => answers[asked++]?.(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
  };
}

const status =
  (code: number): RequestListener =>
  (_, response) =>
    void response.writeHead(code).end(`{"code":"c${code}","detail":"d"}`);

it("asks again after 429, 5xx and lost connections, and not after what is refused", async () => {
  const lost: RequestListener = (request) => void request.socket.destroy();
  const halfway: RequestListener = (request, response) => {
    response.writeHead(200, { "content-length": 100 }).write("{");
    setImmediate(() => request.socket.destroy());
  };
  const server = await answering(status(503), lost, status(429), halfway, status(200), status(403));
  const target = new Target(server.url, "key", 1);
  expect(await target.call("POST", "/", "[]")).toEqual({ code: "c200", detail: "d" });
  await expect(target.call("GET", "/")).rejects.toMatchObject({ problem: { status: 403 } });
  expect(server.asked()).toBe(6);
});

it("says what is wrong before it reads anything", async () => {
  const file = join(temporaryDir(), "usage.ndjson");
  writeFileSync(file, lineOf(1));
  const nobody = await importInto({ url: "http://127.0.0.1:9", demoKey: "k" }, [file]);
  expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing answers at") });
  const stranger = await answering(status(401));
  const unknown = await importInto({ url: stranger.url, demoKey: "k" }, [file]);
  expect(unknown.stderr).toContain("does not know this key");
});
