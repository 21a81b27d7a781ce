import { describe, expect, it } from "vitest";
import { EVENT_TYPES } from "../../../src/core/event-type.ts";
import { call } from "../../support/api.ts";

describe("the OpenAPI document", () => {
  it("types the body of every event", async () => {
    const { body } = await call(null, "GET", "/openapi.json");
    expect(Object.keys(body.webhooks).sort()).toEqual([...EVENT_TYPES, "webhook.challenge"].sort());
    const { requestBody } = body.webhooks["invoice.paid"].post;
    const { schema } = requestBody.content["application/json"];
    expect(schema.properties.data.required).toContain("invoice_id");
  });
});
