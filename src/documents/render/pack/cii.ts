/** Pure. EN 16931 in CII: the format that Factur-X 1.09 / ZUGFeRD 2.5 carry in a PDF. */
import { EN_16931 } from "../einvoice/semantic.ts";
import { ciiRules } from "../gap/cii.ts";
import { NORM } from "../gap/en16931.ts";
import type { Pack } from "./pack.ts";

export const CII = {
  name: "EN 16931 (CII, Factur-X, ZUGFeRD)",
  syntax: "cii",
  ...EN_16931,
  rules: [...NORM, ciiRules],
  adapt: null,
} as const satisfies Pack;
