/** /v1/invoices: what the key's own tenant issued, for reading. */
import type { Context, Hono } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { pdfToken } from "../../documents/link/link.ts";
import { issuerOf } from "../../documents/party/issuer.ts";
import type { Listed } from "../../documents/store/row.ts";
import type { LineRow } from "../../documents/store/table.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { publicUrl } from "../../platform/runtime/public-url.ts";
import { customerNamed } from "./customer-routes.ts";
import { invalid, noSuch } from "./error.ts";
import { positionIn, showInvoice, showLine } from "./invoice.ts";
import {
  besideInvoices,
  findInvoice,
  type InvoiceFilter,
  invoicesPage,
  linesPage,
} from "./invoice-store.ts";
import { listOf, PAGE_PARAMS, pageAsked } from "./list.ts";
import { choiceOf, insistKnown, type Params, rangeOf, textOf } from "./param.ts";
import { paramsIn } from "./request.ts";

const PATH = "/v1/invoices";
const MAX_ID = 200;

/** Statuses of Stripe's, of which one is none here. */
const STATUSES = ["draft", "open", "paid", "uncollectible", "void"] as const;

const FILTERS = ["customer", "status", "subscription", "created", "due_date", "collection_method"];

/** Gives an application the routes of invoices. */
export function routeInvoices(app: Hono<AppEnv>): void {
  app.get(PATH, async (c) => {
    const actor = allow(c, "documents.read");
    const params = await paramsIn(c);
    insistKnown(params, [...PAGE_PARAMS, ...FILTERS]);
    const asked = pageAsked(params);
    const filter = await filterOf(c.env, actor, params);
    const rows = filter ? await invoicesPage(c.env.DB, actor.tenantId, asked, filter) : [];
    const shown = await invoiceBodies(c.env, actor, rows);
    return c.json(listOf(PATH, asked, shown, (body) => body));
  });

  app.all(`${PATH}/search`, (c) => c.notFound());

  app.get(`${PATH}/:id`, async (c) => {
    const actor = allow(c, "documents.read");
    insistKnown(await paramsIn(c), []);
    const [body] = await invoiceBodies(c.env, actor, [await named(c, actor)]);
    return c.json(body);
  });

  app.get(`${PATH}/:id/lines`, async (c) => {
    const actor = allow(c, "documents.read");
    const params = await paramsIn(c);
    insistKnown(params, PAGE_PARAMS);
    const asked = pageAsked(params);
    const invoice = await named(c, actor);
    const rows = await linesPage(c.env.DB, invoice.id, {
      limit: asked.limit,
      after: positionOf(invoice, "starting_after", asked.after),
      before: positionOf(invoice, "ending_before", asked.before),
    });
    const show = (line: LineRow) => showLine(invoice, line);
    return c.json(listOf(`${PATH}/${invoice.id}/lines`, asked, rows, show));
  });
}

async function named(c: Context<AppEnv>, actor: Actor): Promise<Listed> {
  const id = c.req.param("id") ?? "";
  const row = await findInvoice(c.env.DB, actor.tenantId, id);
  if (!row) throw noSuch("invoice", id);
  return row;
}

/** What a list is narrowed to; null where nothing can pass. Errors: 400 for an unknown customer. */
async function filterOf(env: Env, actor: Actor, params: Params): Promise<InvoiceFilter | null> {
  const status = choiceOf(params, "status", STATUSES) ?? null;
  const customer = textOf(params, "customer", MAX_ID) || null;
  const method = choiceOf(params, "collection_method", METHODS);
  const [found, { timeZone }] = await Promise.all([
    customer === null ? null : customerNamed(env.DB, actor, customer),
    issuerOf(env, actor),
  ]);
  if (status === "uncollectible" || method === METHODS[0]) return null;
  return {
    customerId: found?.id ?? null,
    status,
    subscriptionId: textOf(params, "subscription", MAX_ID) || null,
    created: rangeOf(params, "created"),
    due: rangeOf(params, "due_date"),
    timeZone,
  };
}

/** Invoices here are sent, and money is collected by whoever is told that it came. */
const METHODS = ["charge_automatically", "send_invoice"] as const;

/** The position of a line that a page begins behind. Errors: 400 for one of another invoice. */
function positionOf(invoice: Listed, param: string, id: string | null): number | null {
  if (id === null) return null;
  const position = positionIn(invoice, id);
  if (position !== null) return position;
  throw invalid(`No such line item: '${id}'`, { param, code: "resource_missing" });
}

/** Invoices as they are answered, with their first lines and the addresses of their PDFs. */
async function invoiceBodies(env: Env, actor: Actor, rows: readonly Listed[]) {
  const [beside, issuer] = await Promise.all([besideInvoices(env.DB, rows), issuerOf(env, actor)]);
  const address = publicUrl(env);
  return Promise.all(
    beside.documents.map(async (document) => {
      const { id, number, customerId } = document;
      const isOpen = number !== null && address !== null;
      return showInvoice({
        document,
        customer: beside.customers.get(customerId) ?? customerId,
        accountName: issuer.party.name,
        accountCountry: issuer.party.address.country,
        pdfUrl: isOpen ? `${address}/d/${await pdfToken(env, id, actor.nowMs)}` : null,
        paidMs: beside.paidMs.get(id) ?? null,
      });
    }),
  );
}
