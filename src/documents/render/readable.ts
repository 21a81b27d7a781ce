/** What a document would be found wanting for: its e-invoice's gaps, and texts nobody can read. */
import type { Env } from "../../platform/runtime/env.ts";
import type { DocumentModel } from "../model/model.ts";
import type { Document } from "../store/row.ts";
import { fontsFor } from "./pdf/font-set.ts";
import { type Unreadable, unreadable } from "./pdf/unreadable.ts";
import { modelOf, type Surroundings } from "./present/present.ts";
import { surroundingsOf } from "./print.ts";
import { type EInvoiceState, eInvoiceIn } from "./xml.ts";

const MOST_TEXTS = 50;
const MOST_CHARACTERS = 50;

/**
 * `eInvoice` is null for what is no e-invoice; `unreadable` are the texts with characters that no
 * font has, the first of many, null where the fonts could not be read.
 */
export type Findings = { eInvoice: EInvoiceState | null; unreadable: Unreadable[] | null };

/** What is wanting of a document, as it is today; `known` is what `surroundingsOf` answered. */
export async function findingsOf(
  env: Env,
  document: Document,
  nowMs: number,
  known?: Surroundings,
): Promise<Findings> {
  const around = known ?? (await surroundingsOf(env, document, nowMs));
  return {
    eInvoice: eInvoiceIn(document, around),
    unreadable: await unreadableIn(env, modelOf(document, around, "today")),
  };
}

async function unreadableIn(env: Env, model: DocumentModel): Promise<Unreadable[] | null> {
  try {
    return unreadable(model, await fontsFor(model, env.ASSETS))
      .slice(0, MOST_TEXTS)
      .map(({ field, characters }) => ({
        field,
        characters: characters.slice(0, MOST_CHARACTERS),
      }));
  } catch {
    return null;
  }
}
