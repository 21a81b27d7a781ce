/** Pure. Italy's rules of Peppol, for sellers whose VAT id or address is Italian. */
import { enter, has, hasStreet, type Rules } from "./ask.ts";
import { isSellerFrom } from "./origin.ts";

/** IT-R-001 to -004. */
export const italianRules: Rules = (invoice, ask) => {
  if (!isSellerFrom(invoice, "IT")) return;
  const { taxNumber, address } = invoice.model.seller;
  if (has(taxNumber)) {
    ask(/^[A-Z0-9]{11,16}$/.test(taxNumber.trim()), "IT-R-001", {
      field: "seller.tax_number",
      detail: "an Italian tax number has 11 to 16 letters and digits",
      remedy: enter.inProfile("your codice fiscale, or no tax number", "tax_number"),
    });
  }
  ask(hasStreet(address), "IT-R-002", {
    field: "seller.address.lines",
    detail: "an Italian seller's address has a street",
    remedy: enter.inProfile("street and number of your address", "address.lines"),
  });
  ask(has(address.city), "IT-R-003", {
    field: "seller.address.city",
    detail: "an Italian seller's address has a city",
    remedy: enter.inProfile("the city of your address", "address.city"),
  });
  ask(has(address.postalCode), "IT-R-004", {
    field: "seller.address.postal_code",
    detail: "an Italian seller's address has a post code",
    remedy: enter.inProfile("the post code (CAP) of your address", "address.postal_code"),
  });
};
