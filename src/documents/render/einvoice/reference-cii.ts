/** Pure. What a document refers to, in CII; the order is that of the schema. */
import type { FurtherReferences, Identifier } from "../../model/particulars.ts";
import type { SemanticInvoice } from "./semantic.ts";
import { branch, leaf } from "./xml.ts";

const named = (name: string, id: string | null | undefined) =>
  branch(name, leaf("ram:IssuerAssignedID", id));

/** Of UNTDID 1001: what is invoiced, and a call for tenders or a lot. */
const OBJECT = "130";
const TENDER = "50";

/** Orders, contract, tender, what is invoiced and project: the end of the agreement. */
export function agreementReferences(invoice: SemanticInvoice): string {
  const { purchaseOrder, further = {} } = invoice.model.references;
  return [
    named("ram:SellerOrderReferencedDocument", further.salesOrder),
    named("ram:BuyerOrderReferencedDocument", purchaseOrder),
    named("ram:ContractReferencedDocument", further.contract),
    further.tender
      ? branch(
          "ram:AdditionalReferencedDocument",
          leaf("ram:IssuerAssignedID", further.tender),
          leaf("ram:TypeCode", TENDER),
        )
      : "",
    objectReference(further.invoicedObject),
    further.project
      ? branch(
          "ram:SpecifiedProcuringProject",
          leaf("ram:ID", further.project),
          // The schema asks for a name, of which the norm knows nothing.
          leaf("ram:Name", "Project reference"),
        )
      : "",
  ].join("");
}

/** What a document or a line is about (BT-18, BT-128). */
export function objectReference(object: Identifier | undefined): string {
  if (!object) return "";
  return branch(
    "ram:AdditionalReferencedDocument",
    leaf("ram:IssuerAssignedID", object.value),
    leaf("ram:TypeCode", OBJECT),
    leaf("ram:ReferenceTypeCode", object.scheme),
  );
}

/** Despatch and receiving advice: the end of the delivery. */
export function adviceReferences({ despatchAdvice, receivingAdvice }: FurtherReferences): string {
  return [
    named("ram:DespatchAdviceReferencedDocument", despatchAdvice),
    named("ram:ReceivingAdviceReferencedDocument", receivingAdvice),
  ].join("");
}

/** Invoices before it, and where the buyer books it: the end of the settlement. */
export function settlementReferences(invoice: SemanticInvoice): string {
  return [
    ...invoice.precedingInvoices.map(({ number, date }) =>
      branch(
        "ram:InvoiceReferencedDocument",
        leaf("ram:IssuerAssignedID", number),
        branch(
          "ram:FormattedIssueDateTime",
          leaf("qdt:DateTimeString", date?.replaceAll("-", ""), { format: "102" }),
        ),
      ),
    ),
    accountingAccount(invoice.model.references.further?.accountingReference),
  ].join("");
}

/** Where the buyer books a document or a line (BT-19, BT-133). */
export function accountingAccount(reference: string | undefined): string {
  return branch("ram:ReceivableSpecifiedTradeAccountingAccount", leaf("ram:ID", reference));
}
