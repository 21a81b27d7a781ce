/** Whether a document's page can show all that stands on it. */
import type { Env } from "../../platform/runtime/env.ts";
import type { Document } from "../store/row.ts";
import { fontsFor } from "./pdf/font-set.ts";
import { type Unreadable, unreadable } from "./pdf/unreadable.ts";
import { presentDocument } from "./print.ts";

const MOST_TEXTS = 50;
const MOST_CHARACTERS = 50;

/**
 * The texts of a document with characters that no font has, the first of many; null where the
 * fonts could not be read.
 */
export async function unreadableIn(
  env: Env,
  document: Document,
  nowMs: number,
): Promise<Unreadable[] | null> {
  const { model } = await presentDocument(env, document, { rendition: "today", nowMs });
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
