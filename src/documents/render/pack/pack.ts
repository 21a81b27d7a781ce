/**
 * Pure. What there is to know of a format of e-invoices. Each is a file of its own here and a line
 * in `registry.ts`; all are written from the same semantic core (`einvoice/semantic.ts`).
 */
import type { DocumentModel } from "../../model/model.ts";
import type { Rules } from "../gap/ask.ts";

/** The XML that a format is written in: Cross Industry Invoice D22B, or UBL 2.1. */
export type Syntax = "cii" | "ubl";

export type Pack = {
  /** As people know it: "XRechnung 3.0 (UBL)". */
  name: string;
  syntax: Syntax;
  /** BT-24: CustomizationID in UBL, the guideline's id in CII. */
  customizationId: string;
  /** BT-23: ProfileID in UBL, the business process's id in CII; null where it has none. */
  profileId: string | null;
  /** BT-3 of a deposit, where it is the same for all; else it is by the parties' countries. */
  depositCode?: "326";
  /** What it needs: what these rules ask for, and a document does not have, is a gap. */
  rules: readonly Rules[];
  /** What it says otherwise than the document's page, such as a code of its country; or null. */
  adapt: ((model: DocumentModel) => DocumentModel) | null;
};
