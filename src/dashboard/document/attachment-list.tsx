/** Pure. The files beside a document, and the form that puts one there. */
import { MAX_ATTACHED_BYTES, MAX_ATTACHMENTS } from "../../documents/attachment/file.ts";
import { ATTACHMENT_ENDINGS } from "../../documents/code/attachment-type.ts";
import type { Attachment } from "../../documents/model/particulars.ts";
import { DataTable } from "../component/data-table.tsx";
import { ActionButton, Fields, Form } from "../component/form.tsx";
import type { Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";

/** The name of the control with the file. */
export const FILE_FIELD = "file";

export const DESCRIPTION_FIELD: Field = {
  pointer: "/description",
  label: "Description",
  kind: "line",
  placeholder: "Time sheet",
};

type Props = {
  attachments: readonly Attachment[];
  path: string;
  token: string;
  format: Format;
  /** Whether the reader may put files beside it and take them away. */
  isOpen: boolean;
  /** What was typed as a description before the file was refused. */
  described?: unknown;
};

/** The list with sizes, and below it the form while the document is a draft. */
export function Attachments(props: Props) {
  const { attachments, path, token, isOpen, described } = props;
  if (attachments.length === 0 && !isOpen) return null;
  return (
    <section aria-label="Attachments" class="stack">
      {attachments.length > 0 && <List {...props} />}
      {isOpen && attachments.length < MAX_ATTACHMENTS && (
        <details
          class="card"
          open={attachments.length > 0 || described !== undefined ? true : undefined}
        >
          <summary>Attach a file</summary>
          <Form action={`${path}/attachments`} token={token} class="stacked" upload>
            <div class="field">
              <label for="attachment">File</label>
              <input
                id="attachment"
                type="file"
                name={FILE_FIELD}
                accept={ATTACHMENT_ENDINGS.map((ending) => `.${ending}`).join(",")}
                aria-describedby="attachment-hint"
              />
              <p class="hint" id="attachment-hint">
                PDF, PNG, JPEG, CSV, XLSX or ODS; {MAX_ATTACHMENTS} files and{" "}
                {MAX_ATTACHED_BYTES / 1_000_000} MB in all. They are embedded in the PDF and the
                e-invoice. A file with the same name is replaced.
              </p>
            </div>
            <Fields fields={[DESCRIPTION_FIELD]} body={{ description: described }} />
            <button type="submit" class="primary">
              Attach
            </button>
          </Form>
        </details>
      )}
    </section>
  );
}

function List({ attachments, path, token, format, isOpen }: Props) {
  const action = (name: string) => `${path}/attachments/${encodeURIComponent(name)}`;
  const columns = [
    { head: "File", wide: true },
    { head: "Size", figure: true },
  ];
  return (
    <DataTable
      caption="Attachments"
      visibleCaption
      columns={isOpen ? [...columns, { head: "" }] : columns}
      rows={attachments.map(({ name, description, url, file }) => ({
        cells: [
          <>
            <a href={file ? action(name) : (url ?? "")}>{name}</a>
            {description && <small class="muted"> {description}</small>}
          </>,
          file ? sizeText(file.size, format) : "a link",
          ...(isOpen
            ? [
                file && (
                  <ActionButton
                    action={`${action(name)}/remove`}
                    token={token}
                    label="Remove"
                    danger
                    asks
                  />
                ),
              ]
            : []),
        ],
      }))}
    />
  );
}

/** A size as people read it: in bytes below a kilobyte, else in full kilobytes, rounded up. */
export function sizeText(bytes: number, format: Pick<Format, "count">): string {
  return bytes < 1_000
    ? `${format.count(bytes)} bytes`
    : `${format.count(Math.ceil(bytes / 1_000))} KB`;
}
