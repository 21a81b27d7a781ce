/** /dashboard/settings/requests: what the API lately answered, by request id. */
import { Hono } from "hono";
import { requestLogRoutes } from "../../accounts/audit/request-log-routes.ts";
import { keyNames } from "../../accounts/store/key-store.ts";
import { parseTime } from "../../core/time.ts";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { Pager } from "../component/pager.tsx";
import type { Body, Field } from "../form/form.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, originOf, type PageContext, type PageEnv } from "../page/request.ts";
import { Tabs } from "./tabs.tsx";

export const requestPages = new Hono<PageEnv>();

const PATH = "/dashboard/settings/requests";
const FILTERS: readonly Field[] = [
  {
    pointer: "/status",
    label: "Status",
    kind: "choice",
    options: [
      { value: "", label: "All" },
      { value: "2xx", label: "2xx succeeded" },
      { value: "3xx", label: "3xx redirected" },
      { value: "4xx", label: "4xx refused" },
      { value: "5xx", label: "5xx failed" },
    ],
  },
  { pointer: "/path", label: "Path begins with", kind: "line", placeholder: "/api/invoices" },
  { pointer: "/request_id", label: "Request ID", kind: "line", placeholder: "req_…" },
];

requestPages.get("/settings/requests", async (c) => {
  const actor = allowed(c, "audit.read");
  const { status = "", path = "", request_id = "", cursor = "" } = c.req.query();
  const filters = { status, path: path.trim(), request_id: request_id.trim() };
  const list = apiPath(["request-logs"], { ...filters, cursor });
  const { data, next_cursor } = await runOperation(c, requestLogRoutes, { path: list });
  const rows = data as Body[];
  const names = await keyNames(
    c.env.DB,
    actor.tenantId,
    rows.map(({ key_id }) => String(key_id)),
  );
  const filtered = Object.values(filters).some((value) => value !== "");
  return page(
    c,
    { title: "API log", section: "settings" },
    <>
      <Tabs current="requests" role={actor.role} />
      <p class="lead">
        What the API answered in the last seven days, without bodies, query strings and names.
        Recorded usage is not listed here: see <a href="/dashboard/usage/events">Events</a>. Of a
        minute at most 60 requests are listed, of which at most 40 succeeded.
      </p>
      <FilterForm fields={FILTERS} values={filters} submit="Filter" even />
      {rows.length > 0 ? (
        <Requests c={c} rows={rows} names={names} />
      ) : filtered || cursor !== "" ? (
        <EmptyState title="No request matches">
          <p>
            <a href={PATH}>Clear the filters</a> to see all requests of the last seven days.
          </p>
        </EmptyState>
      ) : (
        <EmptyState
          title="No requests yet"
          command={`curl ${originOf(c)}/api/tenant -H 'Authorization: Bearer YOUR_KEY'`}
        >
          <p>Send a request with one of your API keys, and its answer is listed here.</p>
        </EmptyState>
      )}
      <Pager
        path={PATH}
        query={new URLSearchParams({ ...filters, ...(cursor ? { cursor } : {}) })}
        nextCursor={next_cursor as string | null}
      />
    </>,
  );
});

type Rows = { c: PageContext; rows: readonly Body[]; names: ReadonlyMap<string, string> };

function Requests({ c, rows, names }: Rows) {
  const { format } = c.var;
  return (
    <DataTable
      caption="Requests"
      columns={[
        { head: "Time", short: true },
        { head: "Status", short: true },
        { head: "Request", wide: true },
        { head: "Duration", figure: true },
        { head: "Request ID and API key", short: true },
      ]}
      rows={rows.map((row) => ({
        cells: [
          format.time(parseTime(String(row.at)) ?? 0),
          <Status status={Number(row.status)} />,
          <>
            <code>
              {String(row.method)} <Path text={String(row.path)} />
            </code>
            {row.code !== null && (
              <div>
                <a href={problemHref(String(row.code))}>{String(row.code)}</a>
              </div>
            )}
          </>,
          `${format.count(Number(row.duration_ms))} ms`,
          <>
            <CopyText text={String(row.request_id)} />
            <div class="muted">
              {row.acted_by === null
                ? (names.get(String(row.key_id)) ?? "–")
                : "the operator’s key"}
            </div>
          </>,
        ],
      }))}
    />
  );
}

/** A path that breaks at its slashes, where it has to. */
function Path({ text }: { text: string }) {
  const [first = "", ...rest] = text.split("/");
  return (
    <>
      {first}
      {rest.map((part) => (
        <>
          /<wbr />
          {part}
        </>
      ))}
    </>
  );
}

/** Where the guide says what to do about a problem; anchors of headings have no dots. */
function problemHref(code: string): string {
  return `/docs/guides/problems#${code.replaceAll(".", "")}`;
}

function Status({ status }: { status: number }) {
  const tone = status >= 500 ? "bad" : status >= 400 ? "warn" : status >= 300 ? "info" : "good";
  return <span class={`badge ${tone}`}>{status}</span>;
}
