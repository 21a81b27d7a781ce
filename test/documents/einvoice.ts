/** What tests of e-invoices start from: a German seller, and the XML of its documents. */
import { call } from "../support/api.ts";
import { LINE, makePair, type Pair } from "./api.ts";

const SELLER = {
  legal_name: "Muster GmbH",
  address: { lines: ["Hauptstr. 1"], city: "Berlin", postal_code: "10115", country: "DE" },
  vat_id: "DE123456789",
  contact_name: "Erika Muster",
  email: "rechnung@muster.example",
  phone: "+49 30 1234",
  electronic_address: { scheme: "9930", value: "DE123456789" },
  bank: { iban: "DE89370400440532013000" },
  currency: "EUR",
  time_zone: "Europe/Berlin",
};
const BUYER = {
  vat_id: "DE987654321",
  address: { lines: ["Weg 2"], city: "Hamburg", postal_code: "20095", country: "DE" },
  electronic_address: { scheme: "9930", value: "DE987654321" },
};

/** What is sold: two hours, of 301.00 and 57.19 of tax. */
export const SOLD = {
  currency: "EUR",
  buyer_reference: "B-1",
  lines: [{ ...LINE, tax: { category: "S", percent: 19 } }],
};

/** A seller and a buyer of whom e-invoices say enough; `more` is the seller's. */
export async function makeSeller(more = {}): Promise<Pair> {
  const pair = await makePair();
  await call(pair.issuer.key, "PUT", "/api/issuer", { ...SELLER, ...more });
  await call(pair.issuer.key, "PATCH", `/api/customers/${pair.customerId}`, BUYER);
  return pair;
}

/** The XML of a document; an error that says what it lacks. */
export async function xmlOf(
  pair: Pair,
  path: string,
  id: string,
  format: "cii" | "ubl",
): Promise<string> {
  const answer = await call(pair.issuer.key, "GET", `/api/${path}/${id}/xml?format=${format}`);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return new TextDecoder().decode(answer.bytes);
}
