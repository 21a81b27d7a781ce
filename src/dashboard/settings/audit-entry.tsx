/** Pure. An entry of the audit log: what it changed, by whom, and from where. */
import type { AuditLogRow } from "../../accounts/audit/audit.ts";
import { CopyText } from "../component/copy-text.tsx";
import type { Format } from "../form/format.ts";
import { type Changed, changedFields } from "./changed-fields.ts";

/** Fields that are seen without opening the rest. */
const FEW = 3;

/** What was changed, field by field: what it was, and what it became. */
export function Change({ row, format }: { row: AuditLogRow; format: Format }) {
  const { before, after } = row;
  if (before === null && after === null) return <span class="muted">—</span>;
  const parse = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
  const fields = changedFields(parse(before), parse(after), format);
  if (fields.length === 0) return <span class="muted">Nothing changed</span>;
  if (before === null) return <Folded title={`Added, ${counted(fields)}`} fields={fields} />;
  if (after === null) return <Folded title={`Removed, ${counted(fields)}`} fields={fields} gone />;
  const rest = fields.slice(FEW);
  return (
    <>
      <Fields fields={fields.slice(0, FEW)} />
      {rest.length > 0 && <Folded title={`${counted(rest)} more`} fields={rest} />}
    </>
  );
}

const counted = ({ length }: readonly Changed[]) => (length === 1 ? "1 field" : `${length} fields`);

type FieldsProps = {
  fields: readonly Changed[];
  /** The thing is not there any more: its fields are not empty. */
  gone?: boolean;
};

function Folded({ title, ...shown }: FieldsProps & { title: string }) {
  return (
    <details class="changes-more">
      <summary>{title}</summary>
      <Fields {...shown} />
    </details>
  );
}

function Fields({ fields, gone }: FieldsProps) {
  return (
    <ul class="changes">
      {fields.map(({ name, before, after }) => (
        <li>
          <span class="name">{name}</span>{" "}
          <span class="values">
            {before !== null && <del>{before}</del>}
            {before !== null && !gone && " → "}
            {after !== null && <ins>{after}</ins>}
            {after === null && !gone && <span class="muted">empty</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Who did it: a person or a key by name, for whom the operator acted, or the product. */
export function By({ row, people }: { row: AuditLogRow; people: ReadonlyMap<string, string> }) {
  const { keyId, keyName, userId } = row;
  const name = userId === null ? undefined : people.get(userId);
  return (
    <>
      {keyId === "system" ? "BoxCostPro" : (name ?? keyName ?? <CopyText text={userId ?? keyId} />)}
      <Acted {...row} />
    </>
  );
}

/** Who acted for whom, where the operator acted for the tenant; in the log of either. */
function Acted({ detail }: AuditLogRow) {
  const { acted_by, acted_for } = JSON.parse(detail);
  if (acted_by !== undefined) return <> (operator)</>;
  if (acted_for === undefined) return null;
  return (
    <>
      {" "}
      for <a href={`/dashboard/tenants/${acted_for}`}>{acted_for}</a>
    </>
  );
}

/** The address, and below it what else is known of the request, and the entry's own place. */
export function From({ row }: { row: AuditLogRow }) {
  const facts = (
    [
      ["Signed in", row.sessionId === null ? null : "to the dashboard"],
      ["API key or session", row.keyId],
      ["User agent", row.userAgent],
      ["Request ID", row.requestId],
      ["Your request ID", row.callerRequestId],
      ["Entry", row.seq === null ? null : String(row.seq)],
      ["Hash", row.hash ?? "within a minute"],
    ] as const
  ).filter(([, value]) => value !== null);
  return (
    <details class="changes-more">
      <summary>
        {row.address ?? (row.keyId === "system" ? "The product itself" : "Unknown")}
      </summary>
      <dl>
        {facts.map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
