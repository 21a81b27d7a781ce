/** Pure. Peppol BIS Billing 3 in UBL, with the national rules that it carries. */
import type { DocumentModel } from "../../model/model.ts";
import { peppolAttachmentRules } from "../gap/attachment.ts";
import { danishPayment } from "../gap/dk.ts";
import { NORM } from "../gap/en16931.ts";
import { NATIONAL } from "../gap/national.ts";
import { peppolRules, sharedPeppolRules } from "../gap/peppol.ts";
import { ublRules } from "../gap/ubl.ts";
import type { Pack } from "./pack.ts";

/** BT-23 of an invoice or credit note that answers an order or a contract. */
export const PEPPOL_BILLING = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0";

export const PEPPOL = {
  name: "Peppol BIS Billing 3 (UBL)",
  syntax: "ubl",
  customizationId: "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
  profileId: PEPPOL_BILLING,
  rules: [
    ...NORM,
    ublRules,
    ...[sharedPeppolRules, peppolRules, peppolAttachmentRules],
    ...NATIONAL,
  ],
  adapt: (model: DocumentModel) => ({ ...model, payment: danishPayment(model) }),
} as const satisfies Pack;
