/** The families of variants, and the files that may ask for a variant's name. */
import type { Family } from "./style.ts";

export const FAMILIES: readonly Family[] = [
  {
    family: "aggregation",
    names: ["sum", "count", "max", "min", "latest", "unique"],
    own: /^src\/metering\/aggregation\//,
  },
  {
    family: "price model",
    names: ["per_unit", "graduated", "volume", "package", "flat"],
    own: /^src\/billing\/price\//,
  },
  {
    family: "payment provider",
    names: ["stripe", "razorpay"],
    own: /^src\/billing\/provider\//,
  },
  {
    family: "document kind",
    names: ["invoice", "quote", "credit_note"],
    own: /^src\/documents\/kind\//,
  },
];
