/** Lines of files become events with ids that stay the same whenever the file is read again. */
import { describe, expect, it } from "vitest";
import { isOpen, parseRecord } from "../../../src/metering/file/csv.ts";
import {
  type Format,
  guessFormat,
  LineReader,
  type ReadOptions,
} from "../../../src/metering/file/format.ts";
import { Occurrences } from "../../../src/metering/file/occurrence.ts";
import { eventOfReject, isReject, rejectLine } from "../../../src/metering/file/reject.ts";

const AT = "2026-11-20T10:00:00Z";
const VISIT = '192.0.2.7 - - [20/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 2326';
const CALL = `{"metric_name":"api_calls","quantity":1,"timestamp":"${AT}"}`;

/** The events' texts, or the fault, of each line. */
function readAll(lines: string[], format: Format, map?: string, options: ReadOptions = {}) {
  const reader = new LineReader(format, { map, ...options });
  return lines.map((line) => {
    const reading = reader.read(line);
    return "fault" in reading ? reading.fault : reading.events.map(({ text }) => text);
  });
}

const idsOf = (texts: unknown) => [texts].flat(2).map((text) => JSON.parse(String(text)).id);

describe("a line of NDJSON", () => {
  it("keeps its own id and every digit", () => {
    const own = `{"id":"a","metric_name":"m","quantity":9007199254740993.000001}`;
    expect(readAll([own], "ndjson")).toEqual([[own]]);
    const [[text] = []] = readAll([`{"timestamp":"${AT}","quantity":0.100000}`], "ndjson");
    expect(text).toMatch(/^\{"id":"[0-9a-f]{24}-1","timestamp":"[^"]+","quantity":0\.100000\}$/);
  });

  it("has an id of its content and of how often that came before", () => {
    const ids = idsOf(readAll([CALL, CALL, `${CALL} `], "ndjson"));
    expect(new Set(ids).size).toBe(3);
    expect(ids[1]).toBe(ids[0].replace(/1$/, "2"));
    expect(idsOf(readAll([CALL, `${CALL} `, CALL], "ndjson")).toSorted()).toEqual(ids.toSorted());
  });

  it("is refused where it could count twice, or is no event", () => {
    const [nameless, broken, list] = readAll(
      [`{"metric_name":"m","quantity":1}`, "{", "[1]"],
      "ndjson",
    );
    expect(nameless).toContain("needs an id or a timestamp");
    expect(broken).toMatch(/^not JSON/);
    expect(list).toBe("not a JSON object");
  });

  it("is nothing where it is empty", () => {
    expect(readAll(["", "  "], "ndjson")).toEqual([[], []]);
  });
});

describe("a line of CSV", () => {
  it("is read by the header's own names", () => {
    const lines = ["timestamp,metric_name,quantity,note,metadata.region", `${AT},m,0.5,x,eu`];
    const [, [text] = []] = readAll(lines, "csv");
    expect(JSON.parse(text ?? "")).toEqual({
      id: expect.stringMatching(/-1$/),
      timestamp: AT,
      metric_name: "m",
      quantity: "0.5",
      metadata: { region: "eu" },
    });
  });

  it("is read by a map", () => {
    const map = "metric_name=what,quantity=n,user_id=who,timestamp=at";
    const [, [text] = []] = readAll(["at,who,what,n", `${AT},ada,m,3`], "csv", map);
    expect(JSON.parse(text ?? "")).toMatchObject({
      metric_name: "m",
      quantity: "3",
      user_id: "ada",
    });
  });

  it("leaves out what has no value, and says where cells are missing", () => {
    const header = "id,metric_name,quantity,user_id";
    const [, [text] = [], short] = readAll([header, "1,m,2,", "1,m"], "csv");
    expect(JSON.parse(text ?? "")).toEqual({ id: "1", metric_name: "m", quantity: "2" });
    expect(short).toBe("2 cells; the header has 4");
  });

  it.each([
    ["at,n", undefined, "which column is metric_name and quantity"],
    ["at,n", "metric_name=what,quantity=n", "no column is called what"],
    ["at,n", "price=n", "price is no field"],
    ["at,n", "quantity", "takes field=column"],
  ])("is refused where header %j and map %j give no event", (header, map, why) => {
    expect(() => readAll([header], "csv", map)).toThrow(why);
  });

  it.each([
    ["a,b", ["a", "b"]],
    ['"a,b",,"say ""x""",', ["a,b", "", 'say "x"', ""]],
    ['"two\nlines",c', ["two\nlines", "c"]],
    ['""', [""]],
    ['"open', null],
    ['"a"b,c', null],
  ])("%j has the cells %j", (text, cells) => {
    expect(parseRecord(text)).toEqual(cells);
  });

  it.each([
    ["semicolons", "metric_name;quantity;timestamp", `m;5;${AT}`],
    ["tabs", "metric_name\tquantity\ttimestamp", `m\t5\t${AT}`],
    ["bars", "metric_name|quantity|timestamp", `m|5|${AT}`],
    ["names in any case", " Metric Name ,QUANTITY,Time-Stamp,Timestamp", `m,5,,${AT}`],
    ["a separator that only the values hold", "metric_name,quantity,timestamp", `"m",5,"${AT}"`],
  ])("is read with %s", (_, header, line) => {
    const [, [text] = []] = readAll([header, line], "csv");
    expect(JSON.parse(text ?? "")).toMatchObject({
      metric_name: "m",
      quantity: "5",
      timestamp: AT,
    });
  });

  it("is read by a line sep=, or by the separator that is named", () => {
    const header = "metric_name^quantity^timestamp";
    const line = `m^5^${AT}`;
    expect(idsOf(readAll(["sep=^", header, line], "csv")[2])).toHaveLength(1);
    const named = readAll([header, line], "csv", undefined, { separator: "^" });
    expect(idsOf(named[1])).toHaveLength(1);
    const tabs = [header, line].map((text) => text.replaceAll("^", "\t"));
    const [, events] = readAll(tabs, "csv", undefined, { separator: "tab" });
    expect(idsOf(events)).toHaveLength(1);
    expect(() => readAll([header], "csv", undefined, { separator: "::" })).toThrow("--separator");
  });

  it("is refused where two columns have a name, until one is given by its number", () => {
    const lines = ["metric_name,Quantity,quantity,timestamp", `m,5,99,${AT}`];
    expect(() => readAll(lines, "csv")).toThrow(/2 columns called quantity: columns 2 and 3/);
    const map = "metric_name=metric_name,quantity=#3,timestamp=timestamp";
    const [, [text] = []] = readAll(lines, "csv", map);
    expect(JSON.parse(text ?? "")).toMatchObject({ quantity: "99" });
    expect(() => readAll(["n,n"], "csv", "metric_name=n,quantity=n")).toThrow("2 columns called n");
    expect(() => readAll(lines, "csv", "quantity=#5")).toThrow("no column #5");
    const other = readAll(["note,note,metric_name,quantity,id", "a,b,m,1,x"], "csv");
    expect(idsOf(other[1])).toEqual(["x"]);
  });

  it.each([
    [";", "1,5", undefined, "1.5"],
    [";", "1.5", undefined, "1.5"],
    [";", "0.125", undefined, "0.125"],
    [",", '"1,5"', undefined, "1.5"],
    [",", "1.500", undefined, "1.500"],
    [";", "1.500", "comma", "1500"],
    [";", "1.234,5", "comma", "1234.5"],
    [",", '"1,234,567.5"', "point", "1234567.5"],
    [";", "1,500", undefined, /two ways: say --decimal/],
    [";", "1.500", undefined, /two ways: say --decimal/],
    [",", '"1,500"', undefined, /two ways: say --decimal/],
    [";", "1.234,5", undefined, /say --decimal/],
    [";", "1.5", "comma", /no decimal comma/],
    [";", "x", undefined, "x"],
  ])("separated by %j reads the quantity %s with the decimal %s", (by, cell, decimal, read) => {
    const lines = [`id${by}metric_name${by}quantity`, `a${by}m${by}${cell}`];
    const [, reading] = readAll(lines, "csv", undefined, { decimal });
    if (typeof read !== "string") return expect(reading).toMatch(read);
    expect(JSON.parse(String(reading))).toMatchObject({ quantity: read });
  });

  it("goes on in the next line while a quote is open", () => {
    expect(isOpen(Buffer.from('a,"b\n'))).toBe(true);
    expect(isOpen(Buffer.from('a,"b ""x"""\n'))).toBe(false);
  });
});

describe("a line of an access log", () => {
  it("is a call and its bytes, both named by the line", () => {
    const [events, again] = readAll([VISIT, VISIT], "log");
    const [calls, bytes] = idsOf(events);
    expect(calls.replace("-api_calls", "")).toBe(bytes.replace("-bytes_sent", ""));
    expect(idsOf(again)).not.toContain(calls);
  });
});

describe("whose visit a line of an access log is", () => {
  const rest = '[20/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 2326';
  it.each([
    ["192.0.2.7 - -", undefined, "192.0.2.7"],
    ["2001:db8::7 - -", undefined, "2001:db8::7"],
    ["host.example - ann", undefined, "host.example"],
    ["shop.example:443 203.0.113.20 - -", undefined, "203.0.113.20"],
    ["shop.example 203.0.113.20 - -", undefined, "203.0.113.20"],
    ["shop.example:443 2001:db8::7 - ann b", undefined, "2001:db8::7"],
    ["198.51.100.1:443 203.0.113.20 - -", undefined, "203.0.113.20"],
    ["shop.example:443 client.example - -", undefined, "client.example"],
    ["203.0.113.7, 10.0.0.1 - -", undefined, "203.0.113.7"],
    ["203.0.113.7,10.0.0.1 - -", undefined, "203.0.113.7"],
    ["203.0.113.7, 10.0.0.1, 10.0.0.2 172.17.0.1 - -", undefined, "203.0.113.7"],
    ['"203.0.113.7, 10.0.0.1" 172.17.0.1 - -', undefined, "203.0.113.7"],
    ["unknown, 203.0.113.7 - -", undefined, "203.0.113.7"],
    ["203.0.113.7:5123, 10.0.0.1 - -", undefined, "203.0.113.7"],
    ["[2001:db8::7]:5123, 10.0.0.1 - -", undefined, "2001:db8::7"],
    ["shop.example:443 203.0.113.7, 10.0.0.1 - -", undefined, "203.0.113.7"],
    ["- 172.17.0.1 - -", undefined, "172.17.0.1"],
    ["shop.example:443 - 172.17.0.1 - -", undefined, "172.17.0.1"],
    ["203.0.113.7 172.17.0.1 - -", 1, "203.0.113.7"],
    ["203.0.113.7 172.17.0.1 - -", 2, "172.17.0.1"],
  ])("%s, client field %s: %s", (start, clientField, address) => {
    const [events] = readAll([`${start} ${rest}`], "log", undefined, { clientField });
    expect([events].flat().map((text) => JSON.parse(String(text)).user_id)).toEqual([
      address,
      address,
    ]);
  });

  it("is asked for where two could be it, and refused where there is no such field", () => {
    const two = `203.0.113.7 172.17.0.1 - - ${rest}`;
    expect(readAll([two], "log")[0]).toMatch(/two addresses .* say --client-field 1 or 2/);
    expect(readAll([two], "log", undefined, { clientField: 9 })[0]).toMatch(/no field 9/);
    expect(readAll(["#Fields: date"], "log")[0]).toMatch(/neither the Common nor/);
  });
});

describe("a reject", () => {
  it("gives its event back, whatever the reason says", () => {
    const event = `{"id":"a","quantity":1.50}`;
    const line = rejectLine({ line: 3, code: "c", reason: `odd ,"event":{} \n text`, event });
    expect(line.split("\n").length).toBe(2);
    expect(isReject(line)).toBe(true);
    expect(eventOfReject(line)).toBe(event);
    expect(readAll([line], "rejects")).toEqual([[event]]);
  });

  it("has none where its line could not be read", () => {
    const line = rejectLine({ line: 3, code: "unreadable", reason: "r", text: `,"event":1` });
    expect(eventOfReject(line)).toBeNull();
  });
});

describe("a file's format", () => {
  it.each([
    [CALL, "ndjson"],
    [VISIT, "log"],
    ["timestamp,metric_name,quantity", "csv"],
    ["Timestamp;Metric Name;Quantity", "csv"],
    ["metric_name\tquantity", "csv"],
    ["sep=;", "csv"],
    [`shop.example:443 ${VISIT}`, "log"],
    [`{"line":1,"code":"x","reason":"y","event":{}}`, "rejects"],
  ])("is told by its first line %j: %s", (first, format) => {
    expect(guessFormat(first, undefined)).toBe(format);
  });

  it("is CSV with a map, and asked for where nothing tells it", () => {
    expect(guessFormat("a,b", "metric_name=a,quantity=b")).toBe("csv");
    expect(() => guessFormat("a,b", undefined)).toThrow(/first line, "a,b": say --map .* --format/);
    expect(() => guessFormat('[{"metric_name":"m"', undefined)).toThrow("JSON array");
  });
});

it("counts equal lines among very many", () => {
  const occurrences = new Occurrences();
  const wrong: string[] = [];
  for (let i = 0; i < 20_000; i++) {
    const id = occurrences.idOf(`line ${i % 7_001}`);
    if (!id.endsWith(`-${Math.floor(i / 7_001) + 1}`)) wrong.push(id);
  }
  expect(wrong).toEqual([]);
});
