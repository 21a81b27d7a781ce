/** EN 16931: each coded field has a code of its list, wherever it stands. Pure. */
import { isAttachmentType } from "../../../../src/documents/code/attachment-type.ts";
import { isCountryCode, isVatPrefix } from "../../../../src/documents/code/country.ts";
import { isInvoiceCurrency } from "../../../../src/documents/code/currency.ts";
import { isCreditNoteType, isInvoiceType } from "../../../../src/documents/code/document-type.ts";
import { isAddressScheme } from "../../../../src/documents/code/eas.ts";
import { isIcdScheme } from "../../../../src/documents/code/icd.ts";
import { isItemList } from "../../../../src/documents/code/item-list.ts";
import { isPaymentMeans } from "../../../../src/documents/code/payment-means.ts";
import { isAllowanceReason, isChargeReason } from "../../../../src/documents/code/reason.ts";
import { isUnitCode } from "../../../../src/documents/code/unit.ts";
import { isVatexCode } from "../../../../src/documents/code/vatex.ts";
import type { Facts, Text } from "./facts.ts";
import { allowances, charges, type Rule, rules } from "./rule.ts";

/** True where every code that is there is one of a list. */
const listed = (codes: (Text | undefined)[], isListed: (code: string) => boolean) =>
  codes.every((code) => code === null || code === undefined || isListed(code));

const attributes = ({ elements }: Facts, name: string) =>
  elements.map((element) => element.attributes[name]);

const CATEGORIES = new Set(["S", "Z", "E", "AE", "K", "G", "O", "L", "M"]);
const inDocument = (facts: Facts) => [...facts.taxes, ...facts.adjustments.map(({ tax }) => tax)];
const reasonsIn = (facts: Facts, of: typeof charges) => [facts, ...facts.lines].flatMap(of);

export const CODES: Rule[] = rules([
  [
    "BR-CL-01",
    "its type is one of an invoice's, or of a credit note's",
    (f) => listed([f.type], (code) => isInvoiceType(code) || isCreditNoteType(code)),
  ],
  [
    "BR-CL-03",
    "each amount's currency",
    (f) => listed(attributes(f, "currencyID"), isInvoiceCurrency),
  ],
  ["BR-CL-04", "its currency", (f) => listed([f.currency], isInvoiceCurrency)],
  ["BR-CL-05", "the seller's currency", (f) => listed([f.taxCurrency], isInvoiceCurrency)],
  [
    "BR-CL-10",
    "the scheme of a party's id",
    (f) =>
      listed(
        [f.seller, f.buyer, f.payee].flatMap((party) => party?.ids.map(({ scheme }) => scheme)),
        isIcdScheme,
      ),
  ],
  [
    "BR-CL-11",
    "the scheme of a party's registration",
    (f) =>
      listed(
        [f.seller, f.buyer, f.payee].map((party) => party?.legalId?.scheme),
        isIcdScheme,
      ),
  ],
  [
    "BR-CL-13",
    "the list that an article's class is of",
    (f) =>
      listed(
        f.lines.flatMap(({ classes }) => classes.map(({ list }) => list)),
        isItemList,
      ),
  ],
  [
    "BR-CL-14",
    "each country",
    (f) =>
      listed(
        [f.seller, f.buyer, f.taxRepresentative, f.delivery].map((one) => one?.address?.country),
        isCountryCode,
      ),
  ],
  [
    "BR-CL-16",
    "how it is paid",
    (f) =>
      listed(
        f.payments.map(({ code }) => code),
        isPaymentMeans,
      ),
  ],
  [
    "BR-CL-17",
    "a tax's category",
    (f) =>
      listed(
        inDocument(f).map(({ category }) => category),
        (code) => CATEGORIES.has(code),
      ),
  ],
  [
    "BR-CL-18",
    "a line's category",
    (f) =>
      listed(
        f.lines.map(({ tax }) => tax.category),
        (code) => CATEGORIES.has(code),
      ),
  ],
  [
    "BR-CL-19",
    "why something is taken off",
    (f) =>
      listed(
        reasonsIn(f, allowances).map((a) => a.reasonCode),
        isAllowanceReason,
      ),
  ],
  [
    "BR-CL-20",
    "why something is charged",
    (f) =>
      listed(
        reasonsIn(f, charges).map((a) => a.reasonCode),
        isChargeReason,
      ),
  ],
  [
    "BR-CL-21",
    "the scheme of an article's number",
    (f) =>
      listed(
        f.lines.map(({ standardId }) => standardId?.scheme),
        isIcdScheme,
      ),
  ],
  [
    "BR-CL-22",
    "why there is no tax",
    (f) =>
      listed(
        f.taxes.map((t) => t.reasonCode),
        isVatexCode,
      ),
  ],
  ["BR-CL-23", "each unit", (f) => listed(attributes(f, "unitCode"), isUnitCode)],
  [
    "BR-CL-24",
    "a file's media type",
    (f) =>
      listed(
        f.attachments.map(({ file }) => file?.type),
        isAttachmentType,
      ),
  ],
  [
    "BR-CL-25",
    "the scheme of an electronic address",
    (f) =>
      listed(
        [f.seller, f.buyer].map((one) => one.endpoint?.scheme),
        isAddressScheme,
      ),
  ],
  [
    "BR-CO-09",
    "the country that a VAT id begins with",
    (f) =>
      listed(
        [f.seller, f.buyer, f.taxRepresentative].map((one) => one?.vatId?.slice(0, 2)),
        isVatPrefix,
      ),
  ],
]);
