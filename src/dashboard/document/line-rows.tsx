/** Pure. The lines of a document's form; what few of them need is folded away. */
import type { Refused } from "../component/form.tsx";
import { Groups } from "../component/groups.tsx";
import { fieldsAt, partsAt, Rows } from "../component/rows.tsx";
import { Suggestions } from "../component/suggestions.tsx";
import { type Body, valueAt } from "../form/form.ts";
import { grouped } from "../form/group.ts";
import { LINE_PARTS } from "./fields.ts";
import { foldedLabels, LINE_FIELDS, LINE_MORE } from "./line.ts";

const SPARE_LINES = 3;
const LINE_GROUPS = grouped(
  [
    ["Text and period", ["/description", "/group", "/note", "/period"]],
    ["Price", ["/unit_code", "/base_quantity", "/gross_price", "/adjustments"]],
    ["Tax", ["/tax"]],
    [
      "The item",
      [
        "/classification",
        "/seller_item_id",
        "/buyer_item_id",
        "/standard_item_id",
        "/origin_country",
        "/attributes",
      ],
    ],
    ["References", ["/order_line", "/accounting_reference", "/object_id"]],
  ],
  LINE_MORE,
  LINE_PARTS,
);

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
      <Groups groups={LINE_GROUPS} at={at} values={values} refused={refused} />
    </details>
  );
}
