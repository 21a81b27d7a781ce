import { expect, it } from "vitest";
import type { ApiDocument } from "../../../src/dashboard/reference/document.ts";
import { type Sent, unknownIn } from "./sent.ts";

const document: ApiDocument = {
  openapi: "3.1.0",
  info: { title: "Test", version: "1" },
  paths: {
    "/items/{id}": {
      post: {
        operationId: "changeItem",
        parameters: [{ name: "limit", in: "query" }],
        requestBody: {
          content: { "application/json": { schema: { $ref: "#/components/schemas/Item" } } },
        },
        responses: {},
      },
    },
  },
  webhooks: {},
  components: {
    schemas: {
      Item: {
        properties: {
          name: {},
          lines: {
            items: { anyOf: [{ properties: { text: {} } }, { properties: { price: {} } }] },
          },
          metadata: { additionalProperties: true, properties: {} },
          anything: {},
        },
      },
    },
  },
};

const sent = (change: Partial<Sent>): Sent => ({
  method: "post",
  url: "https://app.test/items/7",
  query: {},
  body: null,
  ...change,
});

it("a request is documented where its path, parameters and fields are", () => {
  const lines = [{ text: "a" }, { price: 1 }];
  const body = { name: "x", lines, metadata: { own: { more: 1 } }, anything: { at: 1 } };
  expect(unknownIn(document, "changeItem", sent({ body, query: { limit: 1 } }))).toEqual([]);
});

it("what the document does not have is named", () => {
  const unknown = (change: Partial<Sent>) => unknownIn(document, "changeItem", sent(change));
  expect(unknown({ url: "https://app.test/item/7" })).toEqual(["post /item/7 is not changeItem"]);
  expect(unknown({ method: "get" })).toEqual(["get /items/7 is not changeItem"]);
  expect(unknown({ query: { most: 1 } })).toEqual(["no parameter most"]);
  expect(unknown({ body: { title: "x", lines: [{ text: "a" }, { cost: 1 }] } })).toEqual([
    "no field /title",
    "no field /lines/1/cost",
  ]);
});
