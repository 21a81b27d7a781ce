/** Pure. What is asked before something is done that cannot be taken back. */
import type { Child } from "hono/jsx";
import { Form } from "./form.tsx";

/** The field by which a form says that its question was answered. */
export const CONFIRMED_FIELD = "confirmed";

/**
 * Which act, and what follows from it in numbers: "Ends 14 subscriptions on 1 December", "Voids
 * invoice INV-12 over $1,200.00, sent to ap@acme.example".
 */
export type Question = {
  /** Names act and thing: "Void invoice INV-12?" */
  title: string;
  /** What follows, a whole sentence each. */
  consequences: readonly Child[];
  /** The button's label, a verb with its thing: "Void invoice". */
  act: string;
  /** Whether it can be undone afterwards, and how; unless given, that it cannot. */
  undo?: string;
  /** Says that it does no harm, so that its button is not red: for what is final but wanted. */
  harmless?: boolean;
};

type Props = {
  question: Question;
  /** Where the answer is sent: the address that asked. */
  action: string;
  token: string;
  /** What was sent with the act, sent again with the answer. */
  fields: Iterable<readonly [string, readonly string[]]>;
  /** Where who does not want it goes. */
  back: string;
  /** It stands in a dialog of another page, not on a page of its own. */
  inDialog?: boolean;
};

const FOR_GOOD = "This cannot be undone.";

/** A question with its two answers. A script shows it in a dialog, else it is a page. */
export function QuestionForm({ question, action, token, fields, back, inDialog }: Props) {
  const { title, consequences, act, undo = FOR_GOOD, harmless } = question;
  const Title = inDialog ? "h2" : "h1";
  return (
    <section class="question" data-question>
      <Title id="question-title">{title}</Title>
      {consequences.length === 1 ? <p>{consequences[0]}</p> : <Points points={consequences} />}
      <p class="muted">{undo}</p>
      <Form action={action} token={token} class="actions">
        {[...fields].flatMap(([name, values]) =>
          values.map((value) => <input type="hidden" name={name} value={value} />),
        )}
        <input type="hidden" name={CONFIRMED_FIELD} value="yes" />
        <a class="button" href={back} data-cancel>
          Cancel
        </a>
        <button type="submit" class={harmless ? "primary" : "primary danger"}>
          {act}
        </button>
      </Form>
    </section>
  );
}

function Points({ points }: { points: readonly Child[] }) {
  return (
    <ul>
      {points.map((point) => (
        <li>{point}</li>
      ))}
    </ul>
  );
}
