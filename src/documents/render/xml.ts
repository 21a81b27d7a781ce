/** A document as a stand-alone e-invoice: its XML, and what it lacks. */
import { Problem } from "../../core/errors.ts";
import { dateText } from "../../core/period.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { noteIssuedFile } from "../chain/issued-file.ts";
import { KINDS } from "../kind/registry.ts";
import type { Document } from "../store/row.ts";
import { causesOf, type Gap, MAX_NAMED_GAPS } from "./gap/ask.ts";
import { formatFor } from "./pack/choose.ts";
import { type EInvoiceFormat, PACKS } from "./pack/registry.ts";
import { eInvoiceXml, missingFields } from "./pack/write.ts";
import { modelOf, type Surroundings } from "./present/present.ts";
import { surroundingsOf, withContents } from "./print.ts";

/** A document's e-invoice in a format: what it lacks, or would lack once it has its number. */
export type EInvoiceState = { format: EInvoiceFormat; gaps: Gap[] };

/**
 * The XML of an invoice or credit note, in the format that was chosen for it unless one is named.
 * Errors: 422 `einvoice.incomplete` naming each field that is missing, with the rule that asks for
 * it and what to do.
 */
export async function xmlOf(
  env: Env,
  document: Document,
  named: EInvoiceFormat | undefined,
  nowMs: number,
): Promise<{ format: EInvoiceFormat; xml: string }> {
  const around = await surroundingsOf(env, document, nowMs);
  const format = named ?? formatFor(around.buyer);
  const model = modelOf(document, around, "issued");
  const gaps = missingFields(model, format);
  if (gaps.length > 0) throw incomplete({ format, gaps });
  const xml = eInvoiceXml(await withContents(env, document, model), format);
  if (document.number !== null) await noteIssuedFile(env, document.id, xml);
  return { format, xml };
}

/**
 * What a document lacks for the format that was chosen for it, or for the one that is named: a
 * draft as if it got its number now. Null for a document that is no e-invoice: another kind, or a
 * draft that was discarded.
 */
export async function eInvoiceOf(
  env: Env,
  document: Document,
  nowMs: number,
  named?: EInvoiceFormat,
): Promise<EInvoiceState | null> {
  return eInvoiceIn(document, await surroundingsOf(env, document, nowMs), named);
}

/** The same where what its page shows beside its rows was read. */
export function eInvoiceIn(
  document: Document,
  around: Surroundings,
  named?: EInvoiceFormat,
): EInvoiceState | null {
  const { kind, status, number } = document;
  if (KINDS[kind].eInvoice === null || (status === "void" && number === null)) return null;
  const format = named ?? formatFor(around.buyer);
  const final = document.number === null ? numbered(document, around.nowMs) : document;
  return { format, gaps: missingFields(modelOf(final, around, "issued"), format) };
}

/** A draft as it will be once it has its number, whatever that is. */
function numbered(draft: Document, nowMs: number): Document {
  const today = dateText(nowMs, draft.timeZone);
  const due = KINDS[draft.kind].dueDate === null ? null : (draft.dueDate ?? today);
  return { ...draft, number: "1", issueDate: today, dueDate: due };
}

/** The problem that says what a document lacks for a format, cause by cause. */
export function incomplete({ format, gaps }: EInvoiceState): Problem {
  const causes = causesOf(gaps.slice(0, MAX_NAMED_GAPS));
  const fields = [...new Set(causes.map(({ field }) => field))].join(", ");
  return new Problem("einvoice.incomplete", `${PACKS[format].name} lacks ${fields}`, {
    errors: causes.map(({ field, rules, detail, remedy }) => ({
      pointer: `/${field.replaceAll(".", "/")}`,
      detail: `${detail} (${rules.join(", ")}). ${remedy}`,
    })),
  });
}
