/** /dashboard/alerts/routes: who is notified of which alert. */
import { Hono } from "hono";
import { ALERT_TYPES } from "../../delivery/alert/alert-route.ts";
import { alertingRoutes } from "../../delivery/alert/alerting-routes.ts";
import { listEndpoints } from "../../delivery/webhook/store.ts";
import { EmptyState } from "../component/empty-state.tsx";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { fieldsAt, Rows } from "../component/rows.tsx";
import { type Body, type Field, rowsOf } from "../form/form.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { AlertTabs } from "./tabs.tsx";

export const alertRoutePages = new Hono<PageEnv>();

const PATH = "/alerts/routes";
const MAX_ROUTES = 20;

const ROUTE_FIELDS: readonly Field[] = [
  { pointer: "/name", label: "Name", kind: "line", placeholder: "Finance" },
  { pointer: "/emails", label: "E-mail addresses", kind: "lines", hint: "one per line" },
];

function moreFields(endpoints: Field["options"], isOperator: boolean): Field[] {
  const events = ALERT_TYPES.map((value) => ({ value: value as string, label: value }));
  const fields: Field[] = [
    {
      pointer: "/events",
      label: "Alerts",
      kind: "choices",
      options: events,
      hint: "none selected: all",
    },
    {
      pointer: "/metrics",
      label: "Only for these metrics",
      kind: "lines",
      hint: "one per line; empty: all metrics",
    },
  ];
  if (endpoints && endpoints.length > 0) {
    fields.push({
      pointer: "/endpoint_ids",
      label: "Webhook endpoints",
      kind: "choices",
      options: endpoints,
      hint: "regardless of the endpoint's own event filter",
    });
  }
  if (isOperator) {
    fields.push({ pointer: "/all_tenants", label: "For every tenant, by e-mail", kind: "flag" });
  }
  return fields;
}

alertRoutePages.get(PATH, async (c) => {
  allowed(c, "settings.write");
  const values = await runOperation(c, alertingRoutes, { path: apiPath(["alert-routes"]) });
  return routesPage(c, values, null);
});

alertRoutePages.post(PATH, async (c) => {
  const actor = allowed(c, "settings.write");
  const fields = [...ROUTE_FIELDS, ...moreFields(await endpointsOf(c), actor.operator)];
  const rows = rowsOf(await readForm(c), "/data", fields);
  const values = { data: rows.map(({ body }) => body) };
  try {
    const path = apiPath(["alert-routes"]);
    await runOperation(c, alertingRoutes, { method: "PUT", path, body: values });
    return seeOther(c, PATH, "saved");
  } catch (error) {
    return routesPage(c, values, refusalOf(error));
  }
});

async function endpointsOf(c: PageContext): Promise<Field["options"]> {
  const endpoints = await listEndpoints(c.env.DB, c.var.actor.tenantId);
  return endpoints.map(({ id, url }) => ({ value: id, label: url }));
}

async function routesPage(c: PageContext, values: Body, refused: Refused | null) {
  const { actor, session } = c.var;
  const more = moreFields(await endpointsOf(c), actor.operator);
  const isEmpty = (values.data as unknown[]).length === 0;
  return page(
    c,
    { title: "Notifications", section: "alerts", status: refused ? 422 : 200 },
    <>
      <AlertTabs current={PATH} role={actor.role} />
      {isEmpty && (
        <EmptyState title="Nobody is notified yet">
          <p>
            Fill in a row: a name, and the addresses to e-mail when a threshold or a limit is
            reached, an invoice becomes overdue, or an e-mail or a webhook fails.
          </p>
        </EmptyState>
      )}
      <Refusal refused={refused} fields={["/data"]} />
      <Form action={`/dashboard${PATH}`} token={session.formToken} class="rows">
        <Rows
          base="/data"
          legend="Notification"
          fields={ROUTE_FIELDS}
          body={values}
          refused={refused}
          spare={1}
          most={MAX_ROUTES}
          class="lines even"
          below={(at) => (
            <details
              class="more"
              open={refused?.errors.some((error) => error.pointer.startsWith(at))}
            >
              <summary>Filter alerts, add webhooks</summary>
              <Fields fields={fieldsAt(more, at)} body={values} refused={refused} />
            </details>
          )}
        />
        <p class="hint">To remove a row, clear its name and addresses.</p>
        <div class="actions">
          <button type="submit" class="primary">
            Save
          </button>
        </div>
      </Form>
    </>,
  );
}
