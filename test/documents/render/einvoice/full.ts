/** Pure. An invoice with everything that few documents say. */
import type { DocumentModel } from "../../../../src/documents/model/model.ts";
import { sampleInvoice, sampleLine } from "../pdf/sample.ts";

export function fullInvoice(more: Partial<DocumentModel> = {}): DocumentModel {
  const sample = sampleInvoice();
  const [first, ...others] = sample.lines;
  if (!first) throw new RangeError("the sample has lines");
  return {
    ...sample,
    seller: {
      ...sample.seller,
      identifiers: [
        { scheme: "0088", value: "4012345000009" },
        { scheme: null, value: "SUP-7" },
      ],
      legalInformation: "Amtsgericht Berlin HRB 12345",
    },
    buyer: { ...sample.buyer, customerNumber: "K-4711" },
    payee: {
      name: "Factor Bank AG",
      id: { scheme: "0088", value: "4012345000023" },
      legalId: { scheme: null, value: "HRB 777" },
    },
    taxRepresentative: {
      name: "Fiscal Rep BV",
      vatId: "NL001234567B01",
      address: {
        street: "Damrak",
        houseNumber: "1",
        lines: [],
        city: "Amsterdam",
        postalCode: "1012 LG",
        region: null,
        country: "NL",
      },
    },
    references: {
      ...sample.references,
      purchaseOrder: "PO-9",
      buyerReference: "04011000-12345-34",
      further: {
        salesOrder: "SO-1",
        contract: "C-2",
        project: "P-3",
        receivingAdvice: "RA-4",
        despatchAdvice: "DA-5",
        tender: "T-6",
        invoicedObject: { scheme: "ABZ", value: "Meter 7" },
        accountingReference: "4400-12",
        precedingInvoices: [
          { number: "INV-1", date: "2026-01-02" },
          { number: "INV-2", date: null },
        ],
      },
    },
    lines: [
      sampleLine({
        ...first,
        quantity: "1000",
        unitPrice: "499",
        particulars: {
          baseQuantity: "1000",
          grossPrice: "520",
          note: "Keep dry",
          sellerItemId: "S-1",
          buyerItemId: "B-2",
          standardItemId: { scheme: "0160", value: "04012345000009" },
          originCountry: "FR",
          attributes: [
            { name: "Colour", value: "red" },
            { name: "Size", value: "M" },
          ],
          orderLine: "10",
          accountingReference: "4400-13",
          objectId: { scheme: "ABZ", value: "Meter 8" },
        },
      }),
      ...others,
    ],
    ...more,
  };
}
