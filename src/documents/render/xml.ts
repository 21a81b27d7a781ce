/** A final document as a stand-alone e-invoice. */
import { Problem } from "../../core/errors.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Document } from "../store/row.ts";
import { causesOf, type Gap } from "./gap/ask.ts";
import { type EInvoiceFormat, PACKS } from "./pack/registry.ts";
import { eInvoiceXml, missingFields } from "./pack/write.ts";
import { presentDocument } from "./print.ts";

/**
 * The XML of an invoice or credit note. Errors: 422 `einvoice.incomplete` naming each field that is
 * missing, with the rule that asks for it and what to do.
 */
export async function xmlOf(
  env: Env,
  document: Document,
  format: EInvoiceFormat,
  nowMs: number,
): Promise<string> {
  const { model } = await presentDocument(env, document, { rendition: "issued", nowMs });
  const gaps = missingFields(model, format);
  if (gaps.length > 0) throw incomplete(gaps, format);
  return eInvoiceXml(model, format);
}

/** The problem that says what a document lacks for a format, cause by cause. */
export function incomplete(gaps: readonly Gap[], format: EInvoiceFormat): Problem {
  const causes = causesOf(gaps);
  const fields = [...new Set(causes.map(({ field }) => field))].join(", ");
  return new Problem("einvoice.incomplete", `${PACKS[format].name} lacks ${fields}`, {
    errors: causes.map(({ field, rules, detail, remedy }) => ({
      pointer: `/${field.replaceAll(".", "/")}`,
      detail: `${detail} (${rules.join(", ")}). ${remedy}`,
    })),
  });
}
