/** Tenants by mode, both ways, counted and exported. */
import { expect, it } from "vitest";
import { signedIn } from "../../dashboard/browser.ts";
import { call, operatorKey } from "../../support/api.ts";

it("lists tenants by mode, both ways, and exports them as they are filtered", async () => {
  const operator = await operatorKey();
  const word = `listed ${Date.now()}`;
  const made: string[] = [];
  // More than a page of the dashboard, which has 50.
  for (let n = 0; n < 52; n++) {
    const body = { name: `${word} ${n}`, mode: n < 51 ? "live" : "test" };
    made.push((await call(operator, "POST", "/api/tenants", body)).body.id);
  }
  const live = made.slice(0, 51).sort();
  const q = encodeURIComponent(word);
  const test = await call(operator, "GET", `/api/tenants?q=${q}&mode=test`);
  expect(test.body.data.map(({ id }: { id: string }) => id)).toEqual([made[51]]);
  const { body } = await call(operator, "GET", "/api/tenant-counts");
  const [lives, tests] = body.data;
  expect([lives.mode, tests.mode]).toEqual(["live", "test"]);
  expect([lives.count > 51, tests.count > 0]).toEqual([true, true]);

  const browser = await signedIn(operator);
  const path = `/dashboard/tenants?q=${q}&mode=live`;
  const idsOn = (text: string) =>
    [...text.matchAll(/<code>(ten_\w+)<\/code>/g)].map(([, id]) => id ?? "");
  const linkOf = (text: string, rel: string) =>
    text.match(new RegExp(`href="([^"]+)" rel="${rel}"`))?.[1]?.replaceAll("&amp;", "&") ?? "";
  const first = await browser.get(path);
  expect(idsOn(first.text)).toEqual(live.slice(0, 50));
  expect(first.text).toContain(`Remove the filter Text: ${word}`);
  const second = await browser.get(linkOf(first.text, "next"));
  expect([idsOn(second.text), linkOf(second.text, "next")]).toEqual([live.slice(50), ""]);
  const back = await browser.get(linkOf(second.text, "prev"));
  expect([idsOn(back.text), linkOf(back.text, "prev")]).toEqual([live.slice(0, 50), ""]);
  const file = await browser.get(`/dashboard/tenants/export?q=${q}&mode=live&format=csv`);
  const lines = file.text.trim().split("\r\n").slice(1);
  expect(lines.map((line) => line.split(",")[0])).toEqual(live);
});

it("lists tenants by name, both ways, and exports those selected", async () => {
  const operator = await operatorKey();
  const word = `named ${Date.now()}`;
  const ids: string[] = [];
  for (const name of ["b", "A", "c", "a"]) {
    ids.push((await call(operator, "POST", "/api/tenants", { name: `${word} ${name}` })).body.id);
  }
  const list = async (query: string) => {
    const path = `/api/tenants?q=${encodeURIComponent(word)}&${query}`;
    const { status, body } = await call(operator, "GET", path);
    expect(status, JSON.stringify(body)).toBe(200);
    const names = body.data.map(({ name }: { name: string }) => name.slice(-1)).join("");
    return { ...body, names };
  };
  expect((await list("sort=name")).names).toBe("Aabc");
  expect((await list("sort=-name&mode=live")).names).toBe("cbaA");
  expect((await list("sort=-created")).names).toBe("acAb");
  const first = await list("sort=name&limit=1");
  const second = await list(`sort=name&limit=1&cursor=${first.next_cursor}`);
  const back = await list(`sort=name&limit=1&cursor=${second.previous_cursor}`);
  expect([first.names, second.names, back.names, back.previous_cursor]).toEqual([
    "A",
    "a",
    "A",
    null,
  ]);
  const chosen = `/dashboard/tenants/export?ids=${ids[0]}&ids=${ids[2]}&format=csv`;
  const { text } = await (await signedIn(operator)).get(chosen);
  expect(
    text
      .trim()
      .split("\r\n")
      .slice(1)
      .map((line) => line.split(",")[0]),
  ).toEqual([ids[0], ids[2]]);
});
