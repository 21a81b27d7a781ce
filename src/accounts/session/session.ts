/**
 * Sessions of people: begun with an API key or by a link that was mailed, ended by whoever signs
 * out, by time, and with the key or user that they stand for. All times are real.
 */
import { asciiEmail } from "../../core/email-address.ts";
import { Problem } from "../../core/errors.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../core/time.ts";
import { commit, insistChanged } from "../../platform/db/db.ts";
import { makeId, randomToken, sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Actor } from "../actor/actor.ts";
import { type Confinement, keptOf } from "../actor/confinement.ts";
import { isKeyText } from "../actor/key-text.ts";
import { may, PERMISSION_NAMES } from "../actor/roles.ts";
import { type Author, auditRow } from "../audit/audit.ts";
import { insistHolds } from "../guard/guard.ts";
import { holderOf, noteKeyUse } from "../store/key-store.ts";
import { readTenant, type Tenant } from "../store/tenant-store.ts";
import { readUser, type User } from "../store/user-store.ts";
import {
  deleteSession,
  dropEnded,
  holderOfSession,
  insertLink,
  insertSession,
  insistFewLinks,
  replaceToken,
  type SessionHolder,
  useLink,
  userOfLink,
  usersByEmail,
} from "./session-store.ts";

export const TOKEN_BYTES = 32;
/** A session ends after this without a request, and in any case after the longer one. */
export const IDLE_MS = DAY_MS;
export const LONGEST_MS = 7 * DAY_MS;
/** How old a token grows before the session gets another, and how long the old one still counts. */
export const ROTATE_MS = HOUR_MS;
export const OVERLAP_MS = MINUTE_MS;

const LINK_MS = 15 * MINUTE_MS;
const LINKS_AN_HOUR = 5;

/** The token is for the cookie alone: what is stored is its hash. */
export type Begun = { token: string; expiresMs: number };

/** What came with the request that begins a session. */
export type Visit = { realMs: number } & Required<
  Pick<Author, "requestId" | "callerRequestId" | "from">
>;

/**
 * Begins a session that stands for an API key. Errors: 401 `auth.invalid`, 403 for a key that may
 * only record, or is confined to more than an end.
 */
export async function signInWithKey(env: Env, key: string, visit: Visit): Promise<Begun> {
  const holder = isKeyText(key) ? await holderOf(env.DB, await sha256Hex(key)) : null;
  if (!holder) throw new Problem("auth.invalid", "the API key is unknown or revoked");
  const { tenantId, keyId, name: keyName, userId, role, confinement } = holder;
  if (!PERMISSION_NAMES.some((one) => one.endsWith(".read") && may(role, one))) {
    throw new Problem("auth.forbidden", "this key only records usage; sign in with another one");
  }
  if (confinement !== null) insistOpens(confinement, visit.realMs);
  const { begun, statements } = await beginSession(
    env,
    { tenantId, keyId, keyName, userId },
    visit,
    keyId,
  );
  const use = noteKeyUse(env.DB, keyId, { atMs: visit.realMs, sinceMs: visit.realMs });
  await commit(env.DB, [...statements, use]);
  return begun;
}

/** A session stands for all of a role, wherever its browser is: so only an end goes with it. */
function insistOpens(confinement: Confinement, realMs: number): void {
  insistHolds({ ...confinement, ips: null }, null, realMs);
  if (keptOf(confinement) === null) return;
  const detail = "this key is confined and opens no dashboard; sign in with another one";
  throw new Problem("auth.forbidden", detail);
}

async function beginSession(
  env: Env,
  author: Author,
  { realMs, ...request }: Visit,
  keyId: string | null,
): Promise<{ begun: Begun; statements: D1PreparedStatement[] }> {
  const token = randomToken(TOKEN_BYTES);
  const id = makeId("ses", realMs);
  const expiresMs = realMs + IDLE_MS;
  const row = {
    id,
    tenant: author.tenantId,
    keyId,
    userId: keyId === null ? author.userId : null,
    hash: await sha256Hex(token),
    previousHash: null,
    formToken: randomToken(TOKEN_BYTES),
    createdMs: realMs,
    rotatedMs: realMs,
    expiresMs,
    actingFor: null,
  };
  const by = { ...author, keyId: keyId ?? id, sessionId: id, ...request };
  const statements = [
    ...dropEnded(env.DB, realMs),
    insertSession(env.DB, row),
    auditRow(env.DB, by, { action: "session.opened", target: id }, realMs),
  ];
  return { begun: { token, expiresMs }, statements };
}

