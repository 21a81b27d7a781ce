/** The actions on a document that need a word more than a press. */
import type { Act } from "../../documents/kind/kind.ts";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import type { Field } from "../form/form.ts";
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

type Props = {
  actions: ReadonlySet<Act>;
  path: string;
  token: string;
  refused: Refused | undefined;
  currency: string;
  /** What is still to be paid, as decimal text. */
  amount: string;
  /** What of it the customer's balance can pay, as decimal text; null where there is nothing. */
  fromBalance: string | null;
  /** It is an invoice that offers a cash discount. */
  hasDiscount: boolean;
  to: string;
};

type Entry = {
  action: Act | "apply-balance";
  title: string;
  fields: readonly Field[];
  body: Record<string, unknown>;
  danger?: boolean;
};

/** A folded form for each of `actions` that asks for something, and why the last was refused. */
export function ActionForms(props: Props) {
  const { actions, path, token, refused, currency, amount, fromBalance, hasDiscount, to } = props;
  const inCurrency = (fields: readonly Field[]) =>
    fields.map((field) =>
      field.pointer === "/amount" ? { ...field, label: `Amount in ${currency}` } : field,
    );
  const entries: Entry[] = [
    { action: "send", title: "Send by e-mail", fields: SEND_FIELDS, body: { to: [to] } },
    {
      action: "pay",
      title: "Record a payment",
      fields: inCurrency(hasDiscount ? PAYMENT_INPUTS : PAYMENT_FIELDS),
      body: { amount },
    },
    {
      action: "apply-balance",
      title: "Pay from the credit balance",
      fields: inCurrency([BALANCE_FIELD]),
      body: { amount: fromBalance },
    },
    { action: "reject", title: "Reject", fields: [REJECT_FIELD], body: {}, danger: true },
    { action: "link", title: "Create a link", fields: [LINK_FIELD], body: {} },
    {
      action: "credit",
      title: "Credit the rest",
      fields: [REASON_FIELD],
      body: {},
      danger: true,
    },
    { action: "void", title: "Void", fields: [REASON_FIELD], body: {}, danger: true },
  ];
  const offered = entries.filter(({ action }) =>
    action === "apply-balance" ? actions.has("pay") && fromBalance !== null : actions.has(action),
  );
  if (offered.length === 0 && !refused) return null;
  return (
    <section aria-label="Actions" class="folds">
      <Refusal refused={refused} fields={[]} />
      {offered.map(({ action, title, fields, body, danger }) => (
        <details class="card" name="action">
          <summary>{title}</summary>
          <Form action={`${path}/${action}`} token={token} class="stacked" asks={isAsked(action)}>
            <Fields fields={fields} body={body} />
            <button type="submit" class={danger ? "danger" : "primary"}>
              {title}
            </button>
          </Form>
        </details>
      ))}
    </section>
  );
}
