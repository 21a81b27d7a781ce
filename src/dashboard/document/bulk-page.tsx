/** /dashboard/{invoices,…}/bulk: what an act on many documents will do, and doing it in steps. */
import { Hono } from "hono";
import { notFound } from "../../core/errors.ts";
import { BULK_ACTS, type BulkAct, bulkActsOf } from "../../delivery/email/bulk.ts";
import { bulkRoutes, permissionOf } from "../../delivery/email/bulk-routes.ts";
import { DOCUMENT_KINDS, type DocumentKind, KINDS } from "../../documents/kind/registry.ts";
import { countFor } from "../../documents/lifecycle/list.ts";
import { listQuery } from "../../documents/wire/route-parts.ts";
import { Fields, type Refused } from "../component/form.tsx";
import { type Field, textOf } from "../form/form.ts";
import { type ListState, listed } from "../form/list-state.ts";
import { askBulk, chosen, chosenIn, stepBulk } from "../page/bulk.tsx";
import { isNone, leastText, sumOf } from "../page/counted.ts";
import { allowed, type PageContext, type PageEnv, parseWith, readForm } from "../page/request.ts";
import {
  affected,
  BULK_WORDS,
  consequenceOf,
  countedWords,
  othersText,
  whenPossible,
} from "./bulk-words.ts";

export const bulkPages = new Hono<PageEnv>();

const REASON: Field = { pointer: "/reason", label: "Reason", kind: "line", required: true };

for (const kind of DOCUMENT_KINDS) {
  const { path } = KINDS[kind];
  bulkPages.get(`/${path}/bulk`, (c) => {
    const { act: name, filter } = chosen(c);
    const act = actNamed(kind, name);
    allowed(c, permissionOf(kind, act));
    return review(c, { kind, act, filter, refused: null });
  });
  bulkPages.post(`/${path}/bulk`, async (c) => {
    allowed(c, "documents.write");
    const sent = await readForm(c);
    const act = actNamed(kind, textOf(sent, "act"));
    allowed(c, permissionOf(kind, act));
    const filter = chosenIn(sent);
    const reason = textOf(sent, "/reason");
    const run = textOf(sent, "/run");
    return stepBulk(c, {
      ...bulkOf(kind, act, filter),
      routes: bulkRoutes,
      path,
      sent,
      more: listed({ reason, run }),
      again: (refused) => review(c, { kind, act, filter, refused }),
    });
  });
}

function bulkOf(kind: DocumentKind, act: BulkAct, filter: ListState) {
  const { doing, done } = BULK_WORDS[act];
  const { path, nouns } = KINDS[kind];
  const words = { doing, done: `${nouns} ${done}` };
  return { base: `/dashboard/${path}`, section: kind, act, filter, words };
}

function actNamed(kind: DocumentKind, name: string): BulkAct {
  const act = BULK_ACTS.find((one) => one === name);
  if (!act || !bulkActsOf(kind).includes(act)) throw notFound("act");
  return act;
}

type Review = { kind: DocumentKind; act: BulkAct; filter: ListState; refused: Refused | null };

async function review(c: PageContext, { kind, act, filter, refused }: Review) {
  const { nouns, owed } = KINDS[kind];
  const { format } = c.var;
  const counts = await countFor(c.env, c.var.actor, kind, parseWith(listQuery, filter));
  const { concerned, others } = affected(counts, kind, act);
  const total = sumOf(concerned.statuses);
  const text = total.count === 0 ? "" : leastText(total, format);
  const what = text === "" ? nouns : countedWords(text, total, kind, undefined);
  const reason = act === "void" && owed;
  return askBulk(c, {
    ...bulkOf(kind, act, filter),
    title: `${BULK_WORDS[act].label} ${what}`,
    total,
    consequence: consequenceOf(act, concerned, format),
    note: isNone(others) ? null : `${othersText(others, format)}: ${whenPossible(kind, act)}.`,
    danger: act === "void",
    refused,
    children: reason ? <Fields fields={[REASON]} body={{}} refused={refused} /> : null,
  });
}
