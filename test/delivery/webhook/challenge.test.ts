import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { challengeAnswer, verifyWebhook } from "../../../client/src/index.ts";
import { holdsToken, hostOf, isTrusted } from "../../../src/delivery/webhook/challenge.ts";
import { fanOut } from "../../../src/delivery/webhook/deliver.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { type Answer, call, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";
import { announced, attemptNext, quietEnv, receive, type Taken } from "../receiver.ts";

let env: Env;
beforeEach(() => {
  ({ env } = quietEnv());
});
afterEach(() => {
  vi.restoreAllMocks();
});

const now = () => Date.now();
const ENDPOINTS = "/api/webhooks/endpoints";

/** A host that no other test has. */
const newHost = () => `${makeId("h", Date.now()).replace("_", "-")}.example.invalid`;
const add = ({ key }: TestTenant, url: string) => call(key, "POST", ENDPOINTS, { url });
const read = async ({ key }: TestTenant, id: string) =>
  (await call(key, "GET", `${ENDPOINTS}/${id}`)).body;
const deliveriesOf = async ({ key }: TestTenant, id: string) =>
  (await call(key, "GET", `/api/webhooks/deliveries?endpoint_id=${id}`)).body.data;

/** Two tenants' endpoints of one host: the first is proven, the second is not. */
async function second(host = newHost()) {
  const [first, other] = [await makeTenant(), await makeTenant()];
  const taken = receive(() => new Response("no"));
  const free = await add(first, `https://${host}/in`);
  const made = await add(other, `https://${host}/else`);
  const [challenge] = await deliveriesOf(other, made.body.id);
  return { host, first, free: free.body, other, made: made.body, challenge, taken };
}

const answering = (answer: (token: string) => Response) =>
  receive(({ body }) => answer(JSON.parse(body).data.challenge));

describe("the second endpoint of a host", () => {
  it("is sent a challenge, signed, and nothing else until it is answered", async () => {
    const { first, free, other, made, challenge } = await second();
    expect(free).toMatchObject({ status: "active", proven_at: free.created_at, to_do: null });
    expect(made).toMatchObject({
      status: "unproven",
      enabled: true,
      proven_at: null,
      to_do: expect.stringContaining("challenge"),
    });
    expect(challenge).toMatchObject({ type: "webhook.challenge", seq: null });
    vi.restoreAllMocks();
    const event = await announced(env, other.tenantId);
    await fanOut(env, event, now());
    const kinds = (await deliveriesOf(other, made.id)).map(({ type }: { type: string }) => type);
    expect(kinds).toEqual(["webhook.challenge"]);
    for (const asked of ["test", "replay"]) {
      const body = asked === "replay" ? { after: 0 } : undefined;
      const refused = await call(other.key, "POST", `${ENDPOINTS}/${made.id}/${asked}`, body);
      expect([refused.status, refused.body.detail]).toEqual([409, made.to_do]);
    }
    await fanOut(env, await announced(env, first.tenantId), now());
    expect(await deliveriesOf(first, free.id)).toHaveLength(1);
  });

  it.each<[string, (token: string) => Response]>([
    ["as text", (token) => new Response(`${token}\n`)],
    ["as JSON", (challenge) => Response.json({ challenge })],
    ["with 202", (token) => new Response(token, { status: 202 })],
  ])("is proven by the token %s, and then sent what happens", async (_, answer) => {
    const { other, made } = await second();
    const again = await call(other.key, "POST", `${ENDPOINTS}/${made.id}/challenge`);
    const taken = answering(answer);
    await attemptNext(env, again.body.id, now);
    const { body, headers } = taken.find(({ url }) => url.includes(made.url)) as Taken;
    const message = new Webhook(made.secret).verify(body, headers);
    expect(message).toMatchObject({ type: "webhook.challenge", data: { endpoint_id: made.id } });
    const event = await verifyWebhook(made.secret, headers, body);
    expect(challengeAnswer(event)).toBe(JSON.parse(body).data.challenge);
    expect(await read(other, made.id)).toMatchObject({ status: "active", to_do: null });
    await fanOut(env, await announced(env, other.tenantId), now());
    const kinds = (await deliveriesOf(other, made.id)).map(({ type }: { type: string }) => type);
    expect(kinds).toContain("quote.accepted");
    expect((await call(other.key, "POST", `${ENDPOINTS}/${made.id}/challenge`)).status).toBe(409);
  });

  it.each<[string, (token: string, taken: Taken) => Response]>([
    ["nothing", () => new Response()],
    ["the whole request, as an echo does", (_, { body }) => new Response(body)],
    ["the token and more", (token) => new Response(`${token} ok`)],
    ["the token with 400", (token) => new Response(token, { status: 400 })],
    ["another token", () => Response.json({ challenge: "A".repeat(43) })],
    ["a redirection", () => new Response(null, { status: 302, headers: { location: "/" } })],
  ])("is not proven by %s, and is left alone after four attempts", async (_, answer) => {
    const { other, made } = await second();
    const { body: asked } = await call(other.key, "POST", `${ENDPOINTS}/${made.id}/challenge`);
    receive((one) => answer(JSON.parse(one.body).data.challenge, one));
    for (let n = 0; n < 6; n++) await attemptNext(env, asked.id, now);
    const { status, log } = (await call(other.key, "GET", `/api/webhooks/deliveries/${asked.id}`))
      .body;
    expect([status, log.length]).toEqual(["failed", 4]);
    expect(await read(other, made.id)).toMatchObject({ status: "unproven", enabled: true });
    const retried = await call(other.key, "POST", `/api/webhooks/deliveries/${asked.id}/retry`);
    expect(retried.status).toBe(409);
  });

  it("is one, of 20 that are made at once by 20 tenants", async () => {
    const host = newHost();
    receive(() => new Response());
    const tenants = await Promise.all(Array.from({ length: 20 }, () => makeTenant()));
    const made = await Promise.all(tenants.map((tenant) => add(tenant, `https://${host}/`)));
    const states = made.map(({ body }) => body.status);
    expect(states.filter((state) => state === "active")).toHaveLength(1);
    expect(states.filter((state) => state === "unproven")).toHaveLength(19);
  });

  it("is one that is moved there; moved away it is the first of its host again", async () => {
    const { host, first, other, made } = await second();
    const elsewhere = await add(first, `https://${newHost()}/`);
    const move = (of: TestTenant, id: string, url: string) =>
      call(of.key, "PATCH", `${ENDPOINTS}/${id}`, { url });
    expect((await move(first, elsewhere.body.id, `https://${host}:8443/x`)).body.status).toBe(
      "unproven",
    );
    expect((await move(other, made.id, made.url)).body.status).toBe("unproven");
    expect((await move(other, made.id, `https://${newHost()}/`)).body.status).toBe("active");
  });

  it("is sent what waited for it since before it was moved", async () => {
    const { host, first } = await second();
    const { body: moved } = await add(first, `https://${newHost()}/`);
    await fanOut(env, await announced(env, first.tenantId), now());
    const [waiting] = await deliveriesOf(first, moved.id);
    await call(first.key, "PATCH", `${ENDPOINTS}/${moved.id}`, { url: `https://${host}/moved` });
    const taken = answering((token) => new Response(token));
    await attemptNext(env, waiting.id, now);
    expect(taken.filter(({ body }) => body.includes("quote.accepted"))).toEqual([]);
    const { body: asked } = await call(first.key, "POST", `${ENDPOINTS}/${moved.id}/challenge`);
    if (asked.id) await attemptNext(env, asked.id, now);
    expect((await read(first, moved.id)).status).toBe("active");
    const due = env.DB.prepare("SELECT count(*) AS n FROM due WHERE id = ?");
    expect(await due.bind(`webhook.deliver:${waiting.id}`).first("n")).toBe(1);
  });

  it("needs no proof where the operator trusts the host", async () => {
    expect(isTrusted("hooks.example.com", "a.example hooks.Example.com")).toBe(true);
    expect([isTrusted("", ""), isTrusted("x.hooks.example.com", "hooks.example.com")]).toEqual([
      false,
      false,
    ]);
  });
});

