/** A letter as a page of ours shows it: the pictures that mail programs find by id stand in it. */
import type { Env } from "../../platform/runtime/env.ts";
import { letterOf } from "./sealed-letter.ts";
import { attachmentOf, INBOX } from "./send.ts";
import type { EmailRow } from "./table.ts";

/** What the page that shows it has to allow. */
export const LETTER_IMAGES = "img-src data:";

/** The HTML of a letter with its pictures as `data:` addresses. */
export async function shownLetter(env: Env, row: EmailRow): Promise<string> {
  let { html } = await letterOf(env, row);
  for (const [n, { cid }] of row.attachments.entries()) {
    if (cid === undefined || !html.includes(`src="cid:${cid}"`)) continue;
    const { type, bytes } = await attachmentOf(env, row, n);
    const base64 = Buffer.from(bytes).toString("base64");
    html = html.replaceAll(`src="cid:${cid}"`, `src="data:${type};base64,${base64}"`);
  }
  return html;
}

/** What became of an e-mail that no provider sent. */
export const KEPT = "kept in the inbox";

/**
 * A message's status as people read it: what no provider sent, since none is set up or the tenant
 * is a test, was kept in the inbox.
 */
export function emailState({ status, provider }: Pick<EmailRow, "status" | "provider">): string {
  return status === "sent" && provider === INBOX ? KEPT : status;
}
