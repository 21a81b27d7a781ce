import { describe, expect, it } from "vitest";
import type { Role } from "../../../src/accounts/actor/roles.ts";
import {
  type Actable,
  permittedActs,
  possibleActs,
} from "../../../src/dashboard/document/actions.ts";
import { ACTS } from "../../../src/documents/kind/kind.ts";
import type { StatusToday } from "../../../src/documents/kind/status.ts";

const invoice = (status: StatusToday, more: Partial<Actable> = {}): Actable => ({
  kind: "invoice",
  status,
  own: true,
  paidMinor: 0,
  creditedMinor: 0,
  number: status === "draft" ? null : "INV-2026-001",
  ...more,
});
const offered = (document: Actable, role: Role = "owner") =>
  [...permittedActs(document.kind, possibleActs(document), role)].filter((act) =>
    ACTS.some((one) => one === act),
  );
const more = (document: Actable & { heldMinor?: number }) =>
  [...possibleActs(document)].filter((act) => !ACTS.some((one) => one === act));

describe("the actions on a document", () => {
  it("follow its status", () => {
    expect(offered(invoice("draft"))).toEqual(["edit", "finalize", "void"]);
    expect(offered(invoice("open"))).toEqual(["send", "pay", "link", "credit", "void"]);
    expect(offered(invoice("overdue", { paidMinor: 100 }))).toEqual([
      "send",
      "pay",
      "link",
      "credit",
    ]);
    expect(offered(invoice("void"))).toEqual([]);
    const quote = { kind: "quote", number: "QUO-2026-001" } as const;
    expect(offered(invoice("pending", quote))).toEqual([
      "send",
      "accept",
      "convert",
      "reject",
      "link",
    ]);
    expect(offered(invoice("accepted", quote))).toEqual(["send", "convert", "link"]);
    expect(offered(invoice("issued", { kind: "credit_note" }))).toEqual(["send", "link"]);
  });

  it("are more on a page, by its state", () => {
    expect(more(invoice("draft"))).toEqual(["duplicate", "repeat"]);
    expect(more({ ...invoice("open"), heldMinor: 5 })).toEqual([
      "apply-balance",
      "duplicate",
      "repeat",
    ]);
    expect(more(invoice("overdue", { paidMinor: 1 }))).toEqual([
      "remind",
      "refund",
      "duplicate",
      "repeat",
    ]);
    expect(more(invoice("void"))).toEqual(["duplicate"]);
  });

  it("are fewer for a member and for its recipient, and none for a viewer", () => {
    expect(offered(invoice("draft"), "member")).toEqual(["edit"]);
    expect(offered(invoice("open"), "member")).toEqual(["send", "link"]);
    const received = { kind: "quote", own: false, number: "QUO-1" } as const;
    expect(offered(invoice("pending", received))).toEqual(["accept", "reject"]);
    for (const status of ["draft", "open", "paid"] as const) {
      expect(offered(invoice(status), "viewer")).toEqual([]);
    }
  });
});
