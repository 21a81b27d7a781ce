/** /dashboard/emails/:id: a message with its letter and files. */
import { Hono } from "hono";
import { notFound } from "../../core/errors.ts";
import { emailRoutes } from "../../delivery/email/email-routes.ts";
import { isResendable } from "../../delivery/email/resend.ts";
import { attachmentOf, INBOX, waitingOf } from "../../delivery/email/send.ts";
import { emailState, LETTER_IMAGES, shownLetter } from "../../delivery/email/shown-letter.ts";
import { ownEmail } from "../../delivery/email/store.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { Badge } from "../component/badge.tsx";
import { type Fact, FactList } from "../component/fact-list.tsx";
import { ActionButton } from "../component/form.tsx";
import { Permitted } from "../component/permitted.tsx";
import { ask } from "../page/ask.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import {
  allowed,
  allowFraming,
  type PageEnv,
  readForm,
  seeOther,
  sentOrKept,
} from "../page/request.ts";

export const emailPages = new Hono<PageEnv>();

emailPages.get("/emails/:id", async (c) => {
  const actor = allowed(c, "documents.read");
  const row = await ownEmail(c.env.DB, actor, c.req.param("id"));
  const { format } = c.var;
  const waits = await waitingOf(c.env, actor.tenantId, actor.realMs);
  const path = `/dashboard/emails/${row.id}`;
  const isKept = row.provider === INBOX;
  const facts: Fact[] = [
    ["From", row.fromName],
    ["To", row.recipients.join(", ")],
    ["Cc", row.cc.join(", ") || null],
    ["Reply to", row.replyTo],
    ["Created", format.time(row.createdMs)],
    [isKept ? "Kept" : "Sent", row.sentMs === null ? null : format.time(row.sentMs)],
    ["Provider", isKept ? "none: nothing left this installation" : row.provider],
    ["Reason", waits(row) ?? row.reason],
  ];
  return page(
    c,
    { title: row.subject, section: "emails" },
    <>
      <div class="head">
        <h1>
          {row.subject} <Badge state={emailState(row)} />
        </h1>
        {isResendable(row) && (
          <Permitted role={actor.role} needs="documents.write" label="Resend" act="resend e-mails">
            <div class="actions">
              <ActionButton
                action={`${path}/resend`}
                token={c.var.session.formToken}
                label="Resend"
                primary
                asks
              />
            </div>
          </Permitted>
        )}
      </div>
      <FactList label="Envelope" facts={facts}>
        <dt>Attachments</dt>
        <dd>
          {row.attachments.map(
            ({ name, cid }, n) =>
              // What the letter shows itself is no file beside it.
              cid === undefined && (
                <div>
                  <a href={`${path}/files/${n}`}>{name}</a>
                </div>
              ),
          )}
        </dd>
        {row.documentKind && (
          <>
            <dt>About</dt>
            <dd>
              <a href={`/dashboard/${KINDS[row.documentKind].path}/${row.documentId}`}>
                {row.documentNumber}
              </a>
            </dd>
          </>
        )}
      </FactList>
      <section>
        <h2>Message</h2>
        <iframe class="letter" src={`${path}/letter`} title={row.subject} />
      </section>
    </>,
  );
});

emailPages.post("/emails/:id/resend", async (c) => {
  const actor = allowed(c, "documents.write");
  const id = c.req.param("id");
  const sent = await readForm(c);
  const asked = await ask(c, sent, async () => {
    const { subject, recipients, cc } = await ownEmail(c.env.DB, actor, id);
    return {
      title: "Send this e-mail again?",
      consequences: [`Sends “${subject}” once more to ${[...recipients, ...cc].join(", ")}.`],
      act: "Send again",
      harmless: true,
    };
  });
  if (asked) return asked;
  const path = apiPath(["emails", id, "resend"]);
  await runOperation(c, emailRoutes, { method: "POST", path });
  return seeOther(c, `/emails/${id}`, sentOrKept(c));
});

emailPages.get("/emails/:id/letter", async (c) => {
  const actor = allowed(c, "documents.read");
  const row = await ownEmail(c.env.DB, actor, c.req.param("id"));
  allowFraming(c, `sandbox; default-src 'none'; style-src 'unsafe-inline'; ${LETTER_IMAGES}`);
  return c.html(await shownLetter(c.env, row));
});

emailPages.get("/emails/:id/files/:n", async (c) => {
  const actor = allowed(c, "documents.read");
  const row = await ownEmail(c.env.DB, actor, c.req.param("id"));
  const n = Number(c.req.param("n"));
  if (!row.attachments[n]) throw notFound("file");
  const { name, type, bytes } = await attachmentOf(c.env, row, n);
  return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    "Content-Type": type,
    "Content-Disposition": `attachment; filename=${name}`,
  });
});
