/**
 * What every page shares: its headers, the session and the actor made from it, and the token that
 * proves that a form was sent from a page of the same session.
 */
import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import type { Permission } from "../../accounts/actor/roles.ts";
import { notForTenant } from "../../accounts/guard/acting.ts";
import { actorOf, allow } from "../../accounts/guard/guard.ts";
import { actorIn } from "../../accounts/session/acting.ts";
import { type Begun, resumeSession } from "../../accounts/session/session.ts";
import type { SessionHolder } from "../../accounts/session/session-store.ts";
import { Problem } from "../../core/errors.ts";
import { SECOND_MS } from "../../core/time.ts";
import { gatheringReads } from "../../platform/db/gather.ts";
import { readBytes } from "../../platform/http/http.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { addressesIn, publicUrl } from "../../platform/runtime/public-url.ts";
import { validationProblem } from "../../platform/schema/openapi.ts";
import { TOKEN_FIELD } from "../component/form.tsx";
import { shownAt } from "../component/open-pages.ts";
import { type Sent, sentOf, textOf } from "../form/form.ts";
import { type Format, formatFor, localeOf } from "../form/format.ts";

export type PageEnv = {
  Bindings: Env;
  Variables: AppEnv["Variables"] & {
    /** Whoever is signed in; whose dashboard it is, is the actor's to say. */
    session: Pick<SessionHolder, "id" | "formToken" | "name">;
    /** Whoever is signed in, while `actor` may be the tenant for which the operator acts. */
    person: Actor;
    format: Format;
  };
};
export type PageContext = Context<PageEnv>;

const COOKIE = "bcp_session";
const PATH = "/dashboard";
const MAX_FORM_BYTES = 1_000_000;
/** Of a form with a file, what its other fields and its boundaries take at most. */
const FORM_AROUND_BYTES = 20_000;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/** Headers of every page, and the viewer's language. */
export const pageHeaders: MiddlewareHandler<PageEnv> = async (c, next) => {
  c.header("Content-Security-Policy", POLICY);
  // With `no-referrer` a browser would send its own forms with the origin `null`.
  c.header("Referrer-Policy", "same-origin");
  c.header("Vary", "Cookie, Accept-Language");
  c.set("format", formatFor(localeOf(c.req.header("accept-language"))));
  await next();
};

/**
 * Lets an answer be shown in a frame of our own pages: a document, or an e-mail's letter. `policy`
 * is null for a PDF: browsers apply it to their viewer, which then shows nothing.
 */
export function allowFraming(c: PageContext, policy: string | null): void {
  const frames = "frame-ancestors 'self'";
  c.header("Content-Security-Policy", policy === null ? frames : `${policy}; ${frames}`);
}

/** Answers a PDF that is shown in a frame of our own pages. */
export function framedPdf(c: PageContext, bytes: Uint8Array, name: string): Response {
  allowFraming(c, null);
  return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    "Content-Type": "application/pdf",
    "Content-Disposition": `inline; filename=${name}`,
  });
}

/** Gives the browser the session's token until it expires. */
export function setSessionCookie(
  c: PageContext,
  { token, expiresMs }: Begun,
  realMs: number,
): void {
  setCookie(c, COOKIE, token, {
    path: PATH,
    httpOnly: true,
    sameSite: "Lax",
    secure: new URL(c.req.url).protocol === "https:",
    maxAge: Math.floor((expiresMs - realMs) / SECOND_MS),
  });
}

/** Takes the session's token from the browser. */
export function clearSessionCookie(c: PageContext): void {
  deleteCookie(c, COOKIE, { path: PATH });
}

/**
 * Sets the session and its actor. Errors: 401 `auth.signed_out`, 429 `request.rate_limited`; 403
 * `auth.forged` for a write that another site's page sent.
 */
export const signedIn: MiddlewareHandler<PageEnv> = async (c, next) => {
  if (isWrite(c)) insistOwnOrigin(c);
  const realMs = Date.now();
  const token = getCookie(c, COOKIE);
  const session = token ? await resumeSession(c.env, token, realMs) : null;
  if (!session) throw new Problem("auth.signed_out", "sign in to go on");
  const { holder, renewed } = session;
  const { success } = await c.env.SHIELD.limit({ key: holder.id });
  if (!success) {
    throw new Problem("request.rate_limited", "too many requests; wait a minute", {
      retryAfterSeconds: 60,
    });
  }
  if (renewed) setSessionCookie(c, renewed, realMs);
  const person = { ...actorOf(holder, realMs, c), sessionId: holder.id };
  c.set("session", holder);
  c.set("person", person);
  c.set("actor", await actorIn(c.env, person, holder));
  if (!isWrite(c)) c.env = { ...c.env, DB: gatheringReads(c.env.DB) };
  await next();
};

function isWrite(c: PageContext): boolean {
  return c.req.method !== "GET" && c.req.method !== "HEAD";
}

/** A browser names the origin of a form. Errors: 403 `auth.forged` for another one, or none. */
export function insistOwnOrigin(c: PageContext): void {
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  const ours = [c.req.url, ...addressesIn(c.env.PUBLIC_URL)].map((url) => new URL(url).origin);
  if (origin !== undefined && ours.includes(origin) && (site ?? "same-origin") === "same-origin") {
    return;
  }
  throw new Problem("auth.forged", "send the form from the page itself");
}