export type Session = {
  holder: SessionHolder;
  /** The token that takes the place of the one that was shown, or null. */
  renewed: Begun | null;
};

/** The session of a token, with a new token where it is time for one; null where it has ended. */
export async function resumeSession(
  env: Env,
  token: string,
  realMs: number,
): Promise<Session | null> {
  const shown = await sha256Hex(token);
  const at = { nowMs: realMs, rotatedAfterMs: realMs - OVERLAP_MS };
  const holder = await holderOfSession(env.DB, shown, at);
  if (!holder) return null;
  const isOld = holder.hash === shown && realMs - holder.rotatedMs >= ROTATE_MS;
  return { holder, renewed: isOld ? await rotate(env, holder, realMs) : null };
}

async function rotate(env: Env, holder: SessionHolder, realMs: number): Promise<Begun | null> {
  const token = randomToken(TOKEN_BYTES);
  const expiresMs = Math.min(realMs + IDLE_MS, holder.createdMs + LONGEST_MS);
  const next = { hash: await sha256Hex(token), rotatedMs: realMs, expiresMs };
  return (await replaceToken(env.DB, holder, next)) ? { token, expiresMs } : null;
}

/** Ends the actor's session; its cookie says nothing any more. */
export async function signOut(env: Env, actor: Actor, sessionId: string): Promise<void> {
  await commit(env.DB, [
    deleteSession(env.DB, sessionId),
    auditRow(env.DB, actor, { action: "session.closed", target: sessionId }, actor.realMs),
  ]);
}

/** A link to be mailed: it signs in once, within a quarter of an hour. */
export type Invitation = {
  user: User;
  tenant: Tenant;
  token: string;
  /** For the batch that queues the message; refused with 429 for too many within the hour. */
  statements: D1PreparedStatement[];
};

/** An invitation for each user of an e-mail address; none for an address that nobody has. */
export async function inviteByEmail(
  env: Env,
  email: string,
  realMs: number,
): Promise<Invitation[]> {
  const limits = { sinceMs: realMs - HOUR_MS, most: LINKS_AN_HOUR };
  const found = await usersByEmail(env.DB, asciiEmail(email).toLowerCase());
  const made = found.map(async ({ userId, tenantId }): Promise<Invitation | null> => {
    const [user, tenant] = await Promise.all([
      readUser(env.DB, tenantId, userId),
      readTenant(env.DB, tenantId),
    ]);
    if (!user || !tenant) return null;
    const token = randomToken(TOKEN_BYTES);
    const hash = await sha256Hex(token);
    const times = { createdMs: realMs, expiresMs: realMs + LINK_MS, usedMs: null };
    const statements = [
      insistFewLinks(env.DB, userId, limits),
      insertLink(env.DB, { hash, userId, ...times }),
    ];
    return { user, tenant, token, statements };
  });
  return (await Promise.all(made)).filter((invitation) => invitation !== null);
}

/**
 * Begins a session of the user to whom a link was mailed. Errors: 410 `auth.link_spent` for a link
 * that was used, has ended, or is none.
 */
export async function signInWithLink(env: Env, token: string, visit: Visit): Promise<Begun> {
  const hash = await sha256Hex(token);
  const found = await userOfLink(env.DB, hash, visit.realMs);
  const spent = { code: "auth.link_spent", detail: "ask for another link" } as const;
  if (!found) throw new Problem(spent.code, spent.detail);
  const author = { ...found, keyId: "" };
  const { begun, statements } = await beginSession(env, author, visit, null);
  await commit(env.DB, [
    useLink(env.DB, hash, visit.realMs),
    insistChanged(env.DB, spent),
    ...statements,
  ]);
  return begun;
}
