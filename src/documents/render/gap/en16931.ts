/** Pure. What the European norm asks of every e-invoice, whatever its syntax and its country. */
import type { Rules } from "./ask.ts";
import { attachmentRules } from "./attachment.ts";
import { documentRules } from "./document.ts";
import { lineRules } from "./line.ts";
import { deliveryRules, othersRules, partyRules } from "./party.ts";
import { paymentRules } from "./payment.ts";
import { taxRules } from "./tax.ts";

export const NORM: readonly Rules[] = [
  documentRules,
  partyRules,
  othersRules,
  deliveryRules,
  lineRules,
  taxRules,
  paymentRules,
  attachmentRules,
];
