/**
 * Letters at rest: their links open documents and accounts, so that HTML and text are sealed under
 * the installation's secret. Those of an earlier version are read as they are, and sealed later.
 */
import { seal } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { opened } from "../../platform/runtime/secret.ts";
import { lettersInClear, sealEmail } from "./store.ts";
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
  const parts = await eachPart(row, (part) => seal(secret, `${row.id} ${part}`, row[part]));
  return { ...parts, sealed: true };
}

/** A letter as it was written; empty where it was erased. Errors: 503 `service.secret_lost`. */
export async function letterOf(env: Env, row: Stored): Promise<Written> {
  if (!row.sealed) return { html: row.html, plain: row.plain };
  return eachPart(row, (part) => opened(env, `${row.id} ${part}`, row[part]));
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
