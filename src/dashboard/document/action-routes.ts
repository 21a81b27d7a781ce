/** What is done with documents: forms to the API's own verbs, and back to the document. */

import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import type { Permission } from "../../accounts/actor/roles.ts";
import { invalidField } from "../../core/errors.ts";
import { composeDocument } from "../../delivery/email/compose.ts";
import { sendBody } from "../../delivery/email/routes.ts";
import { wakeEmail } from "../../delivery/email/send.ts";
import {
  DOCUMENT_KINDS,
  type DocumentKind,
  DRAFT_KINDS,
  KINDS,
} from "../../documents/kind/registry.ts";
import { creditInvoice, voidInvoice } from "../../documents/lifecycle/credit.ts";
import { finalizeDraft, voidDraft } from "../../documents/lifecycle/draft.ts";
import { acceptQuote, convertQuote, rejectQuote } from "../../documents/lifecycle/quote.ts";
import {
  createLink,
  DEFAULT_LINK_DAYS,
  endLink,
  MAX_LINK_DAYS,
} from "../../documents/link/link.ts";
import { recordPayment } from "../../documents/payment/payment.ts";
import { reasonBody } from "../../documents/routes/invoice-routes.ts";
import { paymentBody } from "../../documents/routes/payment-routes.ts";
import { trackInvoiceGeneration } from "../../metering/record/track.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { bodyOf, type Sent } from "../form/form.ts";
import { refusalOf } from "../page/page.tsx";
import {
  allowed,
  type Done,
  originOf,
  type PageContext,
  type PageEnv,
  parsed,
  readForm,
  seeOther,
} from "../page/request.ts";
import {
  LINK_FIELD,
  PAYMENT_FIELDS,
  REASON_FIELD,
  REJECT_FIELD,
  SEND_FIELDS,
} from "./action-forms.tsx";
import { documentPage } from "./document-page.tsx";

export const documentActionRoutes = new Hono<PageEnv>();

type Deed = { env: Env; actor: Actor; id: string; sent: Sent };

/** Registers a form's target: done, it leads back to the document, or to where `run` says. */
function action(
  kind: DocumentKind,
  name: string,
  permission: Permission,
  done: Done,
  // biome-ignore lint/suspicious/noConfusingVoidType: most verbs lead nowhere else
  run: (c: PageContext, deed: Deed) => Promise<string | void>,
): void {
  documentActionRoutes.post(`/${KINDS[kind].path}/:id/${name}`, async (c) => {
    const actor = allowed(c, permission);
    const id = c.req.param("id") ?? "";
    const sent = await readForm(c);
    try {
      const path = await run(c, { env: c.env, actor, id, sent });
      return seeOther(c, path ?? `/${KINDS[kind].path}/${id}`, done);
    } catch (error) {
      const refused = refusalOf(error);
      return documentPage(c, actor, kind, { id, refused, status: 422 });
    }
  });
}

for (const kind of DRAFT_KINDS) {
  action(kind, "finalize", "documents.finalize", "finalized", async (_, { env, actor, id }) => {
    await finalizeDraft(env, actor, kind, id);
  });
}

for (const kind of DOCUMENT_KINDS) {
  action(kind, "send", "documents.write", "sent", async (c, { env, actor, id, sent }) => {
    const { to, message } = parsed(sendBody, sendBodyOf(sent));
    const row = await composeDocument(env, actor, kind, id, {
      occasion: { letter: "document" },
      ...{ to: to ?? null, cc: [], message: message ?? null, xml: null },
      origin: originOf(c),
    });
    c.executionCtx.waitUntil(wakeEmail(env, row.id));
  });

  documentActionRoutes.post(`/${KINDS[kind].path}/:id/link`, async (c) => {
    const actor = allowed(c, "documents.write");
    const id = c.req.param("id");
    const { days = DEFAULT_LINK_DAYS } = bodyOf([LINK_FIELD], await readForm(c));
    try {
      const { token } = await createLink(c.env, actor, kind, id, daysFrom(days));
      // No redirect: the address is shown only in this answer.
      return await documentPage(c, actor, kind, { id, linkUrl: `${originOf(c)}/d/${token}` });
    } catch (error) {
      return documentPage(c, actor, kind, { id, refused: refusalOf(error), status: 422 });
    }
  });

  action(kind, "links/:link/revoke", "documents.write", "revoked", (c, { env, actor, id }) =>
    endLink(env, actor, kind, id, c.req.param("link") ?? ""),
  );
}

function sendBodyOf(sent: Sent) {
  const { to, ...rest } = bodyOf(SEND_FIELDS, sent) as { to: string[] };
  return to.length > 0 ? { to, ...rest } : rest;
}

function daysFrom(days: unknown): number {
  if (typeof days === "number" && days >= 1 && days <= MAX_LINK_DAYS) return days;
  throw invalidField("/days", `is a whole number from 1 to ${MAX_LINK_DAYS}`);
}

for (const kind of DRAFT_KINDS.filter((name) => !KINDS[name].owed)) {
  action(kind, "void", "documents.write", "voided", async (_, { env, actor, id }) => {
    await voidDraft(env, actor, kind, id);
  });
}

action("quote", "accept", "documents.finalize", "accepted", async (_, { env, actor, id }) => {
  await acceptQuote(env, actor, id);
});

action("quote", "reject", "documents.finalize", "rejected", async (_, { env, actor, id, sent }) => {
  const { reason } = parsed(reasonBody.partial(), bodyOf([REJECT_FIELD], sent));
  await rejectQuote(env, actor, id, reason ?? null);
});

action("quote", "convert", "documents.finalize", "converted", async (c, { env, actor, id }) => {
  const invoice = await convertQuote(env, actor, id);
  c.executionCtx.waitUntil(trackInvoiceGeneration(env, actor, invoice.id));
  return `/invoices/${invoice.id}`;
});

action("invoice", "pay", "documents.finalize", "paid", async (_, { env, actor, id, sent }) => {
  await recordPayment(env, actor, id, parsed(paymentBody, bodyOf(PAYMENT_FIELDS, sent)));
});

action("invoice", "credit", "documents.finalize", "created", async (_, deed) => {
  const { env, actor, id, sent } = deed;
  const { reason } = parsed(reasonBody, bodyOf([REASON_FIELD], sent));
  const credit = await creditInvoice(env, actor, id, { reason });
  return `/credit-notes/${credit.id}`;
});

action("invoice", "void", "documents.finalize", "voided", async (_, { env, actor, id, sent }) => {
  const { reason } = parsed(reasonBody, bodyOf([REASON_FIELD], sent));
  await voidInvoice(env, actor, id, reason);
});
