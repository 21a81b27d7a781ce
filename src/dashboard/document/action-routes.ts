/** Where a document's forms are sent: each runs an operation of the API and leads to a document. */
import { Hono } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import type { Permission } from "../../accounts/actor/roles.ts";
import { invalidField } from "../../core/errors.ts";
import { emailRoutes } from "../../delivery/email/email-routes.ts";
import type { Act } from "../../documents/kind/kind.ts";
import { DOCUMENT_KINDS, type DocumentKind, KINDS } from "../../documents/kind/registry.ts";
import { MAX_LINK_DAYS } from "../../documents/link/link.ts";
import { documentRoutes } from "../../documents/routes.ts";
import { type Body, bodyOf, type Sent } from "../form/form.ts";
import { ask } from "../page/ask.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { refusalOf } from "../page/page.tsx";
import {
  allowed,
  type Done,
  type PageEnv,
  readForm,
  seeOther,
  sentOrKept,
} from "../page/request.ts";
import {
  BALANCE_FIELD,
  LINK_FIELD,
  PAYMENT_INPUTS,
  REASON_FIELD,
  REFUND_INPUTS,
  REJECT_FIELD,
  REPEAT_FIELDS,
  refundBodyOf,
  SEND_FIELDS,
} from "./action-forms.tsx";
import { creditLinesOf } from "./credit-lines.tsx";
import { documentPage } from "./document-page.tsx";
import { documentQuestion, isAsked, linkQuestion } from "./questions.ts";

export const documentActions = new Hono<PageEnv>();

type FormAction = {
  permission: Permission;
  /** What the page says afterwards. */
  done: Done;
  /** The last part of the operation's path; the act's own name unless given. */
  operation?: string;
  /** Where the operation is found, unless it is one of the documents'. */
  routes?: Hono<AppEnv>;
  /** Makes the operation's body; none for an operation without a body. */
  body?: (sent: Sent) => Body;
  /** What the operation is sent, where that is not what the form shows again. */
  sends?: (body: Body) => Body;
};

/** The acts that a form does; each kind of document has a form for those in its record. */
const FORM_ACTIONS: Partial<Record<Act, FormAction>> = {
  finalize: { permission: "documents.finalize", done: "finalized" },
  send: {
    permission: "documents.write",
    done: "sent",
    routes: emailRoutes,
    body: sendBodyOf,
  },
  accept: { permission: "documents.finalize", done: "accepted" },
  reject: {
    permission: "documents.finalize",
    done: "rejected",
    body: (sent) => bodyOf([REJECT_FIELD], sent),
  },
  convert: { permission: "documents.finalize", done: "converted" },
  pay: {
    permission: "documents.finalize",
    done: "paid",
    operation: "payments",
    body: (sent) => bodyOf(PAYMENT_INPUTS, sent),
  },
  credit: { permission: "documents.finalize", done: "created", body: creditBodyOf },
};

/** A credit note's body: its reason, and the lines that were chosen. */
function creditBodyOf(sent: Sent): Body {
  const lines = creditLinesOf(sent);
  return { ...bodyOf([REASON_FIELD], sent), ...(lines ? { lines } : {}) };
}

/** The body of sending; without addresses the letter goes to the customer's own. */
function sendBodyOf(sent: Sent): Body {
  const { to, ...rest } = bodyOf(SEND_FIELDS, sent) as { to: string[] };
  return to.length > 0 ? { to, ...rest } : rest;
}

for (const kind of DOCUMENT_KINDS) {
  const { acts, voidPermission } = KINDS[kind];
  for (const [act, action] of Object.entries(FORM_ACTIONS)) {
    if (Object.hasOwn(acts, act)) addTarget(kind, act, action);
  }
  if (KINDS[kind].draft) {
    addTarget(kind, "duplicate", { permission: "documents.write", done: "duplicated" });
  }
  if (KINDS[kind].owed) {
    addTarget(kind, "remind", {
      permission: "documents.write",
      done: "sent",
      operation: "send",
      routes: emailRoutes,
      body: (sent) => ({ ...sendBodyOf(sent), reminder: true }),
    });
    addTarget(kind, "refund", {
      permission: "documents.finalize",
      done: "refunded",
      operation: "payments",
      body: (sent) => bodyOf(REFUND_INPUTS, sent),
      sends: refundBodyOf,
    });
    addRepeatTarget(kind);
    addTarget(kind, "apply-balance", {
      permission: "documents.finalize",
      done: "paid",
      body: (sent) => bodyOf([BALANCE_FIELD], sent),
    });
  }
  if (voidPermission) {
    const body = (sent: Sent) => bodyOf([REASON_FIELD], sent);
    addTarget(kind, "void", { permission: voidPermission, done: "voided", body });
  }
  addLinkTargets(kind);
}

