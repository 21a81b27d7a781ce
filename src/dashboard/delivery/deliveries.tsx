/** /dashboard/webhooks/deliveries: all deliveries by status, and trying failed ones again. */
import { Hono } from "hono";
import { notFound } from "../../core/errors.ts";
import { deliveryListRoutes } from "../../delivery/webhook/delivery-list-routes.ts";
import {
  countDeliveries,
  type DeliveryFilter,
  listDeliveries,
  listEndpoints,
} from "../../delivery/webhook/store.ts";
import { DELIVERY_STATUSES, type Delivery } from "../../delivery/webhook/table.ts";
import { Badge } from "../component/badge.tsx";
import { BulkBar, ExportMenu, ListScript } from "../component/bulk-bar.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import type { Refused } from "../component/form.tsx";
import { FilterChips, StatusTabs } from "../component/list-head.tsx";
import { Pager } from "../component/pager.tsx";
import { textOf } from "../form/form.ts";
import { askBulk, chosen, chosenIn, fileQuery, stepBulk } from "../page/bulk.tsx";
import { boundedText, capital, totalOf } from "../page/counted.ts";
import { type ListState, listAddress, listState, readSides } from "../page/list.ts";
import { apiPath, openOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm } from "../page/request.ts";

export const deliveryListPages = new Hono<PageEnv>();

const PATH = "/webhooks/deliveries";
const BASE = `/dashboard${PATH}`;
const FORM = "bulk";

deliveryListPages.get(PATH, async (c) => {
  const actor = allowed(c, "settings.write");
  const state = listState(c);
  const { format } = c.var;
  const filter = filterOf(state);
  const [{ data, ...cursors }, counts, endpoints] = await Promise.all([
    readSides(
      state.cursor,
      (key, limit, back) => {
        const at = key ?? undefined;
        const sides = back ? { after: at } : { before: at };
        return listDeliveries(c.env.DB, actor.tenantId, { ...filter, ...sides }, limit);
      },
      ({ id }) => id,
    ),
    countDeliveries(c.env.DB, actor.tenantId),
    listEndpoints(c.env.DB, actor.tenantId),
  ]);
  const { status, endpoint_id } = state;
  // Counted are all of them: those of one endpoint are not.
  const countOf = (one: Delivery["status"] | undefined) =>
    endpoint_id === undefined
      ? boundedText(one === undefined ? totalOf(counts) : counts[one], format)
      : undefined;
  const tabs = [undefined, ...DELIVERY_STATUSES].map((one) => ({
    label: one === undefined ? "All" : capital(one),
    href: listAddress(BASE, state, { status: one, cursor: undefined }),
    current: status === one,
    count: countOf(one),
  }));
  const urls = new Map(endpoints.map(({ id, url }) => [id, url]));
  const chips = endpoint_id
    ? [
        {
          label: "Endpoint",
          value: urls.get(endpoint_id) ?? endpoint_id,
          without: listAddress(BASE, state, { endpoint_id: undefined, cursor: undefined }),
        },
      ]
    : [];
  const { cursor: _, ...query } = state;
  return page(
    c,
    { title: "Deliveries", section: "webhooks" },
    <>
      <div class="head">
        <h1>Deliveries</h1>
        <div class="actions">
          {data.length > 0 && <ExportMenu path={`${BASE}/export`} query={query} total={null} />}
          <a class="button" href="/dashboard/webhooks">
            Endpoints
          </a>
        </div>
      </div>
      <StatusTabs label="Deliveries by status" tabs={tabs} />
      <FilterChips chips={chips} clear={listAddress(BASE, {}, { status })} />
      {data.length > 0 ? (
        <>
          <BulkBar
            id={FORM}
            action={`${BASE}/bulk`}
            filters={query}
            buttons={[
              { label: "Resend", act: "retry" },
              { label: "Export", act: "export", to: `${BASE}/export`, download: true },
            ]}
            all={`${status ?? ""} deliveries`.trim()}
            more={cursors.next_cursor !== null || cursors.previous_cursor !== null}
          />
          <Deliveries c={c} rows={data} urls={urls} />
        </>
      ) : (
        <EmptyState title="No deliveries found">
          <p>
            What happens is delivered to your <a href="/dashboard/webhooks">endpoints</a>, and shows
            here.
          </p>
        </EmptyState>
      )}
      <Pager
        path={BASE}
        query={new URLSearchParams(state)}
        nextCursor={cursors.next_cursor}
        previousCursor={cursors.previous_cursor}
      />
      <ListScript />
    </>,
  );
});

