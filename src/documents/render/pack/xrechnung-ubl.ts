/** Pure. XRechnung 3.0 in UBL. */
import { NORM } from "../gap/en16931.ts";
import { ublRules } from "../gap/ubl.ts";
import { XRECHNUNG } from "../gap/xrechnung.ts";
import type { Pack } from "./pack.ts";
import { PEPPOL_BILLING } from "./peppol.ts";
import { XRECHNUNG_3 } from "./xrechnung-cii.ts";

export const XRECHNUNG_UBL = {
  name: "XRechnung 3.0 (UBL)",
  syntax: "ubl",
  customizationId: XRECHNUNG_3,
  profileId: PEPPOL_BILLING,
  depositCode: "326",
  rules: [...NORM, ublRules, ...XRECHNUNG],
  adapt: null,
} as const satisfies Pack;
