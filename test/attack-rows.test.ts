/**
 * A member that sees only rows of its own, and each operation of the API with ids of what others of
 * the same tenant have: it is answered as for ids that nobody ever had, and nothing changes.
 */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { ACCESS } from "./support/access.ts";
import { call, keyFor, makeTenant, operatorKey } from "./support/api.ts";
import { comparable, kindOf, named, neverIssued, pathOf } from "./support/attack.ts";
import { type ApiDocument, type Operation, operationsOf } from "./support/document.ts";
import { type Estate, makeEstate, type Send } from "./support/estate.ts";
import { STANCES } from "./support/stances.ts";

/** What others of the tenant have, and a member who sees only its own sees nothing of. */
const HIDDEN = new Set([
  "customers",
  "invoices",
  "quotes",
  "proforma-invoices",
  "credit-notes",
  "emails",
  "events",
  "recurring-invoices",
]);

let operations: Operation[] = [];
let estate: Estate;
let owner = "";
let theirs = "";

beforeAll(async () => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response());
  const { body } = await call(null, "GET", "/openapi.json");
  operations = operationsOf(body as ApiDocument).filter(({ path }) => path.startsWith("/api/"));
  const { tenantId, key } = await makeTenant({ clock: "2026-01-01T00:00:00Z", name: "Rows" });
  owner = key;
  const operator = await operatorKey();
  const send: Send = async (as, method, path, sent, type) => {
    const by = as === "owner" ? key : operator;
    const answer = await call(by, method, path, sent, type ? { "content-type": type } : {});
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  estate = { ...(await makeEstate(send, tenantId, "Rows")), "unmatched-money": ["unm_rows"] };
  const other = await send("owner", "POST", "/api/customers", { name: "Of nothing" });
  const rows = { own_usage: true, own_documents: true, customers: [other.id] };
  const input = { email: "rows@a.test", name: "R", role: "admin", ...rows };
  const user = await send("owner", "POST", "/api/users", input);
  theirs = await keyFor(tenantId, "admin", { userId: user.id, mode: "test" });
  await env.DB.prepare("DELETE FROM customers WHERE id = ?").bind(other.id).run();
});

async function state(): Promise<unknown> {
  const paths = ["invoices", "quotes", "customers", "emails", "credit-notes"];
  const pages = paths.map(async (path) => (await call(owner, "GET", `/api/${path}`)).body);
  return Promise.all(pages);
}

describe("a member who sees only rows of its own", () => {
  it("finds nothing of the others' by its id, and changes nothing of it", async () => {
    const before = await state();
    const refused = new Set([...STANCES.closed, ...STANCES.usage, ...STANCES.documents]);
    let asked = 0;
    for (const operation of operations) {
      const [access, body] = ACCESS[named(operation)] ?? expect.unreachable(named(operation));
      if (access.startsWith("operator.")) continue;
      const segments = operation.path.split("/");
      const place = segments.findIndex((part, at) => {
        const name = /^\{(\w+)\}$/.exec(part)?.[1];
        return name !== undefined && HIDDEN.has(kindOf(segments, at, name));
      });
      const name = /^\{(\w+)\}$/.exec(segments[place] ?? "")?.[1];
      if (name === undefined) continue;
      for (const id of estate[kindOf(segments, place, name)] ?? []) {
        const [known, never] = await Promise.all(
          [id, neverIssued(id)].map(async (one) => {
            const path = pathOf(operation, estate, name, one);
            return [await call(theirs, operation.method, path, body), one] as const;
          }),
        );
        if (!known || !never) continue;
        const status = refused.has(named(operation)) ? 403 : 404;
        expect([named(operation), known[0].status]).toEqual([named(operation), status]);
        expect(comparable(...known)).toEqual(comparable(...never));
        asked++;
      }
    }
    expect(asked).toBeGreaterThan(80);
    expect(await state()).toEqual(before);
  }, 120_000);

  it("lists, counts and finds nothing of them", async () => {
    const lists = [
      "invoices",
      "quotes",
      "proforma-invoices",
      "credit-notes",
      "customers",
      "emails",
    ];
    for (const list of [
      ...lists,
      "usage/events",
      "email-counts",
      "document-counts",
      "search?q=o",
    ]) {
      const { status, bytes } = await call(theirs, "GET", `/api/${list}`);
      const text = new TextDecoder().decode(bytes);
      expect([list, status]).toEqual([list, 200]);
      for (const id of [...HIDDEN].flatMap((kind) => estate[kind] ?? [])) {
        expect(text).not.toContain(id);
      }
    }
    for (const list of [...lists, "usage-events"]) {
      const { status, bytes } = await call(theirs, "GET", `/api/exports/${list}`);
      const text = new TextDecoder().decode(bytes);
      expect([list, status]).toEqual([list, 200]);
      // What its own calls were counted as is its own usage.
      if (list !== "usage-events") expect(text.trimEnd().split("\n")).toHaveLength(1);
      for (const id of estate.events ?? []) expect(text).not.toContain(`${id},`);
    }
  });
});
