/** The parts of the reference in their order, and what each is about. Pure. */

/** The tag of what is sent to webhooks' endpoints. */
export const MESSAGES = "Webhook messages";

type Group = { name: string; tags: readonly (readonly [tag: string, about: string])[] };

/** Every tag of an operation stands in one group. */
export function tagGroups(): readonly Group[] {
  return [
    { name: "Metering", tags: metering() },
    { name: "Documents", tags: documents() },
    { name: "Billing", tags: billing() },
    { name: "Delivery", tags: delivery() },
    { name: "Account", tags: account() },
  ];
}

function metering(): Group["tags"] {
  return [
    [
      "Usage",
      "What was used, event by event, and what it has come to. An event has an id that counts " +
        "once within its source, so whatever is sent twice counts once. The answer says which " +
        "alerts an event fired. Summaries, the running period, its estimate and entitlements " +
        "are read as of now; rules and imports bring in what other systems have.",
    ],
    [
      "Metrics",
      "How a metric is counted: `sum`, `count`, `max`, `min`, `latest` or `unique`, and by " +
        "which properties its usage is grouped. The ten standard metrics are there from the " +
        "start; a tenant declares its own.",
    ],
  ];
}

function documents(): Group["tags"] {
  return [
    [
      "Invoices",
      "Drafted, finalized with a number that has no gaps, sent, paid, credited. A final " +
        "invoice never changes: what was wrong is taken back by a credit note.",
    ],
    ["Quotes", "Offered, accepted or rejected, and made an invoice in one call."],
    ["Proforma invoices", "What an invoice will say, before anything is owed."],
    ["Credit notes", "What was taken back of an invoice: all of it, lines, or an amount."],
    [
      "Documents",
      "Documents of every kind at once: how many there are by status and what they come to, " +
        "lists as CSV or NDJSON, and acts on all that a filter leaves.",
    ],
    [
      "Recurring invoices",
      "An invoice that is written again every month, quarter or year, and sent or kept as a draft.",
    ],
    ["Items", "What a tenant sells, with its price and tax, offered while lines are typed."],
    [
      "Customers",
      "Whom a tenant sends documents to, with what it holds of their money: payments and " +
        "credit beyond what is owed, by currency.",
    ],
    ["Items", "What is sold again and again, with its price and tax, to put on documents."],
    ["Issuer", "The profile that a tenant issues documents with: name, tax ids, bank, terms."],
    ["Branding", "How documents look: template, colour, logo, footer."],
    ["PDFs", "A document as PDF/A-3b with tags, and its page as HTML."],
    [
      "E-invoices",
      "EN 16931 as CII and UBL, Factur-X, XRechnung and Peppol; and what a document lacks for " +
        "each, while it can still be filled in.",
    ],
    ["Links", "Signed addresses that show one document without a key, and can be revoked."],
    ["E-mail", "Documents, reminders and alerts as e-mails, and what became of each."],
    ["Search", "Customers and documents by words, in any script."],
  ];
}

function billing(): Group["tags"] {
  return [
    [
      "Plans",
      "What is offered: base prices by cycle, prices of metrics by five models, minimums. An " +
        "edit is a new version that applies from each subscription's next boundary on.",
    ],
    ["Subscriptions", "A tenant on a plan, and what changes when: plan, seats, zone, end."],
    [
      "Billing",
      "The running period as it would be billed now, closed periods line by line, and how an " +
        "amount came to be, down to the events. Simulations price past or given usage.",
    ],
    ["Credits", "Coupons, and credit that lowers what is taxed or pays what is due."],
    ["Payments", "Payment providers whose signed events pay invoices, and money they missed."],
  ];
}

function delivery(): Group["tags"] {
  return [
    [
      "Webhooks",
      "Where messages go, what was delivered, and events to catch up with. An endpoint gets " +
        "the types that it names.",
    ],
    [
      MESSAGES,
      "What endpoints are sent, each with an example.\n\n" +
        "Messages are signed by [Standard Webhooks](https://www.standardwebhooks.com), version " +
        "1: `webhook-signature` is `v1,` and the Base64 of HMAC-SHA256 over " +
        "`{webhook-id}.{webhook-timestamp}.{body}`, with the endpoint's secret behind `whsec_` " +
        "decoded from Base64. Verify the bytes of the body before you parse them, refuse " +
        "timestamps more than five minutes away, and answer 2xx within 15 seconds; anything " +
        "else is tried again for three days. The same `webhook-id` may come more than once.\n\n" +
        "```ts\n" +
        'import { challengeAnswer, verifyWebhook } from "@boxcostpro/client";\n\n' +
        "const event = await verifyWebhook(secret, request.headers, await request.text());\n" +
        "const proof = challengeAnswer(event);\n" +
        "if (proof !== null) return new Response(proof);\n" +
        'if (event?.type === "invoice.paid") await ship(event.data.invoice_id);\n' +
        "return new Response(null, { status: 204 });\n" +
        "```\n\n" +
        "In Python, the package `standardwebhooks` does the same: " +
        "`Webhook(secret).verify(body, headers)`. The guide " +
        "[Webhooks](/docs/guides/webhooks) has receivers in Express and Workers.",
    ],
  ];
}

function account(): Group["tags"] {
  return [
    [
      "Tenants",
      "Customers of the operator, each with its own users, keys, usage and documents. A tenant " +
        "can be named by the operator's own id for it.",
    ],
    ["Ledgers", "The databases in which usage lies, and moves of tenants between them."],
    ["Users", "People of a tenant and their roles."],
    ["Roles", "Roles of a tenant's own, put together of permissions."],
    ["Keys", "API keys: their role, what they are confined to, rotation and end."],
    ["Audit", "Who changed what, and with which key; and the last answers of the API."],
    [
      "Test clock",
      "The time of a test tenant, which moves when it is told to: months of billing in a call.",
    ],
  ];
}
