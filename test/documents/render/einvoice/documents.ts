/** Documents to write e-invoices of, from what callers send to the model that is printed. Pure. */
import { Problem } from "../../../../src/core/errors.ts";
import { contentFor } from "../../../../src/documents/model/content.ts";
import { creditOf } from "../../../../src/documents/model/credit-note.ts";
import { uncredited } from "../../../../src/documents/model/left.ts";
import type { DocumentModel } from "../../../../src/documents/model/model.ts";
import {
  type DocumentParticulars,
  takenBack,
} from "../../../../src/documents/model/particulars.ts";
import { DEFAULT_BRANDING, type Parties } from "../../../../src/documents/model/party.ts";
import type { Deposit } from "../../../../src/documents/model/settlement.ts";
import { totalsOf } from "../../../../src/documents/model/totals.ts";
import { blankCustomer, defaultIssuer } from "../../../../src/documents/party/party-store.ts";
import { modelOf } from "../../../../src/documents/render/present/present.ts";
import { contentFrom, customerFrom, issuerFrom } from "../../../../src/documents/schema/input.ts";
import type {
  ContentInput,
  CustomerChange,
  IssuerInput,
  LineInput,
} from "../../../../src/documents/schema/schema.ts";
import {
  chargedOf,
  contentOf,
  creditSettlement,
  type Document,
  draftOf,
} from "../../../../src/documents/store/row.ts";
import { brandingOf, buyerOf, sellerOf } from "../../../../src/documents/store/snapshot.ts";

export type Given = {
  issuer?: Partial<IssuerInput>;
  customer?: Partial<CustomerChange>;
  document?: Partial<ContentInput>;
  /** Whether it is the credit note for all of it. */
  credit?: boolean;
  /** Purchased credit that is taken. */
  prepaidMinor?: bigint;
  /** What a deposit took before, at most the total. */
  depositedMinor?: bigint;
  /** Names of PDF files beside it. */
  files?: string[];
};

export const SELLER: IssuerInput = {
  legal_name: "Beispiel Technik GmbH",
  vat_id: "DE123456789",
  legal_id: { value: "HRB 1234" },
  contact_name: "Ada Muster",
  phone: "+49 30 1234567",
  email: "rechnung@seller.example",
  address: { lines: ["Musterweg 1"], city: "Berlin", postal_code: "10115", country: "DE" },
  electronic_address: { scheme: "9930", value: "DE123456789" },
  bank: { iban: "DE89370400440532013000", bic: "COBADEFFXXX" },
  currency: "EUR",
  tax: { category: "S", percent: 19 },
};

export const BUYER: CustomerChange & { name: string } = {
  name: "Kunde AG",
  vat_id: "DE987654321",
  legal_id: { value: "HRB 99" },
  address: { lines: ["Kundenstraße 2"], city: "Hamburg", postal_code: "20095", country: "DE" },
  electronic_address: { scheme: "9930", value: "DE987654321" },
};

/** A line of two hours at 120.00, unless it says otherwise. */
export function lineOf(more: Partial<LineInput> = {}): LineInput {
  return { name: "Beratung", quantity: "2", unit_price: "120", unit_code: "HUR", ...more };
}

const NOW_MS = Date.parse("2026-11-30T10:00:00Z");

/** The model of a final document. Errors: those of the routes, where it cannot be. */
export function modelFor(whole: Given): DocumentModel {
  const { issuer, customer, document, credit, prepaidMinor = 0n, files = [] } = whole;
  const parties: Parties = {
    issuer: issuerFrom({ ...SELLER, ...issuer }, defaultIssuer("ten_1", "Acme")),
    customer: customerFrom({ ...BUYER, ...customer }, blankCustomer("cus_1", "ten_1", "Kunde AG")),
    branding: DEFAULT_BRANDING,
    scope: "",
  };
  const given = { buyer_reference: "R-1", delivery_date: "2026-11-20", lines: [lineOf()] };
  const asked = contentFrom("invoice", { ...given, ...document }, parties);
  const { totalMinor } = totalsOf(asked);
  let prepaid = totalMinor;
  if (prepaidMinor < totalMinor) prepaid = prepaidMinor;
  const rest = totalMinor - prepaid;
  const { depositedMinor: deposited = 0n } = whole;
  const content = {
    ...asked,
    prepaidMinor: prepaid,
    settlement: { ...asked.settlement, deposits: depositsOf(deposited, rest) },
    particulars: withFiles(asked.particulars, files),
  };
  const written = { id: "inv_1", parties, content, totals: totalsOf(content), nowMs: NOW_MS };
  const invoice = final(draftOf(written), parties);
  return credit ? creditModel(invoice, parties) : model(invoice, parties, null);
}

function depositsOf(paidMinor: bigint, mostMinor: bigint): Deposit[] {
  const totalMinor = paidMinor > mostMinor ? mostMinor : paidMinor;
  if (totalMinor <= 0n) return [];
  const deposit = { id: "inv_0", number: "INV-2026-000", date: "2026-11-02", taxes: [] };
  return [{ ...deposit, totalMinor: `${totalMinor}` }];
}

function withFiles(particulars: DocumentParticulars | null, names: readonly string[]) {
  const type = "application/pdf" as const;
  const file = { type, size: 1, sha256: "0", key: "attachment/ten_1/inv_1/att_1" };
  const files = names.map((name) => ({ name, description: null, url: null, file }));
  const attachments = [...(particulars?.attachments ?? []), ...files];
  return attachments.length === 0 ? particulars : { ...particulars, attachments };
}

/** Null where it could not become final, such as one that comes to less than nothing. */
export function modelOrNull(given: Given): DocumentModel | null {
  try {
    const model = modelFor(given);
    return BigInt(model.totals.totalMinor) < 0n ? null : model;
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

function final(draft: Document, parties: Parties): Document {
  const [number, dueDate] =
    draft.kind === "invoice" ? ["INV-2026-001", "2026-12-14"] : ["CN-2026-001", "2026-11-30"];
  return {
    ...draft,
    status: draft.kind === "invoice" ? "open" : "issued",
    number,
    issueDate: "2026-11-30",
    dueDate,
    seller: sellerOf(parties),
    buyer: buyerOf(parties),
    branding: brandingOf(parties),
  };
}

function model(document: Document, parties: Parties, origin: Document | null): DocumentModel {
  const around = {
    seller: sellerOf(parties),
    buyer: buyerOf(parties),
    branding: brandingOf(parties),
    origin: origin && { kind: origin.kind, number: "INV-2026-001", date: "2026-11-30" },
    nowMs: NOW_MS,
  };
  const shown = modelOf(document, around, "issued");
  if (!shown.attachments) return shown;
  const attachments = shown.attachments.map((one) =>
    one.type === null ? one : { ...one, content: "QQ==" },
  );
  return { ...shown, attachments };
}

function creditModel(invoice: Document, parties: Parties): DocumentModel {
  const charged = chargedOf(invoice);
  const { lines, adjustments, totals } = creditOf(charged, uncredited(charged), null);
  const original = contentOf(invoice);
  const content = contentFor(parties, {
    ...original,
    kind: "credit_note",
    settlement: creditSettlement(invoice, invoice.totalMinor),
    particulars: takenBack(original.particulars),
    originId: invoice.id,
    reason: "Storno",
    prepaidMinor: 0n,
    lines,
    adjustments,
  });
  const draft = draftOf({ id: "crn_1", parties, content, totals, nowMs: NOW_MS });
  return model(final(draft, parties), parties, invoice);
}
