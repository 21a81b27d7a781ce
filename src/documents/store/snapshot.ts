/** Pure. What a document keeps of those it concerns from the day on which it becomes final. */
import { CURRENT_VERSION } from "../model/model.ts";
import {
  type BrandingSnapshot,
  type BuyerSnapshot,
  chosenFormat,
  type Parties,
  pageSizeOf,
  type SellerSnapshot,
} from "../model/party.ts";

/** What a document keeps of its parties, as they are now. */
export function snapshotsOf(parties: Parties): {
  seller: SellerSnapshot;
  buyer: BuyerSnapshot;
  branding: BrandingSnapshot;
} {
  return { seller: sellerOf(parties), buyer: buyerOf(parties), branding: brandingOf(parties) };
}

/** The seller as a document keeps it. */
export function sellerOf({ issuer }: Parties): SellerSnapshot {
  const { party, bank, payUrl, particulars } = issuer;
  return { party, bank, payUrl, ...(particulars ? { particulars } : {}) };
}

/** The buyer as a document keeps it. */
export function buyerOf(parties: Parties): BuyerSnapshot {
  const { party, shipTo, email, mandate } = parties.customer;
  return { party, shipTo, email, mandate, eInvoiceFormat: chosenFormat(parties) };
}

/** How a document looks, as it keeps it: with the paper's size and the template's version. */
export function brandingOf({ issuer, branding, customer }: Parties): BrandingSnapshot {
  return { ...branding, pageSize: pageSizeOf(issuer, customer), templateVersion: CURRENT_VERSION };
}
