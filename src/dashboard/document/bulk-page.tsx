/** /dashboard/{invoices,…}/bulk: what an act on many documents will do, and doing it in steps. */
import { Hono } from "hono";
import { notFound } from "../../core/errors.ts";
import { BULK_ACTS, type BulkAct, bulkActsOf } from "../../delivery/email/bulk.ts";
import { bulkRoutes, permissionOf } from "../../delivery/email/bulk-routes.ts";
import { kindHeading } from "../../documents/kind/kind.ts";
import { DOCUMENT_KINDS, type DocumentKind, KINDS } from "../../documents/kind/registry.ts";
import { type Count, countFor } from "../../documents/lifecycle/list.ts";
import { listQuery } from "../../documents/wire/route-parts.ts";
import { ListScript } from "../component/bulk-bar.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { type Body, type Field, type Sent, textOf } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { type ListState, listAddress, listState } from "../page/list.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, parseWith, readForm } from "../page/request.ts";
import { affected, BULK_WORDS, countedWords } from "./bulk-words.ts";

export const bulkPages = new Hono<PageEnv>();

const REASON: Field = { pointer: "/reason", label: "Reason", kind: "line", required: true };

for (const kind of DOCUMENT_KINDS) {
  const { path } = KINDS[kind];
  bulkPages.get(`/${path}/bulk`, (c) => {
    const { act, filter } = askedFor(c, kind);
    return reviewPage(c, { kind, act, filter, refused: null });
  });
  bulkPages.post(`/${path}/bulk`, async (c) => {
    allowed(c, "documents.write");
    const sent = await readForm(c);
    const act = actNamed(kind, textOf(sent, "act"));
    allowed(c, permissionOf(kind, act));
    return stepPage(c, { kind, act, filter: filterSent(sent), sent });
  });
}

function actNamed(kind: DocumentKind, name: string | undefined): BulkAct {
  const act = BULK_ACTS.find((one) => one === name);
  if (!act || !bulkActsOf(kind).includes(act)) throw notFound("act");
  return act;
}

/** What a list's form chose: an act, and the ids or the filters of what it is for. */
function askedFor(c: PageContext, kind: DocumentKind): { act: BulkAct; filter: ListState } {
  const { act: name, all, ids: _, ...given } = listState(c);
  const act = actNamed(kind, name);
  allowed(c, permissionOf(kind, act));
  const filters = Object.entries(given)
    .filter(([field]) => field.startsWith(PREFIX))
    .map(([field, value]) => [field.slice(PREFIX.length), value] as const);
  const ids = c.req.queries("ids") ?? [];
  return { act, filter: all ? Object.fromEntries(filters) : { ids: ids.join(",") } };
}

const PREFIX = "filter_";

function filterSent(sent: Sent): ListState {
  const names = [...sent.keys()].filter((name) => name.startsWith(PREFIX));
  return Object.fromEntries(names.map((name) => [name.slice(PREFIX.length), textOf(sent, name)]));
}

type Review = { kind: DocumentKind; act: BulkAct; filter: ListState; refused: Refused | null };

async function reviewPage(c: PageContext, { kind, act, filter, refused }: Review) {
  const { path, nouns, owed } = KINDS[kind];
  const base = `/dashboard/${path}`;
  const { label } = BULK_WORDS[act];
  const isChosen = filter.ids !== "";
  const query = parseWith(listQuery, filter.ids === "" ? { ids: "none" } : filter);
  const { counts, complete } = await countFor(c.env, c.var.actor, kind, query);
  const { concerned, others } = affected(counts, kind, act);
  const n = concerned.reduce((sum, { documents }) => sum + documents, 0);
  const { format } = c.var;
  const count = complete ? format.count(n) : `${format.count(n)} or more`;
  const what = countedWords(count, n, kind, undefined);
  const title = `${label} ${what}`;
  if (n === 0) {
    return page(
      c,
      { title: `${label} ${nouns}`, section: kind },
      <>
        <h1>{`${label} ${nouns}`}</h1>
        <EmptyState
          title={
            isChosen ? `None of them can be: ${whenPossible(kind, act)}` : "Nothing is selected"
          }
        >
          <p>
            <a href={listAddress(base, backTo(filter), {})}>Back to the list</a>
          </p>
        </EmptyState>
      </>,
    );
  }
  const asksReason = act === "void" && owed;
  return page(
    c,
    { title, section: kind, status: refused ? 422 : 200 },
    <>
      <h1>{title}</h1>
      <p class="lead">{consequence(act, concerned, format)}</p>
      {others > 0 && (
        <p class="muted">
          {format.count(others)} {others === 1 ? "other stays as it is" : "others stay as they are"}
          : {whenPossible(kind, act)}.
        </p>
      )}
      <Refusal refused={refused} fields={["/reason"]} />
      <div data-bulk={n} data-done={BULK_WORDS[act].done} data-doing={BULK_WORDS[act].doing}>
        <Form action={`${base}/bulk`} token={c.var.session.formToken} class="card narrow">
          <input type="hidden" name="act" value={act} />
          {Object.entries(filter).map(([name, value]) => (
            <input type="hidden" name={PREFIX + name} value={value} />
          ))}
          {asksReason && <Fields fields={[REASON]} body={{}} refused={refused} />}
          <div class="actions">
            <button type="submit" class={act === "void" ? "danger" : "primary"}>
              {title}
            </button>
            <a class="button" href={listAddress(base, backTo(filter), {})}>
              Back to the list
            </a>
          </div>
        </Form>
      </div>
      <ListScript />
    </>,
  );
}

