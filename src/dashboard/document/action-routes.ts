/** Where a document's forms are sent: each runs an operation of the API and leads to a document. */
import { Hono } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import type { Permission } from "../../accounts/actor/roles.ts";
import { invalidField } from "../../core/errors.ts";
import { emailRoutes } from "../../delivery/email/routes.ts";
import { MAX_LINK_DAYS } from "../../documents/link/link.ts";
import { linkRoutes } from "../../documents/link/link-routes.ts";
import type { DocumentKind } from "../../documents/model/model.ts";
import { documentKindRoutes } from "../../documents/routes/document-routes.ts";
import { invoiceRoutes } from "../../documents/routes/invoice-routes.ts";
import { quoteRoutes } from "../../documents/routes/quote-routes.ts";
import { type Body, bodyOf, type Sent } from "../form/form.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { refusalOf } from "../page/page.tsx";
import { allowed, type Done, type PageEnv, readForm, seeOther } from "../page/request.ts";
import {
  LINK_FIELD,
  PAYMENT_FIELDS,
  REASON_FIELD,
  REJECT_FIELD,
  SEND_FIELDS,
} from "./action-forms.tsx";
import { documentPage, PATHS } from "./document-page.tsx";

export const documentActions = new Hono<PageEnv>();

const DRAFTS = ["quote", "invoice"] as const;
const ALL = ["quote", "invoice", "credit_note"] as const;

type FormAction = {
  kinds: readonly DocumentKind[];
  /** The last part of the form's address. */
  name: string;
  permission: Permission;
  /** What the page says afterwards. */
  done: Done;
  /** Where the operation is found; its path ends in `operation`, or in the name unless given. */
  routes: Hono<AppEnv>;
  operation?: string;
  /** Without it, the operation takes no body. */
  body?: (sent: Sent) => Body;
  /** The kind of the document that the operation made, where it made another one. */
  makes?: DocumentKind;
};

const FORM_ACTIONS: readonly FormAction[] = [
  {
    kinds: DRAFTS,
    name: "finalize",
    permission: "documents.finalize",
    done: "finalized",
    routes: documentKindRoutes,
  },
  {
    kinds: ALL,
    name: "send",
    permission: "documents.write",
    done: "sent",
    routes: emailRoutes,
    body: sendBodyOf,
  },
  {
    kinds: ["quote"],
    name: "void",
    permission: "documents.write",
    done: "voided",
    routes: quoteRoutes,
  },
  {
    kinds: ["quote"],
    name: "accept",
    permission: "documents.finalize",
    done: "accepted",
    routes: quoteRoutes,
  },
  {
    kinds: ["quote"],
    name: "reject",
    permission: "documents.finalize",
    done: "rejected",
    routes: quoteRoutes,
    body: (sent) => bodyOf([REJECT_FIELD], sent),
  },
  {
    kinds: ["quote"],
    name: "convert",
    permission: "documents.finalize",
    done: "converted",
    routes: quoteRoutes,
    makes: "invoice",
  },
  {
    kinds: ["invoice"],
    name: "pay",
    permission: "documents.finalize",
    done: "paid",
    routes: invoiceRoutes,
    operation: "payments",
    body: (sent) => bodyOf(PAYMENT_FIELDS, sent),
  },
  {
    kinds: ["invoice"],
    name: "credit",
    permission: "documents.finalize",
    done: "created",
    routes: invoiceRoutes,
    body: (sent) => bodyOf([REASON_FIELD], sent),
    makes: "credit_note",
  },
  {
    kinds: ["invoice"],
    name: "void",
    permission: "documents.finalize",
    done: "voided",
    routes: invoiceRoutes,
    body: (sent) => bodyOf([REASON_FIELD], sent),
  },
];

/** Without addresses, the letter goes to the customer's own. */
function sendBodyOf(sent: Sent): Body {
  const { to, ...rest } = bodyOf(SEND_FIELDS, sent) as { to: string[] };
  return to.length > 0 ? { to, ...rest } : rest;
}

for (const action of FORM_ACTIONS) {
  for (const kind of action.kinds) addTarget(kind, action);
}

function addTarget(kind: DocumentKind, action: FormAction): void {
  const { name, permission, done, routes, operation = name, body, makes } = action;
  documentActions.post(`/${PATHS[kind]}/:id/${name}`, async (c) => {
    const actor = allowed(c, permission);
    const id = c.req.param("id");
    const sent = await readForm(c);
    try {
      const path = apiPath([PATHS[kind], id, operation]);
      const answer = await runOperation(c, routes, { method: "POST", path, body: body?.(sent) });
      const next = makes ? `/${PATHS[makes]}/${answer.id}` : `/${PATHS[kind]}/${id}`;
      return seeOther(c, next, done);
    } catch (error) {
      return documentPage(c, actor, kind, { id, refused: refusalOf(error), status: 422 });
    }
  });
}

for (const kind of ALL) {
  documentActions.post(`/${PATHS[kind]}/:id/link`, async (c) => {
    const actor = allowed(c, "documents.write");
    const id = c.req.param("id");
    const body = bodyOf([LINK_FIELD], await readForm(c));
    try {
      insistDays(body.days);
      const path = apiPath([PATHS[kind], id, "link"]);
      const { url } = await runOperation(c, linkRoutes, { method: "POST", path, body });
      // No redirect: the address is shown only in this answer.
      return await documentPage(c, actor, kind, { id, linkUrl: String(url) });
    } catch (error) {
      return documentPage(c, actor, kind, { id, refused: refusalOf(error), status: 422 });
    }
  });

  documentActions.post(`/${PATHS[kind]}/:id/links/:link/revoke`, async (c) => {
    const actor = allowed(c, "documents.write");
    const { id, link } = c.req.param();
    await readForm(c);
    try {
      const path = apiPath([PATHS[kind], id, "links", link]);
      await runOperation(c, linkRoutes, { method: "DELETE", path });
      return seeOther(c, `/${PATHS[kind]}/${id}`, "revoked");
    } catch (error) {
      return documentPage(c, actor, kind, { id, refused: refusalOf(error), status: 422 });
    }
  });
}

/** Says in one sentence what the schema says in several. Errors: 422 at `/days`. */
function insistDays(days: unknown): void {
  if (days === undefined) return;
  if (typeof days === "number" && days >= 1 && days <= MAX_LINK_DAYS) return;
  throw invalidField("/days", `is a whole number from 1 to ${MAX_LINK_DAYS}`);
}
