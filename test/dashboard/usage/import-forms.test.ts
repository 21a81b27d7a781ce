/** Files as other systems write them, given to the form that an import begins with. */
import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { type Browser, fieldsOn, signedIn, tokenOn } from "../browser.ts";

const PATH = "/dashboard/usage/imports";
const HEADER = ["metric_name", "quantity", "timestamp", "user_id"];
const TIME = "2020-05-01T10:00:00Z";
const rows = (separator: string, ...cells: string[][]) =>
  [HEADER, ...cells].map((row) => row.join(separator));

const latin1 = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const utf16 = (text: string) =>
  new Uint8Array(Uint16Array.from(`\ufeff${text}`, (letter) => letter.charCodeAt(0)).buffer);

/** Uploads a file; answers the path of its import and what the form shows of it. */
async function uploaded(browser: Browser, content: string | Uint8Array<ArrayBuffer>, name: string) {
  const form = new FormData();
  form.set("form_token", tokenOn((await browser.get(PATH)).text));
  form.set("/file", new File([content], name));
  const { location } = await browser.upload(PATH, form);
  const path = location ?? "";
  return { path, page: (await browser.get(path)).text };
}

/** What counts after the form was sent as it is, with what somebody chose in it. */
async function imported(
  content: string | Uint8Array<ArrayBuffer>,
  { name = "usage.csv", chosen = {} }: { name?: string; chosen?: Record<string, string> } = {},
): Promise<unknown[][]> {
  const { key } = await makeTenant();
  const browser = await signedIn(key);
  const { path, page } = await uploaded(browser, content, name);
  const fields = { ...fieldsOn(page), ...chosen };
  for (const action of ["read", "commit"]) {
    expect((await browser.submit(path, `${path}/${action}`, fields)).status).toBe(303);
  }
  const range = "start_date=2020-01-01T00:00:00Z&end_date=2021-01-01T00:00:00Z";
  const { body } = await call(key, "GET", `/api/usage/events?${range}`);
  type Event = { metric_name: string; quantity: number; user_id: string; timestamp: string };
  const shown = (event: Event) => [
    event.metric_name,
    event.quantity,
    event.user_id,
    event.timestamp,
  ];
  return body.data.map(shown).sort();
}

describe("a file is imported as its form shows it:", () => {
  it("semicolons, decimal commas and CRLF", async () => {
    const lines = rows(";", ["renders", "2,5", TIME, "eve"], ["renders", "0,25", TIME, "eve"]);
    expect(await imported(`${lines.join("\r\n")}\r\n`)).toEqual([
      ["renders", 0.25, "eve", TIME],
      ["renders", 2.5, "eve", TIME],
    ]);
  });

  it("Windows-1252, once that is chosen, without which the lines say what to do", async () => {
    const lines = latin1(`${rows(",", ["api_calls", "7", TIME, "Jörg"]).join("\r\n")}\r\n`);
    const browser = await signedIn((await makeTenant()).key);
    const { page } = await uploaded(browser, lines, "usage.csv");
    expect(page).toContain("Not UTF-8: byte 0xf6 at");
    expect(page).toContain("choose the encoding Windows-1252");
    const chosen = { "/encoding": "windows-1252" };
    expect(await imported(lines, { chosen })).toEqual([["api_calls", 7, "Jörg", TIME]]);
  });

  it("UTF-16 with its byte order mark", async () => {
    const lines = utf16(`${rows("\t", ["api_calls", "7", TIME, "Žofie"]).join("\r\n")}\r\n`);
    expect(await imported(lines)).toEqual([["api_calls", 7, "Žofie", TIME]]);
  });

  it("lines that end with CR alone", async () => {
    const lines = rows(",", ["api_calls", "7", TIME, "eve"], ["api_calls", "8", TIME, "adam"]);
    expect(await imported(`${lines.join("\r")}\r`)).toEqual([
      ["api_calls", 7, "eve", TIME],
      ["api_calls", 8, "adam", TIME],
    ]);
  });

  it("two columns of one name, of which somebody chooses one", async () => {
    const lines = `metric_name,quantity,quantity,timestamp\napi_calls,3,41,${TIME}\n`;
    const browser = await signedIn((await makeTenant()).key);
    const { page } = await uploaded(browser, lines, "usage.csv");
    expect(page).toContain("Which column is the quantity?");
    const chosen = { "/columns/2": "quantity" };
    expect(await imported(lines, { chosen })).toEqual([["api_calls", 41, null, TIME]]);
  });

  it("access logs that name their virtual host first", async () => {
    const lines = ["198.51.100.7", "198.51.100.8"].map(
      (client) =>
        `api.example:443 ${client} - - [01/May/2020:12:00:00 +0200] ` +
        '"GET /a HTTP/2.0" 200 90 "-" "x"',
    );
    expect(await imported(`${lines.join("\n")}\n`, { name: "access.log" })).toEqual([
      ["api_calls", 1, "198.51.100.7", TIME],
      ["api_calls", 1, "198.51.100.8", TIME],
      ["bytes_sent", 90, "198.51.100.7", TIME],
      ["bytes_sent", 90, "198.51.100.8", TIME],
    ]);
  });
});
