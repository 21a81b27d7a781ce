/** Pure. Fields and repeated parts of a form, each group a fieldset with its heading. */
import type { Group } from "../form/group.ts";
import { Fields, type Refused } from "./form.tsx";
import { fieldsAt, Parts } from "./rows.tsx";

type Props = {
  groups: readonly Group[];
  /** The pointer below which they stand. */
  at: string;
  values: unknown;
  refused: Refused | null;
};

/** The groups under each other. */
export function Groups({ groups, at, values, refused }: Props) {
  return (
    <>
      {groups.map(({ title, fields, parts }) => (
        <fieldset class="topic">
          <legend>{title}</legend>
          <div class="columns">
            <Fields fields={fieldsAt(fields, at)} body={values} refused={refused} />
          </div>
          <Parts parts={parts} at={at} values={values} refused={refused} />
        </fieldset>
      ))}
    </>
  );
}
