/** Pure. A part of a form that repeats; a script adds rows as they are filled in. */
import type { Child } from "hono/jsx";
import { type Field, type Part, valueAt } from "../form/form.ts";
import { fieldMessage } from "../form/message.ts";
import { Fields, type Refused } from "./form.tsx";

type Props = {
  /** The part's pointer in the body. */
  base: string;
  /** What a row is called. */
  legend: string;
  fields: readonly Field[];
  body: unknown;
  refused: Refused | null;
  /** Empty rows after those that are filled in. */
  spare: number;
  most?: number | undefined;
  class?: string;
  /** What a row has below its fields; `at` is the row's pointer. */
  below?: (at: string) => Child;
};

/** The filled rows of a part and its spare ones, each a fieldset that a script can copy. */
export function Rows({ base, legend, fields, body, refused, spare, most, below, ...rest }: Props) {
  const filled = valueAt(body, base);
  const wanted = (Array.isArray(filled) ? filled.length : 0) + spare;
  const count = Math.min(wanted, most ?? wanted);
  return (
    <div data-rows={base} data-legend={legend} data-most={most}>
      {Array.from({ length: count }, (_, i) => (
        <fieldset class={rest.class} data-row>
          <legend class="unseen">
            {legend} {i + 1}
          </legend>
          <RowError at={`${base}/${i}`} legend={legend} refused={refused} />
          <div class="row">
            <Fields fields={fieldsAt(fields, `${base}/${i}`)} body={body} refused={refused} />
          </div>
          {below?.(`${base}/${i}`)}
        </fieldset>
      ))}
    </div>
  );
}

/** A row's fields, with their pointers below the row's own. */
export function fieldsAt(fields: readonly Field[], at: string): Field[] {
  return fields.map((field) => ({ ...field, pointer: at + field.pointer }));
}

/** Parts of a row, with their pointers below the row's own. */
export function partsAt(parts: readonly Part[], at: string): Part[] {
  return parts.map((part) => ({ ...part, pointer: at + part.pointer }));
}

type PartsProps = { parts: readonly Part[]; at: string; values: unknown; refused: Refused | null };

/** Parts that repeat below `at`, each with one empty row after those that are filled in. */
export function Parts({ parts, at, values, refused }: PartsProps) {
  return (
    <>
      {partsAt(parts, at).map(({ pointer, legend, fields, most }) => (
        <Rows
          base={pointer}
          legend={legend}
          fields={fields}
          most={most}
          refused={refused}
          body={values}
          spare={1}
          class="part"
        />
      ))}
    </>
  );
}

type ErrorProps = { at: string; legend: string; refused: Refused | null };

function RowError({ at, legend, refused }: ErrorProps) {
  const wrong = refused?.errors.find(({ pointer }) => pointer === at);
  return wrong ? <p class="error">{fieldMessage(legend, wrong.detail)}</p> : null;
}
