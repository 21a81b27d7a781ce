/** Pure. English. */
import type { LetterLabels } from "./labels.ts";

export const en: LetterLabels = {
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
