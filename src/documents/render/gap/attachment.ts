/** Pure. What is asked of the files that stand beside a document. */
import { isAttachmentType } from "../../code/attachment-type.ts";
import type { DocumentModel } from "../../model/model.ts";
import type { SemanticInvoice } from "../einvoice/semantic.ts";
import { type Ask, enter, has, type Rules } from "./ask.ts";

const DETACH =
  "Take the file from the draft (DELETE /api/invoices/{id}/attachments/{name}) and attach it " +
  "again under another name.";

/** BR-52, of files and of what is invoiced, and BR-CL-24. */
export const attachmentRules: Rules = ({ model }, ask) => {
  for (const [i, { name }] of attachmentsOf(model).entries()) {
    ask(has(name), "BR-52", {
      field: `attachments.${i}.name`,
      detail: "a file beside the document has a name that can be printed",
      remedy: DETACH,
    });
  }
  const object = model.references.further?.invoicedObject;
  if (object) {
    ask(has(object.value), "BR-52", {
      field: "references.invoiced_object.value",
      detail: "what is invoiced has a number that can be printed",
      remedy: enter.inDocument(model, "that number, or nothing", "references.invoiced_object"),
    });
  }
  askTypes(model, "BR-CL-24", ask);
};

/** PEPPOL-EN16931-CL001: the same of its types as BR-CL-24. */
export const peppolAttachmentRules: Rules = ({ model }, ask) =>
  askTypes(model, "PEPPOL-EN16931-CL001", ask);

/** BR-TMP-2. */
export const linkRules: Rules = ({ model }, ask) => {
  for (const [i, { url }] of attachmentsOf(model).entries()) {
    if (!has(url)) continue;
    ask(/^[a-z][a-z0-9+.-]+:/i.test(url.trim()), "BR-TMP-2", {
      field: `attachment_links.${i}.url`,
      detail: "a file that lies elsewhere has its whole address, from https: on",
      remedy: enter.inDocument(model, "the whole address", "attachment_links"),
    });
  }
};

/** True where no two files that are sent along have one name; upper and lower case are one. */
export function areNamedApart({ model }: SemanticInvoice): boolean {
  const files = attachmentsOf(model).filter(({ type }) => type !== null);
  return new Set(files.map(({ name }) => name.trim().toLowerCase())).size === files.length;
}

/** What to do where two have. */
export const NAME_APART = DETACH;

function attachmentsOf({ attachments = [] }: DocumentModel) {
  return attachments;
}

function askTypes(model: DocumentModel, rule: string, ask: Ask): void {
  for (const [i, { type }] of attachmentsOf(model).entries()) {
    if (type === null) continue;
    ask(isAttachmentType(type), rule, {
      field: `attachments.${i}.type`,
      detail: `${type} is no type of file that e-invoices take`,
      remedy: "Attach it as a PDF, PNG, JPEG, CSV, XLSX or ODS.",
    });
  }
}
