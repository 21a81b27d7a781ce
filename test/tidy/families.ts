/** The families of variants, and the folder whose files may ask for a variant's name. */
import { MODELS } from "../../src/billing/price/registry.ts";
import { PROVIDERS } from "../../src/billing/provider/registry.ts";
import { PROVIDER_NAMES } from "../../src/delivery/email/provider/registry.ts";
import { DOCUMENT_KINDS } from "../../src/documents/kind/registry.ts";
import { LANGUAGES } from "../../src/documents/language/registry.ts";
import { E_INVOICE_FORMATS } from "../../src/documents/render/pack/registry.ts";
import { AGGREGATION_NAMES } from "../../src/metering/aggregation/registry.ts";
import { FORMATS } from "../../src/metering/intake/registry.ts";
import type { Family } from "./style.ts";

export const FAMILIES: readonly Family[] = [
  { family: "aggregation", names: AGGREGATION_NAMES, own: /^src\/metering\/aggregation\// },
  { family: "usage format", names: Object.keys(FORMATS), own: /^src\/metering\/intake\// },
  { family: "price model", names: MODELS, own: /^src\/billing\/price\// },
  { family: "payment provider", names: PROVIDERS, own: /^src\/billing\/provider\// },
  { family: "document kind", names: DOCUMENT_KINDS, own: /^src\/documents\/kind\// },
  { family: "e-invoice format", names: E_INVOICE_FORMATS, own: /^src\/documents\/render\/pack\// },
  { family: "language", names: LANGUAGES, own: /^src\/documents\/language\// },
  { family: "e-mail provider", names: PROVIDER_NAMES, own: /^src\/delivery\/email\/provider\// },
];
