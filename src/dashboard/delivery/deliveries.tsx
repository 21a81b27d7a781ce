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
import { CREATED_SORTS, createdPage } from "../../platform/http/sorted.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import type { Refused } from "../component/form.tsx";
import { LIST_FORM, ListFrame, sortingOf } from "../component/list-frame.tsx";
import { textOf } from "../form/form.ts";
import type { ListState } from "../form/list-state.ts";
import { askBulk, chosen, chosenIn, fileQuery, stepBulk } from "../page/bulk.tsx";
import { allOf, countIn, leastText, statusTabs } from "../page/counted.ts";
import { listState } from "../page/list.ts";
import { apiPath, openOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm } from "../page/request.ts";

export const deliveryListPages = new Hono<PageEnv>();

const PATH = "/webhooks/deliveries";
const BASE = `/dashboard${PATH}`;

deliveryListPages.get(PATH, async (c) => {
  const actor = allowed(c, "settings.write");
  const state = listState(c);
  const { format } = c.var;
  const filter = filterOf(state);
  const sort = CREATED_SORTS.find((known) => known === state.sort);
  const [{ data, ...cursors }, counts, endpoints] = await Promise.all([
    createdPage(
      { sort, cursor: state.cursor },
      (range, limit) => listDeliveries(c.env.DB, actor.tenantId, { ...filter, ...range }, limit),
      ({ id }) => id,
    ),
    countDeliveries(c.env.DB, actor.tenantId),
    listEndpoints(c.env.DB, actor.tenantId),
  ]);
  const { status, endpoint_id } = state;
  // Counted are all of them: those of one endpoint are not.
  const counted = endpoint_id === undefined ? counts : null;
  const urls = new Map(endpoints.map(({ id, url }) => [id, url]));
  return page(
    c,
    { title: "Deliveries", section: "webhooks" },
    <ListFrame
      list={{ base: BASE, state }}
      title="Deliveries"
      actions={
        <a class="button" href="/dashboard/webhooks">
          Endpoints
        </a>
      }
      tabs={statusTabs("Deliveries by status", DELIVERY_STATUSES, counted, format)}
      filters={null}
      chips={[["endpoint_id", "Endpoint", endpoint_id && (urls.get(endpoint_id) ?? endpoint_id)]]}
      bulk={{
        buttons: [{ label: "Resend", act: "retry" }],
        all: allOf(counted && countIn(counted, status), status, "deliveries", format),
      }}
      cursors={cursors}
      empty={
        <EmptyState title="No deliveries found">
          <p>
            What happens is delivered to your <a href="/dashboard/webhooks">endpoints</a>, and shows
            here.
          </p>
        </EmptyState>
      }
    >
      {data.length > 0 ? <Deliveries c={c} rows={data} urls={urls} state={state} /> : null}
    </ListFrame>,
  );
});

function filterOf({ status, endpoint_id, ids }: ListState): DeliveryFilter {
  return {
    endpoint: endpoint_id?.slice(0, 200),
    status: DELIVERY_STATUSES.find((known) => known === status),
    ids: ids?.split(","),
  };
}

type RowsProps = {
  c: PageContext;
  rows: readonly Delivery[];
  urls: ReadonlyMap<string, string>;
  state: ListState;
};

function Deliveries({ c, rows, urls, state }: RowsProps) {
  const { format } = c.var;
  return (
    <DataTable
      caption="Deliveries"
      columns={[
        { head: "Created", short: true, sort: "created" },
        { head: "Event", wide: true },
        { head: "Endpoint", wide: true },
        { head: "Attempts", figure: true },
        { head: "Status" },
      ]}
      form={LIST_FORM}
      sorting={sortingOf({ base: BASE, state })}
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
  const more = rows.length >= MOST_LOOKED_AT;
  const total = { count: rows.filter(({ status }) => status === "failed").length, more };
  const others = { count: rows.length - total.count, more };
  const noun = total.count === 1 && !more ? "delivery" : "deliveries";
  return askBulk(c, {
    ...bulkOf(filter),
    title: total.count === 0 ? "Resend deliveries" : `Resend ${leastText(total, format)} ${noun}`,
    total,
    consequence:
      "Each is sent from the start of its schedule, with the same webhook-id, and counts as one " +
      "of the requests that you may make in an hour.",
    note:
      others.count > 0
        ? `${leastText(others, format)} stay as they are: only failed ones are resent.`
        : null,
    danger: false,
    refused,
  });
}
