/** Pure. What a document refers to, in UBL; the order is that of the schema. */
import type { FurtherReferences, Identifier } from "../../model/particulars.ts";
import type { SemanticInvoice } from "./semantic.ts";
import { branch, leaf } from "./xml.ts";

const named = (name: string, id: string | undefined) => branch(name, leaf("cbc:ID", id));

/** Of UNTDID 1001: what is invoiced, and a project where the syntax has no place for it. */
const OBJECT = "130";
const PROJECT = "50";

/** The order, invoices before it, advices, contract, tender and the rest, up to the parties. */
export function documentReferences(invoice: SemanticInvoice, credit: boolean): string {
  const { purchaseOrder, further = {} } = invoice.model.references;
  const tender = named("cac:OriginatorDocumentReference", further.tender);
  return [
    orderReference(purchaseOrder, further),
    ...invoice.precedingInvoices.map(({ number, date }) =>
      branch(
        "cac:BillingReference",
        branch("cac:InvoiceDocumentReference", leaf("cbc:ID", number), leaf("cbc:IssueDate", date)),
      ),
    ),
    named("cac:DespatchDocumentReference", further.despatchAdvice),
    named("cac:ReceiptDocumentReference", further.receivingAdvice),
    credit ? "" : tender,
    named("cac:ContractDocumentReference", further.contract),
    objectReference("cac:AdditionalDocumentReference", further.invoicedObject),
    credit && further.project
      ? branch(
          "cac:AdditionalDocumentReference",
          leaf("cbc:ID", further.project),
          leaf("cbc:DocumentTypeCode", PROJECT),
        )
      : "",
    credit ? tender : named("cac:ProjectReference", further.project),
  ].join("");
}

/** UBL wants the buyer's number of an order where the seller's is given. */
function orderReference(order: string | null, { salesOrder }: FurtherReferences): string {
  if (order === null && salesOrder === undefined) return "";
  return branch(
    "cac:OrderReference",
    leaf("cbc:ID", order ?? "NA"),
    leaf("cbc:SalesOrderID", salesOrder),
  );
}

/** What a document or a line is about (BT-18, BT-128). */
export function objectReference(name: string, object: Identifier | undefined): string {
  if (!object) return "";
  return branch(
    name,
    leaf("cbc:ID", object.value, object.scheme ? { schemeID: object.scheme } : {}),
    leaf("cbc:DocumentTypeCode", OBJECT),
  );
}
