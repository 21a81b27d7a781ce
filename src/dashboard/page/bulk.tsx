/**
 * An act on many entries of a list, as pages: what was chosen, a question in numbers, and the
 * steps, which a script takes by itself and a button takes without one.
 */
import type { Hono } from "hono";
import type { Child } from "hono/jsx";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import type { BoundedCount } from "../../platform/db/bounded-count.ts";
import { ListScript } from "../component/bulk-bar.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { Form, type Refused } from "../component/form.tsx";
import type { Section } from "../component/layout.tsx";
import { type Body, type Sent, textOf } from "../form/form.ts";
import { type ListState, listAddress } from "../form/list-state.ts";
import { isNone } from "./counted.ts";
import { listState } from "./list.ts";
import { apiPath, runOperation } from "./operation.ts";
import { page, refusalOf } from "./page.tsx";
import type { PageContext } from "./request.ts";

/** How the fields of a form are called that hold the filters of a list. */
const PREFIX = "filter_";

/** What a list's form chose: the ids that were picked, or the filters of all of them. */
export function chosen(c: PageContext): { act: string; filter: ListState } {
  const { act = "", all, ids: _, ...given } = listState(c);
  const filters = Object.entries(given)
    .filter(([field]) => field.startsWith(PREFIX))
    .map(([field, value]) => [field.slice(PREFIX.length), value] as const);
  const ids = c.req.queries("ids") ?? [];
  return { act, filter: all ? Object.fromEntries(filters) : { ids: ids.join(",") || "none" } };
}

/** The same of a form that was sent. */
export function chosenIn(sent: Sent): ListState {
  const names = [...sent.keys()].filter((name) => name.startsWith(PREFIX));
  return Object.fromEntries(names.map((name) => [name.slice(PREFIX.length), textOf(sent, name)]));
}

/** What a file is asked for with: its format, and the filters of a list or the ids picked of it. */
export function fileQuery(c: PageContext): Record<string, string> {
  const { act: _, all, ids: __, ...given } = listState(c);
  const names = Object.entries(given).map(([name, value]) => {
    return [name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name, value] as const;
  });
  const { done: ___, cursor: ____, ...query } = Object.fromEntries(names);
  const ids = c.req.queries("ids") ?? [];
  if (all !== undefined || ids.length === 0) return query;
  const { format = "", after = "" } = query;
  return { format, after, ids: ids.join(",") };
}

/** An act on a list: its address, its names, and the operation that takes a step of it. */
export type BulkAct = {
  /** The list's address, below which it is `/bulk`. */
  base: string;
  section: Section;
  act: string;
  filter: ListState;
  /** While it is done, and once it was: "Sending", "sent". */
  words: { doing: string; done: string };
  /** Its entries have no pages of their own that a refusal could lead to. */
  pageless?: boolean;
};

type Asked = BulkAct & {
  /** Names act and things: "Void 14 invoices". */
  title: string;
  /** For how many it is; nothing is asked where that is none, and `note` says why. */
  total: BoundedCount;
  consequence: string;
  note: string | null;
  danger: boolean;
  refused: Refused | null;
  /** Fields that are filled in for it. */
  children?: Child;
};

/** The question before an act on many entries, with its fields. */
export function askBulk(c: PageContext, asked: Asked): Response | Promise<Response> {
  const { base, section, act, filter, words, title, total, consequence, note, refused } = asked;
  const back = listAddress(base, backTo(filter), {});
  if (isNone(total)) {
    return page(
      c,
      { title, section },
      <>
        <h1>{title}</h1>
        <EmptyState title="There is nothing to do">
          {note && <p>{note}</p>}
          <p>
            <a href={back}>Back to the list</a>
          </p>
        </EmptyState>
      </>,
    );
  }
  return page(
    c,
    { title, section, status: refused ? 422 : 200 },
    <>
      <h1>{title}</h1>
      <p class="lead">{consequence}</p>
      {note && <p class="muted">{note}</p>}
      {refused && refused.errors.length === 0 && (
        <div class="notice bad" role="alert">
          <p>{refused.detail}</p>
        </div>
      )}
      <div
        data-bulk={total.more ? "" : total.count}
        data-done={words.done}
        data-doing={words.doing}
        data-pages={asked.pageless ? undefined : ""}
      >
        <Form action={`${base}/bulk`} token={c.var.session.formToken} class="card narrow">
          <Carried act={act} filter={filter} />
          <input type="hidden" name="/run" value={crypto.randomUUID()} />
          {asked.children}
          <div class="actions">
            <button type="submit" class={asked.danger ? "primary danger" : "primary"}>
              {title}
            </button>
            <a class="button" href={back}>
              Cancel
            </a>
          </div>
        </Form>
      </div>
      <ListScript base={base} />
    </>,
  );
}

