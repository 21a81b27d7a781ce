/** The forms of acts on a document that need a word more than a press; one is open at a time. */
import { INTERVALS, type Interval } from "../../core/period.ts";
import { COVERS, RECURRING_DELIVERIES } from "../../documents/recurring/occurrence.ts";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import type { Body, Field } from "../form/form.ts";
import type { PageAct } from "./actions.ts";
import { CreditLines, type LineToCredit } from "./credit-lines.tsx";
import { isAsked } from "./questions.ts";

export const SEND_FIELDS: readonly Field[] = [
  { pointer: "/to", label: "To", kind: "lines", hint: "one address per line" },
  { pointer: "/message", label: "Message", kind: "text", hint: "a personal note in the e-mail" },
];

const PAYMENT_FIELDS: readonly Field[] = [
  { pointer: "/amount", label: "Amount", kind: "decimal", required: true },
  { pointer: "/paid_on", label: "Paid on", kind: "day", hint: "empty: today" },
  { pointer: "/method", label: "Method", kind: "line", placeholder: "transfer" },
  { pointer: "/reference", label: "Reference", kind: "line" },
];
const DISCOUNT_FIELD: Field = {
  pointer: "/cash_discount",
  label: "Paid within the cash discount: credit the rest",
  kind: "flag",
};
/** All that a payment's form may send; only an invoice with a cash discount offers the last. */
export const PAYMENT_INPUTS: readonly Field[] = [...PAYMENT_FIELDS, DISCOUNT_FIELD];

export const BALANCE_FIELD: Field = {
  pointer: "/amount",
  label: "Amount",
  kind: "decimal",
  required: true,
};

export const REASON_FIELD: Field = {
  pointer: "/reason",
  label: "Reason",
  kind: "line",
  required: true,
};
export const REJECT_FIELD: Field = { ...REASON_FIELD, required: false };
export const LINK_FIELD: Field = {
  pointer: "/days",
  label: "Days",
  kind: "integer",
  hint: "how long the link works; empty: 30",
};

const REFUND_FIELDS: readonly Field[] = [
  { pointer: "/amount", label: "Amount", kind: "decimal", required: true },
  { pointer: "/paid_on", label: "Refunded on", kind: "day", hint: "empty: today" },
  { pointer: "/method", label: "Method", kind: "line", placeholder: "transfer" },
  { pointer: "/reference", label: "Reference", kind: "line" },
];
/** What was given back, as the API takes it: a payment below zero. */
export function refundBodyOf(body: Body): Body {
  const { amount } = body;
  return amount === undefined ? body : { ...body, amount: `-${amount}` };
}
export const REFUND_INPUTS = REFUND_FIELDS;

const INTERVAL_WORDS: Readonly<Record<Interval, string>> = {
  week: "Every week",
  month: "Every month",
  quarter: "Every quarter",
  half_year: "Every six months",
  year: "Every year",
};
const DELIVERY_WORDS: Readonly<Record<(typeof RECURRING_DELIVERIES)[number], string>> = {
  draft: "Keep each as a draft",
  finalize: "Finalize each",
  send: "Finalize and send each",
};
const COVERS_WORDS: Readonly<Record<(typeof COVERS)[number], string>> = {
  interval_ahead: "The interval that begins on its day",
  interval_behind: "The interval that ended before its day",
};

/** What an interval, or what becomes of each invoice, is called. */
export function repeatWords(of: {
  interval: Interval;
  delivery: keyof typeof DELIVERY_WORDS;
}): [interval: string, delivery: string] {
  return [INTERVAL_WORDS[of.interval], DELIVERY_WORDS[of.delivery]];
}

