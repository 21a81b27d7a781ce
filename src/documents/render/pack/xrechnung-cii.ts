/** Pure. XRechnung 3.0 in CII. */

import { ciiRules } from "../gap/cii.ts";
import { NORM } from "../gap/en16931.ts";
import { XRECHNUNG } from "../gap/xrechnung.ts";
import type { Pack } from "./pack.ts";
import { PEPPOL_BILLING } from "./peppol.ts";

/** BT-24 of XRechnung 3.0, in either syntax. */
export const XRECHNUNG_3 = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0";

export const XRECHNUNG_CII = {
  name: "XRechnung 3.0 (CII)",
  syntax: "cii",
  customizationId: XRECHNUNG_3,
  profileId: PEPPOL_BILLING,
  depositCode: "326",
  rules: [...NORM, ciiRules, ...XRECHNUNG],
  adapt: null,
} as const satisfies Pack;
