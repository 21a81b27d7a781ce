/** Pure. What XRechnung 3.0 asks beside the norm, in either syntax. */
import type { Rules } from "./ask.ts";
import { linkRules } from "./attachment.ts";
import { xrechnungGermanRules } from "./de.ts";
import { sharedPeppolRules } from "./peppol.ts";

export const XRECHNUNG: readonly Rules[] = [xrechnungGermanRules, sharedPeppolRules, linkRules];
