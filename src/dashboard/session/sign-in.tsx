/**
 * /dashboard/sign-in: with an API key, or by a link that is mailed. Sessions are no resource of the
 * API: signing in and out calls their verbs.
 */
import { Hono } from "hono";
import { originOf } from "../../accounts/guard/guard.ts";
import {
  inviteByEmail,
  signInWithKey,
  signInWithLink,
  signOut,
  type Visit,
} from "../../accounts/session/session.ts";
import { Problem } from "../../core/errors.ts";
import { emailRow, handOutEmails, queueStatements } from "../../delivery/email/send.ts";
import { commit } from "../../platform/db/db.ts";
import { readText } from "../../platform/http/http.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import { publicUrl } from "../../platform/runtime/public-url.ts";
import { Fields } from "../component/form.tsx";
import { type Field, sentOf, textOf } from "../form/form.ts";
import { page } from "../page/page.tsx";
import {
  clearSessionCookie,
  insistOwnOrigin,
  type PageContext,
  type PageEnv,
  readForm,
  seeOther,
  setSessionCookie,
  signedIn,
} from "../page/request.ts";
import { signInLetter } from "./sign-in-letter.ts";

export const signInPages = new Hono<PageEnv>();

const MAX_FORM_BYTES = 10_000;
const KEY_FIELD: Field = {
  pointer: "/key",
  label: "API key",
  kind: "secret",
  placeholder: "bcp_live_…",
  required: true,
};
const EMAIL_FIELD: Field = {
  pointer: "/email",
  label: "E-mail address",
  kind: "email",
  required: true,
};

const NO_ADDRESS =
  "Sign-in links are not set up yet: the operator has to set PUBLIC_URL and DELIVERY_SECRET. " +
  "Sign in with an API key instead.";

signInPages.get("/sign-in", (c) => signInPage(c, null));

signInPages.post("/sign-in", async (c) => {
  const sent = await readOpenForm(c);
  const visit = visitOf(c);
  try {
    const begun = await signInWithKey(c.env, textOf(sent, "/key"), visit);
    setSessionCookie(c, begun, visit.realMs);
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    return signInPage(c, { status: error.status, text: `${error.message}.` });
  }
  return seeOther(c, "");
});

signInPages.post("/sign-in/email", async (c) => {
  const sent = await readOpenForm(c);
  const email = textOf(sent, "/email");
  const address = publicUrl(c.env);
  // The letter is stored sealed until it is sent.
  if (address === null || !c.env.DELIVERY_SECRET)
    return signInPage(c, { status: 503, text: NO_ADDRESS, email });
  // After the answer, whose time then says as little as its words about who is a user here.
  c.executionCtx.waitUntil(mailLinks(c, address, email));
  const where = c.env.EMAIL_PROVIDER ? "in the mail" : "kept in the inbox of this installation";
  const text =
    `If there is a user with this address, a sign-in link is ${where}. ` +
    "It works for 15 minutes.";
  return signInPage(c, { status: 200, text });
});

/** A button, since programs that scan mail open links but send no forms. */
signInPages.get("/sign-in/link/:token", (c) =>
  page(
    c,
    { title: "Sign in", section: null },
    <section class="sign-in">
      <h1>Sign in</h1>
      <form method="post">
        <button type="submit" class="primary">
          Sign in to the dashboard
        </button>
      </form>
    </section>,
  ),
);

signInPages.post("/sign-in/link/:token", async (c) => {
  await readOpenForm(c);
  const visit = visitOf(c);
  setSessionCookie(c, await signInWithLink(c.env, c.req.param("token"), visit), visit.realMs);
  return seeOther(c, "");
});

signInPages.post("/sign-out", signedIn, async (c) => {
  await readForm(c);
  await signOut(c.env, c.var.person, c.var.session.id);
  clearSessionCookie(c);
  return seeOther(c, "/sign-in");
});

/** A form without a session. Errors: 403 from another site, 429 for too many from an address. */
async function readOpenForm(c: PageContext) {
  insistOwnOrigin(c);
  const address = c.req.header("cf-connecting-ip") ?? "local";
  const { success } = await c.env.SIGN_IN.limit({ key: address });
  if (!success) {
    const wait = "too many attempts from your address; wait a minute";
    throw new Problem("request.rate_limited", wait, { retryAfterSeconds: 60 });
  }
  return sentOf(new URLSearchParams(await readText(c, MAX_FORM_BYTES)));
}

function visitOf(c: PageContext): Visit {
  const { requestId, callerRequestId } = c.var;
  const from = () => originOf(c.req);
  return { realMs: Date.now(), requestId, callerRequestId, from };
}

/** `address` is the installation's own, at which the links point. */
async function mailLinks(c: PageContext, address: string, email: string): Promise<void> {
  const { realMs } = visitOf(c);
  const invitations = await inviteByEmail(c.env, email, realMs);
  for (const { user, tenant, token, statements } of invitations) {
    const id = makeId("eml", realMs);
    const url = `${address}/dashboard/sign-in/link/${token}`;
    const row = emailRow({
      id,
      tenant: tenant.id,
      scope: tenant.mode === "test" ? tenant.id : "",

      letter: "notice",
      fromName: tenant.name,
      replyTo: null,

      recipients: [user.email],
      cc: [],
      attachments: [],
      ...signInLetter(tenant.name, url),

      createdMs: realMs,
      private: true,
    });
    try {
      await commit(c.env.DB, [...statements, ...(await queueStatements(c.env, row))]);
    } catch (error) {
      if (error instanceof Problem) continue; // had enough of them for now
      throw error;
    }
    await handOutEmails(c.env, tenant.id, realMs);
  }
}

type Notice = { status: number; text: string; email?: string };

function signInPage(c: PageContext, notice: Notice | null) {
  const refused = notice !== null && notice.status >= 400;
  return page(
    c,
    { title: "Sign in", section: null, status: notice?.status ?? 200 },
    <section class="sign-in">
      <h1>Sign in to BoxCostPro Edge</h1>
      {notice && (
        <div class={`notice ${refused ? "bad" : "good"}`} role={refused ? "alert" : "status"}>
          <p>{notice.text}</p>
        </div>
      )}
      <form method="post" action="/dashboard/sign-in">
        <Fields fields={[KEY_FIELD]} body={{}} />
        <button type="submit" class="primary">
          Sign in
        </button>
      </form>
      <form method="post" action="/dashboard/sign-in/email">
        <h2>Or by e-mail</h2>
        <Fields fields={[EMAIL_FIELD]} body={{ email: notice?.email }} />
        <button type="submit">E-mail me a sign-in link</button>
      </form>
    </section>,
  );
}
