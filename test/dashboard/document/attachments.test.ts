import { describe, expect, it } from "vitest";
import { draft, final, makePair } from "../../documents/api.ts";
import { call } from "../../support/api.ts";
import { type Browser, signedIn, tokenOn } from "../browser.ts";

const CSV = "day,hours\n2026-11-02,7.5\n";

async function attach(
  browser: Browser,
  path: string,
  file: File | null,
  fields: Record<string, string> = {},
) {
  const form = new FormData();
  form.set("form_token", tokenOn((await browser.get(path)).text));
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  if (file) form.set("file", file);
  return browser.upload(`${path}/attachments`, form);
}

const hasForm = (page: string) => page.includes('type="file"');

describe("the files beside a document", () => {
  it.each(["invoices", "quotes"] as const)(
    "are put there, listed, read and removed: %s",
    async (kind) => {
      const pair = await makePair();
      const { key } = pair.issuer;
      const browser = await signedIn(key);
      const { id } = await draft(pair, kind, {});
      const path = `/dashboard/${kind}/${id}`;
      const name = "Stunden & Wege.csv";
      // As a browser calls it beside a spreadsheet program.
      const file = new File([CSV], name, { type: "application/vnd.ms-excel" });
      const put = await attach(browser, path, file, { "/description": "Time sheet" });
      expect([put.status, put.location]).toEqual([303, `${path}?done=attached`]);
      const { attachments } = (await call(key, "GET", `/api/${kind}/${id}`)).body;
      expect(attachments).toMatchObject([
        { name, description: "Time sheet", media_type: "text/csv", size: CSV.length },
      ]);
      const page = (await browser.get(path)).text;
      expect([page.includes("Time sheet"), page.includes(`${CSV.length} bytes`)]).toEqual([
        true,
        true,
      ]);
      const link = `${path}/attachments/${encodeURIComponent(name)}`;
      expect(page).toContain(`href="${link}"`);
      const read = await browser.get(link);
      expect([read.text, read.headers.get("content-type")]).toEqual([CSV, "text/csv"]);
      expect(read.headers.get("content-disposition")).toMatch(/^attachment; /);
      const removed = await browser.submit(path, `${link}/remove`);
      expect([removed.status, removed.location]).toEqual([303, `${path}?done=removed`]);
      expect((await call(key, "GET", `/api/${kind}/${id}`)).body.attachments).toEqual([]);
    },
  );

  it("are as large as the API takes them, and what it refuses is said on the page", async () => {
    const pair = await makePair();
    const browser = await signedIn(pair.issuer.key);
    const { id } = await draft(pair, "invoices", {});
    const path = `/dashboard/invoices/${id}`;
    const large = new File(["a,b\n".repeat(450_000)], "large.csv");
    expect((await attach(browser, path, large)).status).toBe(303);
    const more = await attach(browser, path, large);
    expect(more.status).toBe(303);
    const refused = [
      [null, "Choose a file that is not empty."],
      [new File(["a"], "note.txt", { type: "text/plain" }), "file is a PDF, PNG"],
      [new File(["no picture"], "a.png", { type: "image/png" }), "file of type image/png"],
      [new File(["a,b\n".repeat(100_000)], "other.csv"), "2000000 bytes together"],
    ] as const;
    for (const [file, why] of refused) {
      const { status, text } = await attach(browser, path, file);
      expect([why, status, text.includes(why)]).toEqual([why, 422, true]);
    }
    expect((await attach(browser, path, new File(["a".repeat(2_000_001)], "b.csv"))).status).toBe(
      413,
    );
  });

  it("of what is final are read by both sides, and changed by none", async () => {
    const pair = await makePair();
    const { key } = pair.issuer;
    const owner = await signedIn(key);
    const open = await draft(pair, "invoices", {});
    const path = `/dashboard/invoices/${open.id}`;
    expect(hasForm((await owner.get(path)).text)).toBe(true);
    await attach(owner, path, new File([CSV], "t.csv"));
    expect((await call(key, "POST", `/api/invoices/${open.id}/finalize`)).status).toBe(200);
    const reader = await signedIn(pair.recipient.key);
    for (const browser of [owner, reader]) {
      const { text } = await browser.get(path);
      expect([text.includes("t.csv"), hasForm(text), text.includes("t.csv/remove")]).toEqual([
        true,
        false,
        false,
      ]);
      expect((await browser.get(`${path}/attachments/t.csv`)).text).toBe(CSV);
    }
    expect((await attach(owner, path, new File([CSV], "u.csv"))).status).toBe(422);
    expect((await owner.submit(path, `${path}/attachments/t.csv/remove`)).status).toBe(422);
    const none = await final(pair, "invoices", {});
    expect((await owner.get(`/dashboard/invoices/${none.id}`)).text).not.toContain("Attachments");
  });
});
