/** Pure. The lines of a document's form; what few of them need is folded away. */
import { Fields, type Refused } from "../component/form.tsx";
import { inPlace, inRow, Parts, Rows } from "../component/rows.tsx";
import { type Body, valueAt } from "../form/form.ts";
import { LINE_PARTS } from "./fields.ts";
import { LINE_FIELDS, LINE_MORE, setIn } from "./line.ts";

const SPARE_LINES = 3;

type Props = { shown: Body; refused: Refused | null };

export function Lines({ shown, refused }: Props) {
  const wrong = refused?.errors.find(({ pointer }) => pointer === "/lines");
  return (
    <>
      {wrong && <p class="error">{wrong.detail}</p>}
      <Rows
        base="/lines"
        legend="Line"
        fields={LINE_FIELDS}
        {...{ body: shown, refused, spare: SPARE_LINES }}
        class="lines"
        below={(at) => <LineMore at={at} shown={shown} refused={refused} />}
      />
    </>
  );
}

function LineMore({ at, shown, refused }: Props & { at: string }) {
  const fields = inRow(LINE_MORE, at);
  const folded = [...fields, ...inPlace(LINE_PARTS, at)].map(({ pointer }) => pointer);
  const isWrong = refused?.errors.some((one) =>
    folded.some((pointer) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`)),
  );
  return (
    <details class="more" open={isWrong}>
      <summary>
        More
        <span class="muted" data-set>
          {setIn(valueAt(shown, at)).join(", ")}
        </span>
      </summary>
      <div class="columns">
        <Fields fields={fields} body={shown} refused={refused} />
      </div>
      <Parts parts={LINE_PARTS} at={at} shown={shown} refused={refused} />
    </details>
  );
}
