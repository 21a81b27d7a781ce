/** E-mail addresses, wherever one is taken. */
import { describe, expect, it } from "vitest";
import { emailInput } from "../../../src/platform/schema/email.ts";
import { call, makeTenant } from "../../support/api.ts";

const GIVEN = " info@bücher.example\n";
const KEPT = "info@xn--bcher-kva.example";

describe("an e-mail address with blanks around it and an international domain", () => {
  it("is taken as punycode by every operation that takes one", async () => {
    const { key } = await makeTenant();
    const customer = await call(key, "POST", "/api/customers", { name: "Example", email: GIVEN });
    expect([customer.status, customer.body.email]).toEqual([201, KEPT]);
    const { body: changed } = await call(key, "PATCH", `/api/customers/${customer.body.id}`, {
      email: "info@müller.example",
    });
    expect(changed.email).toBe("info@xn--mller-kva.example");
    const issuer = await call(key, "PUT", "/api/issuer", { legal_name: "Seller", email: GIVEN });
    expect([issuer.status, issuer.body.email]).toEqual([200, KEPT]);
    const user = await call(key, "POST", "/api/users", { email: GIVEN, name: "I", role: "viewer" });
    expect([user.status, user.body.email]).toEqual([201, KEPT]);
    const data = [{ name: "Ops", emails: [GIVEN] }];
    const routes = await call(key, "PUT", "/api/alert-routes", { data });
    expect([routes.status, routes.body.data?.[0].emails]).toEqual([200, [KEPT]]);
  });

  it("is put on the list of suppressed ones, and taken off it, in any writing", async () => {
    const { key } = await makeTenant();
    const added = await call(key, "POST", "/api/suppressions", { address: GIVEN });
    expect([added.status, added.body.address]).toEqual([201, KEPT]);
    const path = `/api/suppressions/${encodeURIComponent("Info@Bücher.example")}`;
    expect((await call(key, "DELETE", path)).status).toBe(204);
    expect((await call(key, "GET", "/api/suppressions")).body.data).toEqual([]);
  });
});

describe("an e-mail address", () => {
  it.each([
    ["info@例え.テスト", "info@xn--r8jz45g.xn--zckzah"],
    ["info@пример.рф", "info@xn--e1afmkfd.xn--p1ai"],
    ["info@xn--e1afmkfd.xn--p1ai", "info@xn--e1afmkfd.xn--p1ai"],
    ["info@مثال.إختبار", "info@xn--mgbh0fb.xn--kgbechtv"],
    ["info@दुकान.भारत", "info@xn--11b7ah1gn.xn--h2brj9c"],
    ["o'neill+a_b@sub.example.co.uk", "o'neill+a_b@sub.example.co.uk"],
    [`${"a".repeat(64)}@${"b".repeat(63)}.museum`, `${"a".repeat(64)}@${"b".repeat(63)}.museum`],
  ])("may be %j", (given, kept) => {
    expect(emailInput.parse(given)).toBe(kept);
  });
});

describe("what is no e-mail address", () => {
  it.each([
    ["grüße@example.com", /before its @ only letters of ASCII/],
    ["info@", /is an e-mail address/],
    ["a b@example.com", /is an e-mail address/],
    [" ", /is an e-mail address/],
    ["a@bücher.example/x", /is an e-mail address/],
    [`${"a".repeat(65)}@example.com`, /is an e-mail address/],
    [`a@${"b".repeat(64)}.example`, /is an e-mail address/],
    ["a@b-.example", /is an e-mail address/],
    ["a@example.123", /is an e-mail address/],
    ["a@example.xn--", /is an e-mail address/],
    ["a@example.com\r\nBcc: b@example.com", /is an e-mail address/],
    [`a@${`${"b".repeat(60)}.`.repeat(5)}example`, /at most 254/],
  ])("is refused: %j", async (email, why) => {
    const { key } = await makeTenant();
    const { status, body } = await call(key, "POST", "/api/customers", { name: "Example", email });
    expect([status, body.errors]).toEqual([
      422,
      [{ pointer: "/email", detail: expect.stringMatching(why) }],
    ]);
  });
});
