/** Pure. The national rules that Peppol BIS Billing 3 carries: a country is a file and a line. */
import type { Rules } from "./ask.ts";
import { peppolGermanRules } from "./de.ts";
import { danishRules } from "./dk.ts";
import { greekRules } from "./gr.ts";
import { icelandicRules } from "./is.ts";
import { italianRules } from "./it.ts";
import { dutchRules } from "./nl.ts";
import { norwegianRules } from "./no.ts";
import { swedishRules } from "./se.ts";

export const NATIONAL: readonly Rules[] = [
  norwegianRules,
  danishRules,
  italianRules,
  swedishRules,
  greekRules,
  icelandicRules,
  dutchRules,
  peppolGermanRules,
];
