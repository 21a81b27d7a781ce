/** Pure. English. */
import type { Labels } from "./labels.ts";
import { isEuropean, type LanguageRecord, withRegion } from "./language.ts";
import type { LetterLabels } from "./letter-labels.ts";

const labels: Labels = {
  title: {
    invoice: "Invoice",
    quote: "Quote",
    credit_note: "Credit note",
    proforma: "Proforma invoice",
  },
  number: {
    invoice: "Invoice number",
    quote: "Quote number",
    credit_note: "Credit note number",
    proforma: "Proforma number",
  },
  noNumber: "Draft",
  issued: "Date of issue",
  due: "Date due",
  validUntil: "Valid until",
  delivered: "Delivery date",
  period: "Billing period",
  purchaseOrder: "Purchase order",
  buyerReference: "Buyer reference",
  precedingInvoice: "Corrects invoice",
  quote: "Quote",
  billTo: "Bill to",
  quoteFor: "Quote for",
  shipTo: "Ship to",
  vatId: "VAT ID",
  taxNumber: "Tax number",
  companyNumber: "Company no.",
  amountDue: "{amount} due",
  amountDueBy: "{amount} due {date}",
  amountPaid: "{amount} paid",
  amountCredited: "{amount} credited",
  quoteTotal: "{amount} in total",
  quoteTotalUntil: "{amount}, valid until {date}",
  payOnline: "Pay online",
  description: "Description",
  quantity: "Qty",
  unitPrice: "Unit price",
  tax: "Tax",
  amount: "Amount",
  subtotal: "Subtotal",
  taxName: "VAT",
  taxOn: "{tax} {rate} on {base}",
  net: "Total excluding tax",
  total: "Total",
  prepaid: "Prepaid credit",
  paid: "Amount paid",
  credited: "Credited",
  dueTotal: "Amount due",
  taxIncluded: "Prices include tax",
  accountingTax: "Tax in {currency} at {rate} on {date}",
  carriedForward: "Carried forward",
  broughtForward: "Brought forward",
  payByTransfer: "Pay by bank transfer",
  payByDebit: "Paid by direct debit",
  beneficiary: "Beneficiary",
  iban: "IBAN",
  bic: "BIC",
  bank: "Bank",
  mandate: "Mandate",
  reference: "Reference",
  scanToPay: "Scan to pay",
  notes: "Notes",
  terms: "Terms",
  usage: "Usage",
  usagePeriod: "{quantity} in {period}",
  continued: "continued",
  page: "Page {page} of {pages}",
  status: {
    draft: "Draft",
    open: "Open",
    paid: "Paid",
    overdue: "Overdue",
    void: "Void",
    pending: "Pending",
    accepted: "Accepted",
    rejected: "Rejected",
    expired: "Expired",
  },
  watermark: { draft: "DRAFT", void: "VOID", copy: "COPY", paid: "PAID" },
  exemption: {
    Z: "Zero-rated",
    E: "Exempt from tax",
    AE: "Reverse charge: the recipient accounts for the tax",
    K: "Intra-community supply, exempt from tax",
    G: "Export, exempt from tax",
    O: "Not subject to tax",
  },
  billing: {
    plan: "{plan} plan",
    planUnused: "{plan} plan, unused",
    commitment: "Minimum commitment",
    late: "Late usage of an earlier period",
    takenBack: "Usage taken back",
    used: "{used} used, {included} included",
    usedSoFar: "{used} used so far",
    tierTo: "tier {tier}, to {bound}",
    tierAbove: "tier {tier}, above {bound}",
    committed: "{agreed} agreed, {used} used",
    flatFee: "Flat fee",
    credit: "Credit",
  },
  particulars: {
    customerNumber: "Customer number",
    salesOrder: "Our order",
    contract: "Contract",
    project: "Project",
    receivingAdvice: "Goods receipt",
    despatchAdvice: "Delivery note",
    tender: "Tender or lot",
    invoicedObject: "Concerns",
    accountingReference: "Your account code",
    earlierInvoice: "Earlier invoice",
    pricePer: "Price per {base}",
    grossPrice: "List price {price}, less {discount}",
    sellerItem: "Item no.",
    buyerItem: "Your item no.",
    standardItem: "Item no. in its register",
    origin: "Country of origin",
    orderLine: "Order line",
    payee: "Payable to",
    representative: "Tax representative",
    attachments: "Attachments",
  },
  sums: {
    reason: "Reason",
    rounding: "Rounding",
    depositTitle: "Deposit invoice",
    finalTitle: "Final invoice",
    depositOf: "Deposit {number}, {date}",
    depositTax: "including {tax} {rate} on {base}: {amount}",
    cashDiscount: "Cash discount",
    discountBy: "{percent} on payment by {date}: {amount} to pay, {saved} saved",
  },
  standing: {
    void: "Void: nothing to pay",
    nothing: "Nothing to pay",
    dueOn: "{amount} due on {date}",
    wasDue: "{amount} was due on {date}",
    debitOn: "{amount} will be debited on {date}",
    debit: "{amount} will be debited from your account",
    fromCredit: "{amount} taken from prepaid credit",
    credited: "{amount} credited",
    overpaid: "{amount} overpaid",
    favour: "{amount} to your credit",
    accepted: "{amount}, accepted",
    rejected: "{amount}, declined",
    expired: "{amount}, was valid until {date}",
  },
  debit: {
    title: "We will collect this by direct debit",
    account: "Debited account",
    mandate: "Mandate reference",
    creditor: "Creditor ID",
    day: "Debit date",
  },
  scan: {
    epc: "Scan with your banking app",
    upi: "Scan with a UPI app",
    link: "Scan to pay online",
  },
  reasons: {
    AE: "Reverse charge",
    "AE-GB": "Reverse charge: customer to account for the VAT to HMRC",
    "AE-IN": "Tax is payable on reverse charge basis",
    "Z-AU": "GST-free",
  },
  taxes: {
    salesTax: "Sales tax",
    consumption: "Consumption tax",
  },
  metrics: {
    quotes_generated: "Quotes generated",
    invoices_generated: "Invoices generated",
    api_calls: "API calls",
    storage_gb: "Storage",
    users_active: "Active users",
    support_tickets: "Support tickets",
    email_sent: "E-mails sent",
    pdf_generated: "PDFs generated",
    webhook_calls: "Webhook calls",
    export_operations: "Export operations",
  },
};