describe("what a tenant can have sent to somebody else", () => {
  const reached = (answer: Answer) => [answer.status, answer.body.code, answer.body.budget];

  it("is 20 challenges an hour, whatever it removes and makes anew", async () => {
    const { host, other, made } = await second();
    const ask = () => call(other.key, "POST", `${ENDPOINTS}/${made.id}/challenge`);
    const answers = await Promise.all(Array.from({ length: 25 }, ask));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(19);
    const refused = answers.find(({ status }) => status !== 202) as Answer;
    expect(reached(refused)).toEqual([429, "budget.reached", "challenges_per_hour"]);
    expect(refused.body.detail).toContain("ask again in the next hour");
    await call(other.key, "DELETE", `${ENDPOINTS}/${made.id}`);
    const { body } = await add(other, `https://${host}/`);
    expect(body.status).toBe("unproven");
    expect(await deliveriesOf(other, body.id)).toEqual([]);
  });

  it("goes to as many endpoints as its budgets allow, made one by one or at once", async () => {
    const tenant = await makeTenant();
    receive(() => new Response());
    const host = newHost();
    const make = (url: string) => add(tenant, url);
    const ofHost = await Promise.all(
      Array.from({ length: 20 }, (_, n) => make(`https://${host}/${n}`)),
    );
    expect(ofHost.filter(({ status }) => status === 201)).toHaveLength(10);
    const refused = ofHost.find(({ status }) => status !== 201) as Answer;
    expect(reached(refused)).toEqual([429, "budget.reached", "endpoints_per_host"]);
    const others = await Promise.all(
      Array.from({ length: 20 }, () => make(`https://${newHost()}/`)),
    );
    expect(others.filter(({ status }) => status === 201)).toHaveLength(10);
    const full = others.find(({ status }) => status !== 201) as Answer;
    expect(reached(full)).toEqual([429, "budget.reached", "webhook_endpoints"]);
    const path = `/api/tenants/${tenant.tenantId}/budgets`;
    await call(await operatorKey(), "PUT", path, { webhook_endpoints: 21 });
    expect((await make(`https://${newHost()}/`)).status).toBe(201);
  });
});

describe("a host", () => {
  it.each([
    ["https://Hooks.Example.com/in", "hooks.example.com"],
    ["https://hooks.example.com.:8443/in?x", "hooks.example.com"],
    ["https://hooks.example.com:8443#x", "hooks.example.com"],
    ["http://127.0.0.1:8999/1", "127.0.0.1:8999"],
    ["http://localhost:8999/1", "localhost:8999"],
    ["https://[2606:4700::1111]/", "[2606:4700::1111]"],
  ])("of %s is %s", (url, host) => {
    expect(hostOf(url)).toBe(host);
  });
});

describe("a token", () => {
  it("is held by itself and by nothing that holds more", () => {
    expect(
      ["t", " t\n", '{"challenge":"t","more":1}'].map((answer) => holdsToken(answer, "t")),
    ).toEqual([true, true, true]);
    expect(
      ["", "tt", '"t"', '["t"]', "null", '{"data":{"challenge":"t"}}'].some((answer) =>
        holdsToken(answer, "t"),
      ),
    ).toBe(false);
  });
});