export const REPEAT_FIELDS: readonly Field[] = [
  {
    pointer: "/interval",
    label: "How often",
    kind: "choice",
    options: INTERVALS.map((value) => ({ value, label: INTERVAL_WORDS[value] })),
  },
  {
    pointer: "/starts_on",
    label: "First invoice on",
    kind: "day",
    hint: "all others are counted from it; empty: one interval from today",
  },
  { pointer: "/ends_on", label: "Ends on", kind: "day", hint: "empty: until you end it" },
  {
    pointer: "/delivery",
    label: "What happens with each",
    kind: "choice",
    options: RECURRING_DELIVERIES.map((value) => ({ value, label: DELIVERY_WORDS[value] })),
  },
  {
    pointer: "/covers",
    label: "Period on each invoice",
    kind: "choice",
    options: [
      { value: "", label: "None" },
      ...COVERS.map((value) => ({ value, label: COVERS_WORDS[value] })),
    ],
  },
];

type Props = {
  act: PageAct;
  path: string;
  token: string;
  refused: Refused | undefined;
  /** What was typed before it was refused. */
  typed: Body | undefined;
  currency: string;
  /** What is still to be paid, and what was, as decimal text. */
  amount: string;
  paid: string;
  /** What of it the customer's balance can pay, as decimal text; null where there is nothing. */
  fromBalance: string | null;
  /** It is an invoice that offers a cash discount. */
  hasDiscount: boolean;
  to: string;
  /** What of each line is left to credit. */
  lines: readonly LineToCredit[];
};

type Entry = {
  title: string;
  fields: readonly Field[];
  body?: Body;
  lead?: string;
  danger?: boolean;
};

function entryOf(props: Props): Entry | null {
  const { act, currency, amount, paid, fromBalance, hasDiscount, to } = props;
  const inCurrency = (fields: readonly Field[]) =>
    fields.map((field) =>
      field.pointer === "/amount" ? { ...field, label: `Amount in ${currency}` } : field,
    );
  const entries: Partial<Record<PageAct, Entry>> = {
    send: { title: "Send by e-mail", fields: SEND_FIELDS, body: { to: [to] } },
    remind: { title: "Send a reminder", fields: SEND_FIELDS, body: { to: [to] } },
    pay: {
      title: "Record a payment",
      fields: inCurrency(hasDiscount ? PAYMENT_INPUTS : PAYMENT_FIELDS),
      body: { amount },
    },
    "apply-balance": {
      title: "Pay from the credit balance",
      fields: inCurrency([BALANCE_FIELD]),
      body: { amount: fromBalance },
    },
    refund: {
      title: "Record a refund",
      lead: "Write down what you paid back to the customer.",
      fields: inCurrency(REFUND_FIELDS),
      body: { amount: paid },
    },
    reject: { title: "Reject", fields: [REJECT_FIELD], danger: true },
    link: { title: "Create a link", fields: [LINK_FIELD] },
    repeat: {
      title: "Repeat this invoice",
      lead: "Each one has its customer, lines, texts and terms.",
      fields: REPEAT_FIELDS,
      body: { interval: "month", delivery: "draft" },
    },
    credit: { title: "Issue a credit note", fields: [REASON_FIELD], danger: true },
    void: { title: "Void", fields: [REASON_FIELD], danger: true },
  };
  return entries[act] ?? null;
}

/** The form of the act that was chosen, or why a press was refused; nothing for other acts. */
export function ActCard(props: Props) {
  const { act, path, token, refused, typed, lines } = props;
  const entry = entryOf(props);
  if (!entry) return <Refusal refused={refused} fields={[]} />;
  const { title, fields, body, lead, danger } = entry;
  const pointers = fields.map(({ pointer }) => pointer);
  return (
    <section class="card act" id="act" aria-label={title}>
      <h2>{title}</h2>
      {lead && <p>{lead}</p>}
      <Refusal refused={refused} fields={pointers} />
      <Form action={`${path}/${act}`} token={token} asks={isAsked(act)}>
        {act === "credit" && <CreditLines lines={lines} typed={typed} />}
        <div class="columns">
          <Fields fields={fields} body={typed ?? body ?? {}} refused={refused} />
        </div>
        <div class="actions">
          <button type="submit" class={danger ? "danger" : "primary"}>
            {title}
          </button>
          <a href={path}>Cancel</a>
        </div>
      </Form>
    </section>
  );
}
