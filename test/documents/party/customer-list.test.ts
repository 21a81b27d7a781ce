/** Customers by name and by age, on and back, and as a file. */
import { exports } from "cloudflare:workers";
import { expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

it("lists customers in every order, both ways, and exports them so", async () => {
  const { key } = await makeTenant();
  const names = ["delta", "Acme", "charlie", "Bravo", "acme"];
  for (const name of names) await call(key, "POST", "/api/customers", { name });
  const byName = ["Acme", "acme", "Bravo", "charlie", "delta"];
  const orders: Record<string, string[]> = {
    name: byName,
    "-name": byName.toReversed(),
    created: names,
    "-created": names.toReversed(),
  };
  const page = async (query: string) => {
    const { status, body } = await call(key, "GET", `/api/customers?limit=2&${query}`);
    expect(status, JSON.stringify(body)).toBe(200);
    return { ...body, names: body.data.map(({ name }: { name: string }) => name) };
  };
  for (const [sort, wanted] of Object.entries(orders)) {
    const first = await page(`sort=${sort}`);
    const second = await page(`sort=${sort}&cursor=${first.next_cursor}`);
    const third = await page(`sort=${sort}&cursor=${second.next_cursor}`);
    expect([...first.names, ...second.names, ...third.names], sort).toEqual(wanted);
    expect([first.previous_cursor, third.next_cursor]).toEqual([null, null]);
    const back = await page(`sort=${sort}&cursor=${third.previous_cursor}`);
    expect(back.names).toEqual(second.names);
    const whole = await page(`sort=${sort}&cursor=${back.previous_cursor}`);
    expect([whole.names, whole.previous_cursor]).toEqual([first.names, null]);
  }
  const path = "https://app.test/api/exports/customers?sort=name&format=ndjson";
  const answer = await exports.default.fetch(path, { headers: { authorization: `Bearer ${key}` } });
  const lines = new TextDecoder()
    .decode(await answer.arrayBuffer())
    .trimEnd()
    .split("\n");
  expect(lines.map((line) => JSON.parse(line).name)).toEqual(byName);
});
