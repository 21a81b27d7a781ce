/** Pages as answers: content in its frame, refusals as pages of their own. */
import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ERRORS, Problem } from "../../core/errors.ts";
import type { Refused } from "../component/form.tsx";
import { Layout, type Section, type Undo, type Viewer } from "../component/layout.tsx";
import { NumberSign } from "../component/number-sign.ts";
import { ViewerConfinement } from "../component/open-pages.ts";
import { sentence } from "../form/message.ts";
import { decimalSignOf } from "../form/number.ts";
import { DONE, type Done, type PageContext } from "./request.ts";

type Page = {
  title: string;
  section: Section | null;
  status?: number;
  /** What takes back what the last form did, by the name under which the address says that. */
  undo?: Partial<Record<Done, Undo | null>>;
};

/** Answers a page in its frame, with what the last form did where the address says so. */
export function page(c: PageContext, { status = 200, undo, ...frame }: Page, content: Child) {
  const done = c.req.query("done") ?? "";
  const notice = Object.hasOwn(DONE, done) && status === 200 ? DONE[done as Done] : null;
  const html = (
    <NumberSign.Provider value={c.var.format ? decimalSignOf(c.var.format.locale) : null}>
      <ViewerConfinement.Provider value={c.var.actor?.confinement ?? null}>
        <Layout
          {...frame}
          viewer={viewerOf(c)}
          done={notice}
          undo={notice === null ? null : (undo?.[done as Done] ?? null)}
        >
          {content}
        </Layout>
      </ViewerConfinement.Provider>
    </NumberSign.Provider>
  );
  return c.html(`<!doctype html>${html}`, status as ContentfulStatusCode);
}

function viewerOf(c: PageContext): Viewer | null {
  const { session, person, actor, format } = c.var;
  if (!session || !actor) return null;
  const { tenantId, tenantName, mode, operator, role } = actor;
  return {
    id: `${tenantId}.${person.userId ?? person.keyId}`,
    tenantName,
    mode,
    operator,
    role,
    acts: actor.actedBy !== undefined,
    name: session.name,
    token: session.formToken,
    locale: format.locale,
  };
}

/** What a form says that was refused with 409, 415 or 422, or by a budget. Throws others on. */
export function refusalOf(error: unknown): Refused {
  if (!(error instanceof Problem)) throw error;
  if (![409, 415, 422].includes(error.status) && error.code !== "budget.reached") throw error;
  return { detail: error.message, errors: error.extra.errors ?? [] };
}

const SIGNED_OUT = "auth.signed_out";

/** A refusal as a page; whoever is signed out is sent to sign in. */
export function refusalPage(c: PageContext, error: unknown): Response | Promise<Response> {
  if (!(error instanceof Problem)) throw error;
  const wantsPage = (c.req.header("accept") ?? "").includes("text/html");
  if (error.code === SIGNED_OUT && c.req.method === "GET" && wantsPage) {
    return c.redirect("/dashboard/sign-in", 303);
  }
  const { title } = ERRORS[error.code];
  return page(
    c,
    { title, section: null, status: error.status },
    <>
      <h1>{title}</h1>
      <p>{sentence(error.message)}</p>
      <p>
        <a href="/dashboard">Back to the overview</a>
      </p>
      <p class="muted" data-refused>
        Request ID {c.var.requestId}
      </p>
    </>,
  );
}
