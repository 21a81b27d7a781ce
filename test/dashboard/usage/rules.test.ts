import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

const PATH = "/dashboard/usage/rules";
const RULES = "/api/usage/rules";

/** The fields of a rule of tokens. */
const TOKENS = {
  "/event_type": "model.call",
  "/metric_name": "tokens",
  "/aggregation": "sum",
  "/value_path": "$.usage[0].tokens",
  "/groups/0/key": "model",
  "/groups/0/path": "$.model",
};

/** The tenant's own rule, beside those that other tests made for every tenant. */
async function ruleOf(key: string) {
  const { body } = await call(key, "GET", `${RULES}?limit=200`);
  return body.data.find(({ every_tenant }: { every_tenant: boolean }) => !every_tenant);
}

describe("usage rules", () => {
  it("are made, changed, switched off and deleted, with each error at its field", async () => {
    const { key } = await makeTenant();
    const browser = await signedIn(key);
    const wrong = await browser.submit(PATH, PATH, {
      ...TOKENS,
      "/value_path": "tokens",
      "/groups/3/key": "region",
    });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('id="f-value_path-error"');
    const group = await browser.submit(PATH, PATH, { ...TOKENS, "/groups/3/key": "region" });
    expect([group.status, group.text]).toEqual([
      422,
      expect.stringContaining('id="f-groups-1-path-error"'),
    ]);
    expect((await browser.submit(PATH, PATH, TOKENS)).location).toContain("done=created");
    const rule = await ruleOf(key);
    expect(rule).toMatchObject({
      event_type: "model.call",
      value_path: "$.usage[0].tokens",
      group_paths: { model: "$.model" },
      name: "",
    });
    const at = `${PATH}/${rule.id}`;
    const shown = await browser.get(at);
    expect(shown.text).toMatch(/name="\/groups\/0\/path"[^>]*value="\$\.model"/);
    const change = { ...TOKENS, "/name": "Tokens", "/groups/0/key": "", "/groups/0/path": "" };
    expect((await browser.submit(at, at, change)).status).toBe(303);
    expect(await ruleOf(key)).toMatchObject({ name: "Tokens", group_paths: {} });
    expect((await browser.submit(at, at, TOKENS)).status).toBe(303);
    expect(await ruleOf(key)).toMatchObject({ name: "", group_paths: { model: "$.model" } });
    await browser.submit(at, `${at}/off`);
    expect((await ruleOf(key)).active).toBe(false);
    await browser.submit(at, `${at}/on`);
    expect((await ruleOf(key)).active).toBe(true);
    await browser.submit(at, `${at}/delete`);
    expect(await ruleOf(key)).toBeUndefined();
  });

  it("are tried on an event that is pasted, which begins as one that a rule counts", async () => {
    const { key, tenantId } = await makeTenant();
    const browser = await signedIn(await keyFor(tenantId, "viewer"));
    await (await signedIn(key)).submit(PATH, PATH, TOKENS);
    const { text } = await browser.get(PATH);
    const sample = /<textarea[^>]*name="\/event"[^>]*>(.*?)<\/textarea>/s.exec(text)?.[1] ?? "";
    const event = JSON.parse(sample.replaceAll("&quot;", '"'));
    expect(event.data).toEqual({ model: "model", usage: [{ tokens: 1 }] });
    const tried = async (sent: unknown) => {
      const body = typeof sent === "string" ? sent : JSON.stringify(sent);
      return browser.submit(PATH, `${PATH}/try`, { "/event": body });
    };
    const amount = { ...event, data: { model: "large", usage: [{ tokens: 1234.5 }] } };
    const good = await tried(amount);
    expect([good.status, good.text]).toEqual([200, expect.stringContaining("1,234.5")]);
    expect(good.text).toContain("try-1:tokens");
    const missing = await tried({ ...event, data: {} });
    expect(missing.text).toContain("/data/usage/0/tokens is missing: the rule of tokens reads");
    expect((await tried({ ...event, type: "other" })).text).toContain("No rule matches its type");
    for (const wrong of ["{", "[]", "1"]) {
      const { status, text: page } = await tried(wrong);
      expect([status, page]).toEqual([422, expect.stringContaining('id="f-event-error"')]);
    }
    expect((await call(key, "GET", "/api/usage/events")).body.data).toEqual([]);
  });

  it("of every tenant are the operator's to change", async () => {
    const operator = await signedIn(await operatorKey());
    const type = `every-${crypto.randomUUID()}`;
    const made = await operator.submit(PATH, PATH, { ...TOKENS, "/event_type": type });
    expect(made.status).toBe(303);
    const { key } = await makeTenant();
    const browser = await signedIn(key);
    const { body } = await call(key, "GET", `${RULES}?event_type=${type}`);
    const at = `${PATH}/${body.data[0].id}`;
    const { text } = await browser.get(at);
    expect(text).toContain("every tenant");
    expect(text).toContain("The operator made this rule");
    expect(text).not.toContain("Change it");
    expect((await browser.submit(PATH, `${at}/off`)).status).toBe(403);
    expect((await operator.submit(at, `${at}/delete`)).status).toBe(303);
  });
});
