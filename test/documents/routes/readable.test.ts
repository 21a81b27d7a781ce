/** An answer says which characters of a document its page cannot show, and where they stand. */
import { describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";
import { makePair } from "../api.ts";

type Answer = { id: string; unreadable: { field: string; characters: string[] }[] | null };

describe("a document with characters that no font has", () => {
  it("says so as a draft and when it becomes final, and to nobody else", async () => {
    const pair = await makePair();
    const { key } = pair.issuer;
    const body = {
      customer_id: pair.customerId,
      lines: [
        { name: "तकनीकी सेवा", quantity: 1, unit_price: "10" },
        { name: "𓀀 and 𓀀", quantity: 1, unit_price: "10" },
      ],
    };
    const expected = [{ field: "lines[1].name", characters: ["𓀀"] }];
    const draft = (await call(key, "POST", "/api/invoices", body)).body as Answer;
    expect(draft.unreadable).toEqual(expected);
    const path = `/api/invoices/${draft.id}`;
    const final = await call(key, "POST", `${path}/finalize`);
    expect((final.body as Answer).unreadable).toEqual(expected);
    expect(((await call(pair.recipient.key, "GET", path)).body as Answer).unreadable).toBeNull();
  });

  it("says nothing of a document in any script that has fonts", async () => {
    const pair = await makePair();
    const lines = [{ name: "خدمات שירותים 服務 🎁", quantity: 1, unit_price: "10" }];
    const body = { customer_id: pair.customerId, lines };
    const draft = await call(pair.issuer.key, "POST", "/api/invoices", body);
    expect((draft.body as Answer).unreadable).toEqual([]);
  });
});
