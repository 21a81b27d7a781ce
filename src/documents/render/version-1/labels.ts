/**
 * Pure. Words that the first version of the pages had, and has: they were corrected since, and what
 * was printed by it is printed again byte for byte.
 */
import type { Labels } from "../../language/labels.ts";
import { type Language, labelsFor } from "../../language/registry.ts";

const FIRST: Partial<Record<Language, Partial<Labels>>> = {
  fr: {
    amountDueBy: "{amount} à payer avant le {date}",
    payByDebit: "Payé par prélèvement",
  },
  es: {
    amountDueBy: "{amount} por pagar antes del {date}",
    accountingTax: "Impuesto en {currency} a {rate} el {date}",
    payByDebit: "Pagado por domiciliación",
  },
  it: {
    payOnline: "Paga online",
    payByTransfer: "Paga con bonifico",
    payByDebit: "Pagata con addebito diretto",
    scanToPay: "Scansiona per pagare",
  },
  pt: {
    accountingTax: "Imposto em {currency} a {rate} em {date}",
    payByDebit: "Pago por débito direto",
    scanToPay: "Digitalizar para pagar",
  },
  nl: {
    issued: "Factuurdatum",
    validUntil: "Geldig tot",
    amountDueBy: "{amount} te betalen vóór {date}",
    quoteTotalUntil: "{amount}, geldig tot {date}",
    payByDebit: "Betaald per incasso",
  },
  pl: {
    amountCredited: "{amount} do zwrotu",
  },
  sv: {
    issued: "Fakturadatum",
    validUntil: "Giltig till",
    quoteTotalUntil: "{amount}, giltig till {date}",
  },
  ko: {
    payByTransfer: "계좌 이체로 결제",
    payByDebit: "자동 이체로 결제",
  },
  he: {
    scanToPay: "לתשלום יש לסרוק",
  },
  hi: {
    validUntil: "मान्य तिथि तक",
  },
};

/** The words of the first version's pages in a language. */
export function firstLabels(language: Language): Labels {
  return { ...labelsFor(language), ...FIRST[language] };
}
