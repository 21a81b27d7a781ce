import { describe, expect, it } from "vitest";
import {
  afterTheirOrigins,
  DOCUMENT_KINDS,
  finalDocument,
  KINDS,
  kindOfId,
} from "../../../src/documents/kind/registry.ts";

describe("the kinds of documents", () => {
  it("are told apart by every name that the API uses of them", () => {
    for (const field of ["noun", "path", "schemaName", "fileName", "idPrefix"] as const) {
      const names = DOCUMENT_KINDS.map((kind) => KINDS[kind][field]);
      expect(new Set(names).size, field).toBe(names.length);
    }
  });

  it("permit acts only in statuses that their lists offer", () => {
    for (const kind of DOCUMENT_KINDS) {
      const { statuses, acts } = KINDS[kind];
      if (statuses.length === 0) continue;
      expect(statuses).toEqual(expect.arrayContaining(Object.values(acts).flat()));
    }
  });

  it("are listed behind what they are made from", () => {
    expect(afterTheirOrigins(DOCUMENT_KINDS)).toEqual([
      "quote",
      "proforma",
      "invoice",
      "credit_note",
    ]);
  });

  it("are known by the ids of their documents", () => {
    expect(["pro_1", "quo_1", "inv_1", "crn_1", "cus_1", ""].map(kindOfId)).toEqual([
      "proforma",
      "quote",
      "invoice",
      "credit_note",
      null,
      null,
    ]);
  });

  it("are found by the event that says a document is final", () => {
    expect(finalDocument("quote.finalized", { quote_id: "quo_1" })).toEqual({
      kind: "quote",
      id: "quo_1",
    });
    const issued = { credit_note_id: "crn_1", invoice_id: "inv_1" };
    expect(finalDocument("credit_note.issued", issued)).toEqual({
      kind: "credit_note",
      id: "crn_1",
    });
    expect(finalDocument("invoice.paid", { invoice_id: "inv_1" })).toBeNull();
  });
});
