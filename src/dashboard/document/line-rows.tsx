/** Pure. The lines of a document's form; what few of them need is folded away. */
import { Fields, type Refused } from "../component/form.tsx";
import { fieldsAt, Parts, partsAt, Rows } from "../component/rows.tsx";
import { Suggestions } from "../component/suggestions.tsx";
import { type Body, valueAt } from "../form/form.ts";
import { LINE_PARTS } from "./fields.ts";
import { foldedLabels, LINE_FIELDS, LINE_MORE } from "./line.ts";

const SPARE_LINES = 3;

type Props = { values: Body; refused: Refused | null };

/** The lines of a draft's form, with a few empty ones after those that are filled in. */
export function Lines({ values, refused }: Props) {
  const wrong = refused?.errors.find(({ pointer }) => pointer === "/lines");
  return (
    <>
      {wrong && <p class="error">{wrong.detail}</p>}
      <Rows
        base="/lines"
        legend="Line"
        fields={LINE_FIELDS}
        body={values}
        refused={refused}
        spare={SPARE_LINES}
        class="lines"
        below={(at) => <LineMore at={at} values={values} refused={refused} />}
      />
      <Suggestions fields={LINE_MORE} />
    </>
  );
}

function LineMore({ at, values, refused }: Props & { at: string }) {
  const fields = fieldsAt(LINE_MORE, at);
  const folded = [...fields, ...partsAt(LINE_PARTS, at)].map(({ pointer }) => pointer);
  const isWrong = refused?.errors.some((error) =>
    folded.some((pointer) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`)),
  );
  return (
    <details class="more" open={isWrong}>
      <summary>
        More
        <span class="muted" data-set>
          {foldedLabels(valueAt(values, at)).join(", ")}
        </span>
      </summary>
      <div class="columns">
        <Fields fields={fields} body={values} refused={refused} />
      </div>
      <Parts parts={LINE_PARTS} at={at} values={values} refused={refused} />
    </details>
  );
}