function filterOf({ status, endpoint_id, ids }: ListState): DeliveryFilter {
  return {
    endpoint: endpoint_id?.slice(0, 200),
    status: DELIVERY_STATUSES.find((known) => known === status),
    ids: ids?.split(","),
  };
}

type RowsProps = { c: PageContext; rows: readonly Delivery[]; urls: ReadonlyMap<string, string> };

function Deliveries({ c, rows, urls }: RowsProps) {
  const { format } = c.var;
  return (
    <DataTable
      caption="Deliveries"
      columns={[
        { head: "Created", short: true },
        { head: "Event", wide: true },
        { head: "Endpoint", wide: true },
        { head: "Attempts", figure: true },
        { head: "Status" },
      ]}
      form={FORM}
      rows={rows.map((row) => ({
        select: { id: row.id, label: `Select ${row.type}` },
        cells: [
          format.time(row.createdMs),
          <a href={`${BASE}/${row.id}`}>{row.type}</a>,
          <a href={`/dashboard/webhooks/${row.endpoint}`}>
            {urls.get(row.endpoint) ?? row.endpoint}
          </a>,
          row.attempts,
          <Badge state={row.status} />,
        ],
      }))}
    />
  );
}

deliveryListPages.get(`${PATH}/export`, (c) => {
  allowed(c, "settings.write");
  const path = apiPath(["exports", "webhook-deliveries"], fileQuery(c));
  return openOperation(c, deliveryListRoutes, { path });
});

const bulkOf = (filter: ListState) => ({
  base: BASE,
  section: "webhooks" as const,
  act: "retry",
  filter,
  words: { doing: "Sending again", done: "deliveries on their way again" },
});

deliveryListPages.get(`${PATH}/bulk`, (c) => {
  allowed(c, "settings.write");
  const { act, filter } = chosen(c);
  if (act !== "retry") throw notFound("act");
  return review(c, filter, null);
});

deliveryListPages.post(`${PATH}/bulk`, async (c) => {
  allowed(c, "settings.write");
  const sent = await readForm(c);
  if (textOf(sent, "act") !== "retry") throw notFound("act");
  const filter = chosenIn(sent);
  return stepBulk(c, {
    ...bulkOf(filter),
    routes: deliveryListRoutes,
    path: "webhook-deliveries",
    sent,
    again: (refused) => review(c, filter, refused),
  });
});

/** What is looked at to say in numbers for how many it is. */
const MOST_LOOKED_AT = 1_000;

async function review(c: PageContext, filter: ListState, refused: Refused | null) {
  const { actor, format } = c.var;
  const rows = await listDeliveries(c.env.DB, actor.tenantId, filterOf(filter), MOST_LOOKED_AT);
  const total = rows.filter(({ status }) => status === "failed").length;
  const others = rows.length - total;
  const count = `${format.count(total)}${rows.length < MOST_LOOKED_AT ? "" : " or more"}`;
  const noun = total === 1 ? "delivery" : "deliveries";
  return askBulk(c, {
    ...bulkOf(filter),
    title: total === 0 ? "Resend deliveries" : `Resend ${count} ${noun}`,
    total,
    consequence:
      "Each is sent from the start of its schedule, with the same webhook-id, and counts as one " +
      "of the requests that you may make in an hour.",
    note:
      others > 0 ? `${format.count(others)} stay as they are: only failed ones are resent.` : null,
    danger: false,
    refused,
  });
}