const letters: LetterLabels = {
  view: "View online",
  attached: "The document is attached as a PDF.",
  creditNote: "We have issued this credit note for you. There is nothing to pay.",
  receipt: {
    title: "Receipt for invoice {number}",
    text: "Thank you. We have received your payment, and nothing is left to pay.",
  },
  reminder: {
    title: "Reminder: invoice {number}",
    before: "This invoice will soon be due.",
    today: "This invoice is due today.",
    after: "This invoice is past its due date. Please pay it as soon as you can.",
    ignore: "If you have paid it already, please ignore this message.",
  },
  notice: {
    alert: "{metric}: over {percent} of what is included",
    limit: "{metric}: the limit is reached",
    used: "Used",
    included: "Included",
    endpointDisabled: "A webhook endpoint was disabled",
    gone: "It answered 410 Gone.",
    failing: "For three days it answered with nothing but failure.",
    kept: "What waits for it is kept, and sent once you enable it again.",
    unsent: "An e-mail did not arrive",
    to: "To",
    subject: "Subject",
    reason: "Reason",
    overdue: "Invoice {number} is overdue",
  },
};

// English of a country that does not write English is written as in its own region of trade.
const REGIONS = new Set(["US", "GB", "IE", "AU", "NZ", "CA", "IN", "ZA", "SG", "HK"]);

function localeOf(region: string | null): string {
  return region && !REGIONS.has(region) ? "en-US" : withRegion("en", region);
}

// Countries whose own English Intl knows, and those that write as the United States do.
const OWN =
  "AE AG AI AU BB BM BS BW BZ CA CM DM ER FJ GB GD GG GH GM GY HK ID IE IL IM IN JE JM KE KN KY " +
  "LC LR LS MG MT MU MV MW MY NA NG NZ PG PH PK RW SC SG SL SS SZ TC TT TZ UG US VC VG VU WS ZA " +
  "ZM ZW";
const AMERICAN = new Set("AS GU MH MP PR UM VI".split(" "));

/** Without a country as in the United States; else as there, as in Europe, or as in the world. */
function localeIn(region: string | null): string {
  if (region === null) return "en";
  if (AMERICAN.has(region)) return "en-US";
  if (OWN.includes(region)) return withRegion("en", region);
  return isEuropean(region) ? "en-150" : "en-001";
}

export const en = {
  labels,
  letters,
  font: null,
  spaces: false,
  localeOf,
  localeIn,
} satisfies LanguageRecord;
