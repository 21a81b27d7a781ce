import { describe, expect, it } from "vitest";
import { ACTS } from "../../../src/documents/kind/kind.ts";
import { DOCUMENT_KINDS, type DocumentKind } from "../../../src/documents/kind/registry.ts";
import type { StatusToday } from "../../../src/documents/kind/status.ts";
import {
  type DocumentState,
  insistPossible,
  isPossible,
} from "../../../src/documents/lifecycle/transition.ts";

function document(
  kind: DocumentKind,
  status: StatusToday,
  more: Partial<DocumentState> = {},
): DocumentState {
  return {
    kind,
    status,
    number: status === "draft" ? null : "N-1",
    paidMinor: 0,
    creditedMinor: 0,
    ...more,
  };
}

const possible = (state: DocumentState) => ACTS.filter((act) => isPossible(act, state));

describe("what a document permits", () => {
  it.each([
    ["invoice", "draft", ["edit", "finalize", "void"]],
    ["invoice", "open", ["send", "pay", "link", "credit", "void"]],
    ["invoice", "overdue", ["send", "pay", "link", "credit", "void"]],
    ["invoice", "paid", ["send", "pay", "link", "credit", "void"]],
    ["invoice", "void", ["link"]],
    ["quote", "draft", ["edit", "finalize", "void"]],
    ["quote", "pending", ["send", "accept", "convert", "reject", "link"]],
    ["quote", "accepted", ["send", "convert", "link"]],
    ["quote", "rejected", ["send", "link"]],
    ["quote", "expired", ["send", "link"]],
    ["credit_note", "issued", ["send", "link"]],
    ["proforma", "draft", ["edit", "finalize", "void"]],
    ["proforma", "issued", ["send", "convert", "link"]],
  ] as const)("of %s that is %s", (kind, status, acts) => {
    expect(possible(document(kind, status))).toEqual(acts);
  });

  it("is nothing once it was a draft and was voided", () => {
    for (const kind of DOCUMENT_KINDS) {
      expect(possible(document(kind, "void", { number: null }))).toEqual([]);
    }
  });

  it("is no voiding once money came in or a part was credited", () => {
    const paid = document("invoice", "paid", { paidMinor: 100 });
    expect(() => insistPossible("void", paid)).toThrow("refund what was paid first");
    const credited = document("invoice", "open", { creditedMinor: 100 });
    expect(() => insistPossible("void", credited)).toThrow("credit the rest instead");
    expect(isPossible("credit", credited)).toBe(true);
  });

  it("is refused as a conflict that says why", () => {
    const refusal = (act: (typeof ACTS)[number], state: DocumentState) => {
      try {
        insistPossible(act, state);
      } catch (error) {
        return error;
      }
      return null;
    };
    expect(refusal("edit", document("quote", "pending"))).toMatchObject({
      code: "resource.conflict",
      message: "the quote is pending, not a draft",
    });
    expect(refusal("accept", document("quote", "expired"))).toMatchObject({
      message: "the quote is expired, not pending",
    });
    expect(refusal("pay", document("invoice", "draft"))).toMatchObject({
      message: "the invoice is draft and takes no payment",
    });
    expect(refusal("credit", document("invoice", "void"))).toMatchObject({
      message: "the invoice is void: nothing to credit",
    });
    expect(refusal("send", document("invoice", "void"))).toMatchObject({
      message: "the invoice is void",
    });
    expect(refusal("link", document("invoice", "draft"))).toMatchObject({
      message: "a draft has no link: finalize it first",
    });
  });
});
