import { describe, expect, it } from "vitest";
import { draft, makePair } from "../../documents/api.ts";
import { fieldsOn, signedIn } from "../browser.ts";

const listOn = (page: string) =>
  /<section[^>]*data-unreadable.*?<\/section>/s.exec(page)?.[0].match(/<li>[^<]*/g) ?? null;

describe("characters that no font has", () => {
  it("are named beside the form, on the draft, and while somebody types", async () => {
    const pair = await makePair();
    const lines = [{ name: "Fine", quantity: 1, unit_price: "10", description: "𓀀 of stone" }];
    const open = await draft(pair, "invoices", { lines });
    const browser = await signedIn(pair.issuer.key);
    const said = ["<li>line 1, description: 𓀀"];
    const path = `/dashboard/invoices/${open.id}`;
    expect(listOn((await browser.get(path)).text)).toEqual(said);
    const form = (await browser.get(`${path}/edit`)).text;
    expect(listOn(form)).toEqual(said);
    const typed = async (fields: Record<string, string>, kind: string) => {
      const answer = await browser.post(`/dashboard/${kind}`, {
        ...fieldsOn(form),
        ...fields,
      });
      return listOn(answer.text);
    };
    const preview = `invoices/preview/${open.id}`;
    expect(await typed({ "/lines/0/description": "of stone" }, preview)).toBeNull();
    const both = await typed({ "/notes": "𓁹" }, preview);
    expect(both).toEqual(expect.arrayContaining([...said, "<li>notes: 𓁹"]));
    expect(await typed({}, "quotes/preview")).toEqual(said);
  });
});
