/**
 * Changing the installation's secret without a pause: while the one before is set beside it, what
 * either sealed is read, and the minute's sweep seals it anew. Once all is done the one before can
 * be taken away.
 */
import { eq, sql } from "drizzle-orm";
import { SEALED_HOOKS } from "../billing/provider/sealed-hooks.ts";
import { MINUTE_MS } from "../core/time.ts";
import { SEALED_LETTERS } from "../delivery/email/sealed-letter.ts";
import { SEALED_ENDPOINTS } from "../delivery/webhook/sealed-secrets.ts";
import { SEALED_LINK_KEY } from "../documents/link/link-store.ts";
import { orm, statement } from "../platform/db/db.ts";
import { seal, sha256Hex, unseal } from "../platform/runtime/crypto.ts";
import type { Env } from "../platform/runtime/env.ts";
import type { SealedPart, SealedRow, SealedText } from "../platform/runtime/sealed-part.ts";
import { reseals } from "./table.ts";

/** All that is sealed and kept, in the order in which it is walked. */
export const SEALED_PARTS: readonly SealedPart[] = [
  SEALED_LINK_KEY,
  SEALED_ENDPOINTS,
  SEALED_HOOKS,
  SEALED_LETTERS,
];

/** Until then an instance of the Worker may seal under the secret before, which it started with. */
const SETTLING_MS = 10 * MINUTE_MS;
/** Pages of one sweep. */
const PAGES = 10;

export type Reseal = typeof reseals.$inferSelect;

type Secrets = { current: string; previous: string };

/** Both secrets, where one is being changed for the other. */
function secretsOf(env: Env): Secrets | null {
  const { DELIVERY_SECRET: current, DELIVERY_SECRET_PREVIOUS: previous } = env;
  return current && previous && current !== previous ? { current, previous } : null;
}

async function nameOf({ current, previous }: Secrets): Promise<string> {
  return (await sha256Hex(`reseal\0${current}\0${previous}`)).slice(0, 32);
}

/** How far the change of the secret is; null where none goes on. */
export async function resealOf(env: Env): Promise<Reseal | "begins" | null> {
  const secrets = secretsOf(env);
  if (secrets === null) return null;
  return (await readReseal(env.DB, await nameOf(secrets))) ?? "begins";
}

async function readReseal(db: D1Database, secret: string): Promise<Reseal | undefined> {
  const [row] = await orm(db).select().from(reseals).where(eq(reseals.secret, secret));
  return row;
}

/** Seals some of what the secret before sealed under the one that is set now. */
export async function resealOn(env: Env, nowMs: number): Promise<void> {
  const secrets = secretsOf(env);
  if (secrets === null) return;
  const secret = await nameOf(secrets);
  const first = { secret, beganMs: nowMs, part: SEALED_PARTS[0]?.name ?? "", after: "" };
  await orm(env.DB).insert(reseals).values(first).onConflictDoNothing();
  for (let page = 0; page < PAGES; page++) {
    const state = await readReseal(env.DB, secret);
    if (!state || state.doneMs !== null || nowMs - state.beganMs < SETTLING_MS) return;
    await resealPage(env.DB, secrets, state, nowMs);
  }
}

async function resealPage(db: D1Database, secrets: Secrets, state: Reseal, nowMs: number) {
  const at = SEALED_PARTS.findIndex(({ name }) => name === state.part);
  const part = SEALED_PARTS[at];
  if (!part) throw new Error(`nothing sealed is called ${state.part}`);
  const rows = await part.read(db, state.after, part.atOnce);
  const writes: D1PreparedStatement[] = [];
  let unreadable = 0;
  for (const row of rows) {
    const sealed = await sealedAnew(secrets, row);
    if (sealed === "unreadable") unreadable++;
    else if (sealed !== null) writes.push(part.write(db, row, sealed));
  }
  const next = rows.length < part.atOnce ? SEALED_PARTS[at + 1] : part;
  const change = {
    part: next?.name ?? state.part,
    after: next === part ? (rows.at(-1)?.id ?? state.after) : "",
    resealed: sql`${reseals.resealed} + ${writes.length}`,
    unreadable: sql`${reseals.unreadable} + ${unreadable}`,
    doneMs: next ? null : nowMs,
  };
  const moved = orm(db).update(reseals).set(change).where(eq(reseals.secret, state.secret));
  await db.batch([...writes, statement(db, moved)]);
}

/** A row's texts under the secret that is set now; null where they are so already. */
async function sealedAnew(
  { current, previous }: Secrets,
  { texts }: SealedRow,
): Promise<string[] | "unreadable" | null> {
  const opens = async (secret: string, { context, sealed }: SealedText) =>
    sealed === "" ? "" : unseal(secret, context, sealed).catch(() => null);
  const now = await Promise.all(texts.map((text) => opens(current, text)));
  if (now.every((text) => text !== null)) return null;
  const before = await Promise.all(texts.map((text) => opens(previous, text)));
  const read = texts.map((_, i) => now[i] ?? before[i] ?? null);
  if (read.some((text) => text === null)) return "unreadable";
  return Promise.all(
    texts.map(({ context }, i) => (read[i] === "" ? "" : seal(current, context, read[i] ?? ""))),
  );
}