function Carried({ act, filter }: { act: string; filter: ListState }) {
  return (
    <>
      <input type="hidden" name="act" value={act} />
      {Object.entries(filter).map(([name, value]) => (
        <input type="hidden" name={PREFIX + name} value={value} />
      ))}
    </>
  );
}

/** The list that an act came from. */
function backTo({ ids: _, ...filters }: ListState): ListState {
  return filters;
}

type Stepping = BulkAct & {
  routes: Hono<AppEnv>;
  /** The last part of its operation's path: `/api/bulk/invoices`. */
  path: string;
  sent: Sent;
  /** What else its operation takes. */
  more?: Body;
  /** Answers the question again where a step was refused. */
  again: (refused: Refused) => Response | Promise<Response>;
};

/** Takes a step, and answers what it did: to a script as JSON, else as a page with a button. */
export async function stepBulk(c: PageContext, stepping: Stepping): Promise<Response> {
  const { routes, path, act, filter, sent, more = {} } = stepping;
  const cursor = textOf(sent, "cursor");
  const body = { act, filter, ...more, ...(cursor === "" ? {} : { cursor }) };
  const isScript = (c.req.header("accept") ?? "").includes("application/json");
  let step: Body;
  try {
    step = await runOperation(c, routes, { method: "POST", path: apiPath(["bulk", path]), body });
  } catch (error) {
    const refused = refusalOf(error);
    if (isScript) return c.json({ detail: refused.errors[0]?.detail ?? refused.detail }, 422);
    return stepping.again(refused);
  }
  if (isScript) return c.json(step);
  return resultPage(c, stepping, step);
}

type RefusedEntry = { id: string; number: string | null; detail: string };

/** What a step did, for whoever has no script that goes on by itself. */
function resultPage(c: PageContext, stepping: Stepping, step: Body) {
  const { base, section, act, filter, words, pageless, sent, more = {} } = stepping;
  const { format, session } = c.var;
  const done = Number(textOf(sent, "done_before") || 0) + Number(step.done);
  const refused = step.refused as RefusedEntry[];
  const next = step.next_cursor as string | null;
  const title = `${format.count(done)} ${words.done}`;
  return page(
    c,
    { title, section },
    <>
      <h1>{title}</h1>
      {refused.length > 0 && (
        <div class="notice warn" role="alert">
          <p>Not done for these:</p>
          <ul>
            {refused.map(({ id, number, detail }) => (
              <li>
                {pageless ? number : <a href={`${base}/${id}`}>{number ?? "Draft"}</a>}: {detail}
              </li>
            ))}
          </ul>
        </div>
      )}
      {next !== null && (
        <Form action={`${base}/bulk`} token={session.formToken} class="card narrow">
          <p>There are more: a step does up to 50 of them.</p>
          <Carried act={act} filter={filter} />
          <input type="hidden" name="cursor" value={next} />
          <input type="hidden" name="done_before" value={String(done)} />
          {Object.entries(more).map(([name, value]) => (
            <input type="hidden" name={`/${name}`} value={String(value)} />
          ))}
          <button type="submit" class="primary">
            Continue
          </button>
        </Form>
      )}
      <p>
        <a href={listAddress(base, backTo(filter), {})}>Back to the list</a>
      </p>
    </>,
  );
}
