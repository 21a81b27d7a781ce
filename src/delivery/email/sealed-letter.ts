/**
 * Letters at rest: their links open documents and accounts, so that HTML and text are sealed under
 * the installation's secret. Those of an earlier version are read as they are, and sealed later.
 */
import { seal } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { SealedPart } from "../../platform/runtime/sealed-part.ts";
import { opened } from "../../platform/runtime/secret.ts";
import { lettersInClear, resealEmail, sealEmail, sealedLetters } from "./store.ts";
import type { EmailRow } from "./table.ts";

type Written = Pick<EmailRow, "html" | "plain">;
type Sealed = Written & Pick<EmailRow, "sealed">;
type Stored = Sealed & Pick<EmailRow, "id">;

const PARTS = ["html", "plain"] as const;

async function eachPart(of: Written, change: (part: keyof Written) => Promise<string>) {
  const [html, plain] = await Promise.all(
    PARTS.map(async (part) => (of[part] === "" ? "" : change(part))),
  );
  return { html: html ?? "", plain: plain ?? "" };
}

/** A letter as it is stored: in clear only where the installation has no secret. */
export async function sealLetter(env: Env, row: Stored): Promise<Sealed> {
  const { DELIVERY_SECRET: secret } = env;
  if (row.sealed || !secret) return { html: row.html, plain: row.plain, sealed: row.sealed };
  const parts = await eachPart(row, (part) => seal(secret, contextOf(row, part), row[part]));
  return { ...parts, sealed: true };
}

/** A letter as it was written; empty where it was erased. Errors: 503 `service.secret_lost`. */
export async function letterOf(env: Env, row: Stored): Promise<Written> {
  if (!row.sealed) return { html: row.html, plain: row.plain };
  return eachPart(row, (part) => opened(env, contextOf(row, part), row[part]));
}

/** Letters as the one who changes the installation's secret walks them. */
export const SEALED_LETTERS: SealedPart = {
  name: "e-mails",
  atOnce: 40,

  async read(db, after, limit) {
    const rows = await sealedLetters(db, after, limit);
    return rows.map((row) => ({
      id: row.id,
      texts: PARTS.map((part) => ({ context: contextOf(row, part), sealed: row[part] })),
    }));
  },

  write(db, { id, texts }, [html = "", plain = ""]) {
    return resealEmail(db, id, { html, plain }, texts[0]?.sealed ?? "");
  },
};

function contextOf({ id }: Pick<EmailRow, "id">, part: (typeof PARTS)[number]): string {
  return `${id} ${part}`;
}

/** Letters that one sweep seals at most. */
const AT_ONCE = 100;

/** Seals what an earlier version left in clear, a part of it at each call. */
export async function sealOldLetters(env: Env): Promise<void> {
  if (!env.DELIVERY_SECRET) return;
  const rows = await lettersInClear(env.DB, AT_ONCE);
  if (rows.length === 0) return;
  const statements = rows.map(async (row) => sealEmail(env.DB, row.id, await sealLetter(env, row)));
  await env.DB.batch(await Promise.all(statements));
}
