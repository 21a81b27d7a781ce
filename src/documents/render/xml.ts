/** A final document as a stand-alone e-invoice. */
import { Problem } from "../../core/errors.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Document } from "../store/row.ts";
import { ciiXml } from "./einvoice/cii.ts";
import { type EInvoiceFormat, type Gap, missingFields } from "./einvoice/gaps.ts";
import { ublXml } from "./einvoice/ubl.ts";
import { presentDocument, withContents } from "./print.ts";

/**
 * The XML of an invoice or credit note. Errors: 422 `einvoice.incomplete` naming each field that is
 * missing, with the rule that asks for it.
 */
export async function xmlOf(
  env: Env,
  document: Document,
  format: EInvoiceFormat,
  nowMs: number,
): Promise<string> {
  const page = await presentDocument(env, document, { rendition: "issued", nowMs });
  const gaps = missingFields(page.model, format);
  if (gaps.length > 0) throw incomplete(gaps);
  const model = await withContents(page);
  return format === "cii" ? ciiXml(model) : ublXml(model);
}

function incomplete(gaps: Gap[]): Problem {
  const errors = gaps.map(({ field, rule, detail }) => ({
    pointer: `/${field.replaceAll(".", "/")}`,
    detail: `${detail} (${rule})`,
  }));
  const fields = gaps.map(({ field }) => field).join(", ");
  return new Problem("einvoice.incomplete", `missing: ${fields}`, { errors });
}