function addTarget(kind: DocumentKind, act: string, action: FormAction): void {
  const { permission, done, operation = act, routes = documentRoutes } = action;
  const { body: bodyFrom, sends = (body: Body) => body } = action;
  const base = KINDS[kind].path;
  documentActions.post(`/${base}/:id/${act}`, async (c) => {
    const actor = allowed(c, permission);
    const id = c.req.param("id") ?? "";
    const sent = await readForm(c);
    const typed = bodyFrom?.(sent);
    try {
      const asked = isAsked(act)
        ? await ask(c, sent, () => documentQuestion(c, kind, id, act, typed))
        : null;
      if (asked) return asked;
      const path = apiPath([base, id, operation]);
      const body = typed && sends(typed);
      const answer = await runOperation(c, routes, { method: "POST", path, body });
      const said = done === "sent" ? sentOrKept(c) : done;
      return seeOther(c, madePath(answer) ?? `/${base}/${id}`, said);
    } catch (error) {
      const refused = refusalOf(error);
      return documentPage(c, actor, kind, { id, act, typed, refused, status: 422 });
    }
  });
}

/** Repeating an invoice is an operation of its own collection. */
function addRepeatTarget(kind: DocumentKind): void {
  const base = KINDS[kind].path;
  documentActions.post(`/${base}/:id/repeat`, async (c) => {
    const actor = allowed(c, "documents.finalize");
    const id = c.req.param("id");
    const typed = bodyOf(REPEAT_FIELDS, await readForm(c));
    try {
      const path = apiPath(["recurring-invoices"]);
      const body = { ...typed, invoice_id: id };
      await runOperation(c, documentRoutes, { method: "POST", path, body });
      return seeOther(c, "/recurring-invoices", "repeats");
    } catch (error) {
      const refused = refusalOf(error);
      return documentPage(c, actor, kind, { id, act: "repeat", typed, refused, status: 422 });
    }
  });
}

/** Where the document of an answer is shown; null for an answer that is no document. */
function madePath({ kind, id }: Body): string | null {
  const found = DOCUMENT_KINDS.find((name) => name === kind);
  return found ? `/${KINDS[found].path}/${id}` : null;
}

function addLinkTargets(kind: DocumentKind): void {
  const base = KINDS[kind].path;

  documentActions.post(`/${base}/:id/link`, async (c) => {
    const actor = allowed(c, "documents.write");
    const id = c.req.param("id");
    const body = bodyOf([LINK_FIELD], await readForm(c));
    try {
      insistDays(body.days);
      const path = apiPath([base, id, "link"]);
      const { url } = await runOperation(c, documentRoutes, { method: "POST", path, body });
      // No redirect: the address is shown only in this answer.
      return await documentPage(c, actor, kind, { id, linkUrl: String(url) });
    } catch (error) {
      return documentPage(c, actor, kind, {
        id,
        act: "link",
        typed: body,
        refused: refusalOf(error),
        status: 422,
      });
    }
  });

  documentActions.post(`/${base}/:id/links/:link/revoke`, async (c) => {
    const actor = allowed(c, "documents.write");
    const { id, link } = c.req.param();
    const sent = await readForm(c);
    try {
      const asked = await ask(c, sent, () => linkQuestion(c, kind, id, link));
      if (asked) return asked;
      const path = apiPath([base, id, "links", link]);
      await runOperation(c, documentRoutes, { method: "DELETE", path });
      return seeOther(c, `/${base}/${id}`, "revoked");
    } catch (error) {
      return documentPage(c, actor, kind, {
        id,
        act: "link",
        refused: refusalOf(error),
        status: 422,
      });
    }
  });
}

/** Refuses what the schema would, in words for people. Errors: 422 at `/days`. */
function insistDays(days: unknown): void {
  if (days === undefined) return;
  if (typeof days === "number" && days >= 1 && days <= MAX_LINK_DAYS) return;
  throw invalidField("/days", `is a whole number from 1 to ${MAX_LINK_DAYS}`);
}