/** The list that an act came from. */
function backTo({ ids: _, ...filters }: ListState): ListState {
  return filters;
}

function whenPossible(kind: DocumentKind, act: BulkAct): string {
  const { noun, nouns } = KINDS[kind];
  switch (act) {
    case "finalize":
      return `only drafts get a number`;
    case "send":
      return `only final ${nouns} are sent, and no void ones`;
    case "remind":
      return `only overdue ${nouns} are reminded of`;
    case "void":
      return KINDS[kind].owed
        ? `an ${noun} is voided while nothing of it is paid or credited`
        : "only drafts are discarded";
  }
}

/** What will happen, in numbers. */
function consequence(act: BulkAct, concerned: readonly Count[], format: Format): string {
  const final = concerned.filter(({ status }) => status !== "draft");
  const drafts = numberOf(concerned) - numberOf(final);
  const sum = (minor: (one: Count) => bigint) => {
    const sums = new Map<string, bigint>();
    for (const one of concerned)
      sums.set(one.currency, (sums.get(one.currency) ?? 0n) + minor(one));
    return [...sums].map(([currency, amount]) => format.money(amount, currency)).join(" + ");
  };
  const total = sum(({ totalMinor }) => totalMinor);
  switch (act) {
    case "finalize":
      return `Each gets its number and never changes again: ${total} in all.`;
    case "send":
      return `An e-mail goes to each customer's own address, with the PDF: ${total} in all.`;
    case "remind":
      return `A reminder goes to each customer's own address, with the PDF: ${total} in all.`;
    case "void": {
      const credited =
        `${format.count(numberOf(final))} get a credit note for all of their amount, ` +
        "which takes a number";
      const gone = `${format.count(drafts)} ${drafts === 1 ? "draft is" : "drafts are"} discarded`;
      const parts = [...(final.length > 0 ? [credited] : []), ...(drafts > 0 ? [gone] : [])];
      return `${parts.join(", and ")}. ${total} in all. This cannot be undone.`;
    }
  }
}

function numberOf(counts: readonly Count[]): number {
  return counts.reduce((sum, { documents }) => sum + documents, 0);
}

type Step = { kind: DocumentKind; act: BulkAct; filter: ListState; sent: Sent };

async function stepPage(c: PageContext, { kind, act, filter, sent }: Step) {
  const { path } = KINDS[kind];
  const [reason, cursor] = [textOf(sent, "/reason"), textOf(sent, "cursor")];
  const body = {
    act,
    filter,
    ...(reason === "" ? {} : { reason }),
    ...(cursor === "" ? {} : { cursor }),
  };
  const isScript = (c.req.header("accept") ?? "").includes("application/json");
  let step: Body;
  try {
    const asked = { method: "POST", path: apiPath(["bulk", path]), body } as const;
    step = await runOperation(c, bulkRoutes, asked);
  } catch (error) {
    const refused = refusalOf(error);
    if (isScript) return c.json({ detail: refused.errors[0]?.detail ?? refused.detail }, 422);
    return reviewPage(c, { kind, act, filter, refused });
  }
  if (isScript) return c.json(step);
  return resultPage(c, { kind, act, filter, sent, step });
}

type Result = Step & { step: Body };
type RefusedDocument = { id: string; number: string | null; detail: string };

/** What a step did, for whoever has no script that goes on by itself. */
function resultPage(c: PageContext, { kind, act, filter, sent, step }: Result) {
  const { path, noun, nouns } = KINDS[kind];
  const base = `/dashboard/${path}`;
  const { format, session } = c.var;
  const done = Number(textOf(sent, "done_before") || 0) + Number(step.done);
  const refused = step.refused as RefusedDocument[];
  const next = step.next_cursor as string | null;
  const title = `${format.count(done)} ${done === 1 ? noun : nouns} ${BULK_WORDS[act].done}`;
  const again = { ...filter };
  return page(
    c,
    { title, section: kind },
    <>
      <h1>{title}</h1>
      {refused.length > 0 && (
        <div class="notice warn" role="alert">
          <p>Not done for these:</p>
          <ul>
            {refused.map(({ id, number, detail }) => (
              <li>
                <a href={`${base}/${id}`}>{number ?? "Draft"}</a>: {detail}
              </li>
            ))}
          </ul>
        </div>
      )}
      {next !== null && (
        <Form action={`${base}/bulk`} token={session.formToken} class="card narrow">
          <p>There are more: a step does up to 50 of them.</p>
          <input type="hidden" name="act" value={act} />
          <input type="hidden" name="cursor" value={next} />
          <input type="hidden" name="done_before" value={String(done)} />
          <input type="hidden" name="/reason" value={textOf(sent, "/reason")} />
          {Object.entries(again).map(([name, value]) => (
            <input type="hidden" name={PREFIX + name} value={value} />
          ))}
          <button type="submit" class="primary">
            Go on
          </button>
        </Form>
      )}
      <p>
        <a href={listAddress(base, backTo(filter), {})}>
          Back to {kindHeading(KINDS[kind]).toLowerCase()}
        </a>
      </p>
    </>,
  );
}
