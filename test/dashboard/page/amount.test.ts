import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { fieldsOn, signedIn } from "../browser.ts";

const NEW = "/dashboard/invoices/new";
const LINE = { "/lines/0/name": "Work", "/lines/0/quantity": "1" };

/** Somebody whose browser asks for a language, and what their form for a new invoice sends. */
async function writing(language: string) {
  const { key } = await makeTenant();
  const browser = await signedIn(key);
  const { body: customer } = await call(key, "POST", "/api/customers", { name: "Acme" });
  const inLanguage = { "accept-language": language };
  const form = fieldsOn((await browser.get(NEW, inLanguage)).text);
  const fields = { ...form, ...LINE, "/customer_id": customer.id, "/currency": "EUR" };
  const write = (price: string) =>
    browser.post("/dashboard/invoices", { ...fields, "/lines/0/unit_price": price }, inLanguage);
  const total = async (location: string | null) => {
    const id = location?.split("?")[0]?.split("/").at(-1);
    return (await call(key, "GET", `/api/invoices/${id}`)).body.total;
  };
  return { browser, inLanguage, write, total };
}

describe("an amount in a form", () => {
  it.each([
    ["de-DE", "1.000,50", "1000,5"],
    ["fr-FR", "1\u202f000,50", "1000,5"],
    ["en-US", "1,000.50", "1000.5"],
  ])("is read as %s writes it, and shown again so", async (language, typed, shown) => {
    const { browser, inLanguage, write, total } = await writing(language);
    const { location } = await write(typed);
    expect(await total(location)).toBe(1000.5);
    const edit = await browser.get(`${location?.split("?")[0]}/edit`, inLanguage);
    const price = fieldsOn(edit.text)["/lines/0/unit_price"];
    expect(price?.replace(/0$/, "")).toBe(shown);
  });

  it("that could be two numbers is refused with both, and kept as it was typed", async () => {
    const { write } = await writing("de-DE");
    const { status, text } = await write("1,250");
    expect(status).toBe(422);
    expect(text).toContain("This can be read as two numbers. Write 1250, or 1,2500.");
    expect(fieldsOn(text)["/lines/0/unit_price"]).toBe("1,250");
  });
});
