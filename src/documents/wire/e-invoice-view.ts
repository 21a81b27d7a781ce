/** What callers read of a document's e-invoice: its format, and what it lacks for it. */
import { z } from "@hono/zod-openapi";
import type { Env } from "../../platform/runtime/env.ts";
import { MAX_NAMED_GAPS } from "../render/gap/ask.ts";
import { E_INVOICE_FORMATS } from "../render/pack/registry.ts";
import { findingsOf } from "../render/readable.ts";
import type { EInvoiceState } from "../render/xml.ts";
import type { Document } from "../store/row.ts";
import { documentView, showDocument } from "./document-view.ts";

const text = z.string();
const format = z.enum(E_INVOICE_FORMATS);
const warning = z
  .object({
    format,
    field: text.openapi({ example: "seller.address.country" }),
    rule: text.openapi({ example: "BR-09" }),
    detail: text,
    remedy: text,
  })
  .openapi("EInvoiceWarning");

export const eInvoiceView = z
  .object({
    format,
    warnings: z.array(warning).openapi({
      description: "what it lacks to be a valid e-invoice: field, rule, and what to do",
    }),
  })
  .openapi("EInvoice");

const unreadableView = z
  .object({
    field: text.openapi({ example: "lines[0].name" }),
    characters: z.array(text).openapi({ description: "each once" }),
  })
  .openapi("UnreadableText");

/** A document with its e-invoice, as operations on one document answer it. */
export const answeredView = documentView
  .extend({
    e_invoice: eInvoiceView.nullable().openapi({
      description:
        "the format that was chosen for it and what it lacks for that, a draft as if it got its " +
        "number now; null for what is no e-invoice, and for who received it",
    }),
    unreadable: z
      .array(unreadableView)
      .nullable()
      .openapi({
        description:
          "its texts with characters that no font of the product has: its page shows a mark for " +
          "each; null for who received it, and where the fonts could not be read",
      }),
  })
  .openapi("Document");

/** What a document lacks for a format, as callers read it: the first of many. */
export function showEInvoice({ format, gaps }: EInvoiceState): z.infer<typeof eInvoiceView> {
  return { format, warnings: gaps.slice(0, MAX_NAMED_GAPS).map((gap) => ({ format, ...gap })) };
}

/** A document as its issuer, or whoever received it, is answered. */
export async function answerDocument(
  env: Env,
  reader: { tenantId: string },
  document: Document,
  nowMs: number,
): Promise<z.infer<typeof answeredView>> {
  const shown = showDocument(document, nowMs);
  if (document.issuer !== reader.tenantId) return { ...shown, e_invoice: null, unreadable: null };
  const { eInvoice, unreadable } = await findingsOf(env, document, nowMs);
  return { ...shown, e_invoice: eInvoice && showEInvoice(eInvoice), unreadable };
}