/** The actor, where its role has `permission`. Errors: 403. */
export function allowed(c: PageContext, permission: Permission): Actor {
  const { actedBy, tenantName } = c.var.actor;
  if (actedBy && permission.startsWith("operator.")) {
    throw notForTenant(`this page is the operator's own: stop acting as ${tenantName} to open it`);
  }
  const shown = shownAt(c.req.path.slice(PATH.length));
  return allow(c as unknown as Context<AppEnv>, permission, "own", shown);
}

/** What the session's own form sent. Errors: 403 `auth.forged`, 413. */
export async function readForm(c: PageContext): Promise<Sent> {
  const bytes = await readBytes(c, MAX_FORM_BYTES);
  const sent = sentOf(new URLSearchParams(new TextDecoder().decode(bytes)));
  insistToken(c, textOf(sent, TOKEN_FIELD));
  return sent;
}

/** The bytes of an upload's file; none where it has no file. Errors: 403 `auth.forged`, 413. */
export async function readUpload(
  c: PageContext,
  name: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return (await readFileForm(c, name, maxBytes)).bytes;
}

/** A form with a file: its bytes and what the browser says of it, and the form's other texts. */
export type FileForm = {
  /** Empty where no file was chosen. */
  bytes: Uint8Array<ArrayBuffer>;
  name: string;
  type: string;
  sent: Sent;
};

/** A form with the file of a field. Errors: 403 `auth.forged`, 413. */
export async function readFileForm(
  c: PageContext,
  field: string,
  maxBytes: number,
): Promise<FileForm> {
  const bytes = await readBytes(c, Math.max(MAX_FORM_BYTES, maxBytes + FORM_AROUND_BYTES));
  const headers = { "Content-Type": c.req.header("content-type") ?? "" };
  const form = await new Response(bytes as Uint8Array<ArrayBuffer>, { headers })
    .formData()
    .catch(() => new FormData());
  insistToken(c, String(form.get(TOKEN_FIELD) ?? ""));
  const texts = [...form].filter((entry): entry is [string, string] => !isFile(entry[1]));
  const sent = sentOf(new URLSearchParams(texts));
  const file = form.get(field) as unknown;
  if (!isFile(file)) return { bytes: new Uint8Array(), name: "", type: "", sent };
  if (file.size > maxBytes) {
    throw new Problem("request.too_large", `the file has at most ${maxBytes} bytes`);
  }
  const { name, type } = file;
  return { bytes: new Uint8Array(await file.arrayBuffer()), name, type, sent };
}

function isFile(value: unknown): value is File {
  return value instanceof File;
}

function insistToken(c: PageContext, given: string): void {
  const encoder = new TextEncoder();
  const [ours, theirs] = [encoder.encode(c.var.session.formToken), encoder.encode(given)];
  if (ours.length === theirs.length && crypto.subtle.timingSafeEqual(ours, theirs)) return;
  throw new Problem("auth.forged", "the form is not of this session: open the page again");
}

type Schema<T> = {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: Parameters<typeof validationProblem>[0] } };
};

/** A body as a schema of the API takes it. Errors: 422 as the API answers it. */
export function parseWith<T>(schema: Schema<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw validationProblem(result.error.issues);
}

/** The address of this installation in what a page shows its reader; letters ask `publicUrl`. */
export function originOf(c: PageContext): string {
  return publicUrl(c.env) ?? new URL(c.req.url).origin;
}

/** Leads to a page of the dashboard after a form; `done` names what that page says of it. */
export function seeOther(c: PageContext, path: string, done?: Done): Response {
  const joint = path.includes("?") ? "&" : "?";
  return c.redirect(`${PATH}${path}${done ? `${joint}done=${done}` : ""}`, 303);
}

/** What is said of an e-mail: without a provider, and of test tenants, nothing leaves. */
export function sentOrKept(c: PageContext): Done {
  return c.var.actor.mode === "test" || !c.env.EMAIL_PROVIDER ? "kept" : "sent";
}

/** What a page may say of the form that led to it; the address holds a name, never the text. */
export const DONE = {
  saved: "Saved.",
  created: "Created.",
  finalized: "Finalized. It has its number and can no longer change.",
  sent: "The e-mail is on its way.",
  duplicated: "This draft is a copy: its lines and texts are as they were, its dates are not.",
  repeats: "The invoice repeats from now on.",
  refunded: "The refund is recorded.",
  kept: "No e-mail left this installation: the message is kept in the inbox.",
  paid: "Payment recorded.",
  voided: "Voided.",
  accepted: "Quote accepted.",
  rejected: "Quote rejected.",
  converted: "Draft invoice created.",
  revoked: "Revoked.",
  removed: "Removed.",
  erasing: "The erasure is asked for.",
  not_erased: "Canceled. Nothing is erased.",
  attached: "Attached.",
  rolled: "New version created. Each subscription moves to it at its next period.",
  archived: "Plan archived. No new subscriptions can be made to it.",
  ended: "Subscription canceled. It ends on the date shown.",
  resumed: "The subscription continues.",
  redeemed: "Coupon redeemed. It applies from the next invoice.",
  granted: "Credit granted.",
  committed:
    "Import committed. It counts from now on; closed periods are settled with the next closing.",
  reverted: "Import reverted.",
  unfinished: "Partly done. Press the same button again to continue.",
  again: "It is tried again. What succeeds leaves this page in a moment.",
  drained: "The meter has put its journal into the ledger.",
  not_drained: "The meter still cannot put its journal into the ledger: the reason stands below.",
  queued: "Queued. The attempt appears below in a moment.",
} as const;
export type Done = keyof typeof DONE;
