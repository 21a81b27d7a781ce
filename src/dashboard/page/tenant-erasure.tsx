/** Erasing a tenant as a whole: how it stands, the form that asks, and what takes it back. */
import type { Tenant } from "../../accounts/store/tenant-store.ts";
import { DOCUMENT_YEARS, STEP_WORDS } from "../../retention/tenant/steps.ts";
import {
  GRACE_DAYS,
  MOST_GRACE_DAYS,
  type Progress,
  progressOf,
} from "../../retention/tenant/tenant-erasure.ts";
import { finalDocuments, type TenantErasure } from "../../retention/tenant/tenant-store.ts";
import { Badge } from "../component/badge.tsx";
import { type Fact, FactList } from "../component/fact-list.tsx";
import { ActionButton, Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import type { Question } from "../component/question.tsx";
import type { Field } from "../form/form.ts";
import type { PageContext } from "./request.ts";

/** What is typed so that no other tenant goes by mistake. */
export const OWNER_FIELDS: readonly Field[] = [
  { pointer: "/name", label: "Name of the tenant, to confirm", kind: "line", required: true },
];

/** The operator says when, too. */
export const OPERATOR_FIELDS: readonly Field[] = [
  ...OWNER_FIELDS,
  {
    pointer: "/delay_days",
    label: "Days until it begins",
    kind: "integer",
    placeholder: String(GRACE_DAYS),
    hint: `0 to ${MOST_GRACE_DAYS}; until then it can be canceled`,
  },
];

const GOES =
  "all usage with its archives, members, keys, customers, items, drafts, settings, e-mails and " +
  "webhooks.";
const STAYS = `final documents, for ${DOCUMENT_YEARS} years, and the audit log without persons.`;

/** What is asked before it: what goes and what stays, in numbers. */
export async function tenantQuestion(
  c: PageContext,
  { id, name, mode }: Pick<Tenant, "id" | "name" | "mode">,
  days: number,
): Promise<Question> {
  const { count } = await finalDocuments(c.env.DB, id);
  const documents =
    count === 1 ? "1 final document" : `${c.var.format.count(count)} final documents`;
  const isTest = mode === "test";
  return {
    title: `Erase ${name} as a whole?`,
    consequences: [
      days === 0 ? "Begins at once." : `Begins in ${days === 1 ? "1 day" : `${days} days`}.`,
      "Ends all keys, sessions and subscriptions; nothing is recorded or sent any more.",
      `Erases for good: ${GOES}`,
      isTest
        ? `Erases ${documents}: those of a test tenant are not kept.`
        : `Keeps ${documents} for ${DOCUMENT_YEARS} years, as the law requires.`,
    ],
    act: "Erase the tenant",
    undo:
      days === 0
        ? "This cannot be undone, also not by restoring a database."
        : "It can be canceled until it begins, and not afterwards.",
  };
}

type Props = FormState & {
  c: PageContext;
  state: State | null;
  /** Where the form is posted to; behind it `/take-back`. */
  action: string;
  fields: readonly Field[];
  mayAsk: boolean;
};

/** An erasure, and how it stands. */
type State = { erasure: TenantErasure; progress: Progress };

/** How an erasure stands. */
export async function stateOf(c: PageContext, erasure: TenantErasure): Promise<State> {
  return { erasure, progress: await progressOf(c.env, erasure) };
}

/** The card: the form, or how the erasure stands. */
export function TenantErasureCard(props: Props) {
  const { c, state, action, fields, mayAsk, values = {}, refused } = props;
  const token = c.var.session.formToken;
  if (state) {
    return (
      <>
        <h2 class="apart">Erasure of the tenant</h2>
        <FactList label="Erasure" facts={factsOf(c, state)} />
        {state.erasure.begunMs === null && mayAsk && (
          <p>
            <ActionButton action={`${action}/take-back`} token={token} label="Cancel the erasure" />
          </p>
        )}
      </>
    );
  }
  return (
    <section class="card narrow">
      <h2>Erase the tenant</h2>
      <p>Goes: {GOES}</p>
      <p>Stays: {STAYS}</p>
      <p class="muted">
        It begins after {GRACE_DAYS} days unless the operator says otherwise. Until then it can be
        canceled; then it cannot be undone, also not by restoring a database.
      </p>
      <Form action={action} token={token} asks>
        <Refusal refused={refused} fields={fields.map(({ pointer }) => pointer)} />
        <Fields fields={fields} body={values} refused={refused} />
        <button type="submit" class="danger">
          Erase the tenant…
        </button>
      </Form>
    </section>
  );
}

function factsOf(c: PageContext, { erasure, progress }: State): Fact[] {
  const { format } = c.var;
  const { status, step, documents } = progress;
  const time = (ms: number | null) => (ms === null ? null : format.time(ms));
  const { count, untilMs } = documents;
  const kept = `${format.count(count)}${untilMs === null ? "" : `, until ${format.day(untilMs)}`}`;
  return [
    ["State", <Badge state={status} />],
    [
      "Asked",
      `${format.time(erasure.askedMs)}, by ${erasure.byOperator ? "the operator" : "an owner"}`,
    ],
    ["Begins", erasure.begunMs === null ? format.time(erasure.beginsMs) : null],
    ["Began", time(erasure.begunMs)],
    [
      "Progress",
      step === null ? null : (
        <>
          {STEP_WORDS[step.name]}{" "}
          <span class="muted">
            (step {step.number} of {step.of}, {erasure.passes === 0 ? "first" : "second"} of two
            passes)
          </span>
          <progress max={step.of * 2} value={step.number - 1 + erasure.passes * step.of} />
        </>
      ),
    ],
    ["Done", time(erasure.doneMs)],
    ["Documents that are kept", kept],
  ];
}
