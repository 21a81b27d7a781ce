/** /dashboard/webhooks: endpoints, and the newest deliveries to them. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { keptVersion, NEWEST_VERSION } from "../../core/api-version.ts";
import { EVENT_TYPES } from "../../core/event-type.ts";
import { endpointOf } from "../../delivery/webhook/endpoint.ts";
import { DEFAULT_ROTATION_HOURS, endpointRoutes } from "../../delivery/webhook/endpoint-routes.ts";
import { listDeliveries, listEndpoints } from "../../delivery/webhook/store.ts";
import type { Delivery, Endpoint } from "../../delivery/webhook/table.ts";
import { statusOf } from "../../delivery/webhook/view.ts";
import { Badge } from "../component/badge.tsx";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { Copyable, EmptyState } from "../component/empty-state.tsx";
import { ActionButton, Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import type { Question } from "../component/question.tsx";
import { VERSION_CHOICES } from "../form/choice.ts";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { ask } from "../page/ask.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import {
  allowed,
  originOf,
  type PageContext,
  type PageEnv,
  readForm,
  seeOther,
} from "../page/request.ts";

export const webhookPages = new Hono<PageEnv>();

const SHOWN = 50;
const EVENT_OPTIONS = EVENT_TYPES.map((value) => ({ value: value as string, label: value }));

const ENDPOINT_FIELDS: readonly Field[] = [
  {
    pointer: "/url",
    label: "URL",
    kind: "line",
    placeholder: "https://example.com/hooks",
    required: true,
  },
  { pointer: "/description", label: "Description", kind: "line", clears: true },
  {
    pointer: "/events",
    label: "Events",
    kind: "choices",
    options: EVENT_OPTIONS,
    hint: "none selected: all",
  },
  {
    pointer: "/api_version",
    label: "API version",
    kind: "choice",
    options: VERSION_CHOICES,
    hint: "the shapes in which messages are sent",
  },
];
const NEW_ENDPOINT = { api_version: NEWEST_VERSION };
const ENABLED_FIELD: Field = { pointer: "/enabled", label: "Enabled", kind: "flag" };
const REPLAY_FIELD: Field = {
  pointer: "/after",
  label: "Replay events after number",
  kind: "integer",
  placeholder: "0",
};

const endpointPath = (...parts: string[]) => apiPath(["webhooks", "endpoints", ...parts]);

webhookPages.get("/webhooks", (c) => listPage(c, allowed(c, "settings.write"), {}));

webhookPages.post("/webhooks", async (c) => {
  const actor = allowed(c, "settings.write");
  const values = bodyOf(ENDPOINT_FIELDS, await readForm(c));
  try {
    const { id, secret } = await runOperation(c, endpointRoutes, {
      method: "POST",
      path: endpointPath(),
      body: values,
    });
    // No redirect: the secret is shown only in this answer.
    return await endpointPage(c, actor, { id: String(id), secret: String(secret) });
  } catch (error) {
    return listPage(c, actor, { values, refused: refusalOf(error) });
  }
});

webhookPages.get("/webhooks/:id{whe_\\w+}", (c) =>
  endpointPage(c, allowed(c, "settings.write"), { id: c.req.param("id") }),
);

webhookPages.post("/webhooks/:id{whe_\\w+}", async (c) => {
  const actor = allowed(c, "settings.write");
  const id = c.req.param("id");
  const values = bodyOf([...ENDPOINT_FIELDS, ENABLED_FIELD], await readForm(c));
  try {
    const path = endpointPath(id);
    await runOperation(c, endpointRoutes, { method: "PATCH", path, body: values });
    return seeOther(c, `/webhooks/${id}`, "saved");
  } catch (error) {
    return endpointPage(c, actor, { id, values, refused: refusalOf(error) });
  }
});

webhookPages.post(
  "/webhooks/:id{whe_\\w+}/:action{test|challenge|replay|rotate|remove}",
  async (c) => {
    const actor = allowed(c, "settings.write");
    const { id, action } = c.req.param();
    const sent = await readForm(c);
    const { after } = bodyOf([REPLAY_FIELD], sent);
    const post = (operation: string, body?: Body) =>
      runOperation(c, endpointRoutes, { method: "POST", path: endpointPath(id, operation), body });
    try {
      const question = QUESTIONS[action];
      const asked = question ? await ask(c, sent, () => question(c, id)) : null;
      if (asked) return asked;
      if (action === "rotate") {
        const { secret } = await post("rotate-secret", {});
        return await endpointPage(c, actor, { id, secret: String(secret) });
      }
      if (action === "remove") {
        await runOperation(c, endpointRoutes, { method: "DELETE", path: endpointPath(id) });
        return seeOther(c, "/webhooks", "removed");
      }
      if (action === "test" || action === "challenge") await post(action);
      // Without a number, all events are replayed.
      else await post("replay", { after: after ?? 0 });
      return seeOther(c, `/webhooks/${id}`, "queued");
    } catch (error) {
      return endpointPage(c, actor, { id, refused: refusalOf(error), after });
    }
  },
);

/** Acts that ask first. */
const QUESTIONS: Readonly<Record<string, (c: PageContext, id: string) => Promise<Question>>> = {
  rotate: rotateQuestion,
  remove: removeQuestion,
};

async function rotateQuestion(c: PageContext, id: string): Promise<Question> {
  const { url } = await endpointOf(c.env, c.var.actor, id);
  return {
    title: "Rotate the signing secret?",
    consequences: [
      `Messages to ${url} are signed with a new secret and, for ${DEFAULT_ROTATION_HOURS} hours, ` +
        "with the old one too.",
      "Put the new secret into your receiver by then, or it refuses what it is sent.",
    ],
    act: "Rotate secret",
    undo: "The old secret cannot be kept longer.",
  };
}

async function removeQuestion(c: PageContext, id: string): Promise<Question> {
  const { actor, format } = c.var;
  const endpoint = await endpointOf(c.env, actor, id);
  const filter = { endpoint: id };
  const deliveries = await listDeliveries(c.env.DB, actor.tenantId, filter, SHOWN);
  const more = deliveries.length === SHOWN ? "More than " : "";
  const waiting = deliveries.filter(({ status }) => status === "pending").length;
  return {
    title: "Remove this webhook endpoint?",
    consequences: [
      `${endpoint.url} gets no more events.`,
      `${more}${format.count(deliveries.length)} deliveries and their attempts are deleted` +
        `${waiting > 0 ? `, ${format.count(waiting)} of them not yet delivered` : ""}.`,
    ],
    act: "Remove endpoint",
  };
}

async function listPage(
  c: PageContext,
  actor: Actor,
  { values = NEW_ENDPOINT, refused }: FormState,
) {
  const [endpoints, deliveries] = await Promise.all([
    listEndpoints(c.env.DB, actor.tenantId),
    listDeliveries(c.env.DB, actor.tenantId, {}, SHOWN),
  ]);
  return page(
    c,
    { title: "Webhooks", section: "webhooks", status: refused ? 422 : 200 },
    <>
      <h1>Webhooks</h1>
      <p class="lead">Events are sent to your endpoints, signed, and retried until they arrive.</p>
      {endpoints.length > 0 ? (
        <Endpoints endpoints={endpoints} format={c.var.format} />
      ) : (
        <EmptyState
          title="No endpoints yet"
          command={
            `curl ${originOf(c)}/api/webhooks/endpoints -H 'Authorization: Bearer YOUR_KEY' ` +
            `-H 'Content-Type: application/json' -d '{"url": "https://example.com/hooks"}'`
          }
        >
          <p>Add the first one below or by API, then send it a test event.</p>
        </EmptyState>
      )}
      <details class="card" open={refused !== undefined || endpoints.length === 0}>
        <summary>Add an endpoint</summary>
        <Refusal refused={refused} fields={ENDPOINT_FIELDS.map((field) => field.pointer)} />
        <Form action="/dashboard/webhooks" token={c.var.session.formToken} class="stacked">
          <Fields fields={ENDPOINT_FIELDS} body={values} refused={refused} />
          <button type="submit" class="primary">
            Add endpoint
          </button>
        </Form>
      </details>
      <Deliveries deliveries={deliveries} format={c.var.format} />
    </>,
  );
}

function Endpoints({ endpoints, format }: { endpoints: readonly Endpoint[]; format: Format }) {
  return (
    <DataTable
      caption="Endpoints"
      columns={[
        { head: "URL", wide: true },
        { head: "Events" },
        { head: "Status" },
        { head: "Added" },
      ]}
      rows={endpoints.map((endpoint) => ({
        cells: [
          <a href={`/dashboard/webhooks/${endpoint.id}`}>{endpoint.url}</a>,
          endpoint.events.length === 0 ? "all" : endpoint.events.length,
          <Badge state={shownState(endpoint)} />,
          format.day(endpoint.createdMs),
        ],
      }))}
    />
  );
}

function Deliveries({ deliveries, format }: { deliveries: readonly Delivery[]; format: Format }) {
  if (deliveries.length === 0) return null;
  return (
    <section>
      <p>
        <a href="/dashboard/webhooks/deliveries">All deliveries</a>, by status and with what failed.
      </p>
      <DataTable
        caption="Deliveries"
        visibleCaption
        columns={[
          { head: "Created", short: true },
          { head: "Event", wide: true },
          { head: "No.", figure: true },
          { head: "Attempts", figure: true },
          { head: "Status" },
        ]}
        rows={deliveries.map((delivery) => ({
          cells: [
            format.time(delivery.createdMs),
            <a href={`/dashboard/webhooks/deliveries/${delivery.id}`}>{delivery.type}</a>,
            delivery.outboxSeq ?? "",
            delivery.attempts,
            <Badge state={delivery.status} />,
          ],
        }))}
      />
    </section>
  );
}

/** What the API says of an endpoint, but that one which only fails is not called active. */
function shownState(endpoint: Endpoint): string {
  const state = statusOf(endpoint);
  return state === "active" && endpoint.failingSinceMs !== null ? "failing" : state;
}

/** `after` is what was typed of a replay that was refused. */
type EndpointState = FormState & { id: string; secret?: string; after?: unknown };

async function endpointPage(
  c: PageContext,
  actor: Actor,
  { id, values, refused, secret, after }: EndpointState,
) {
  const endpoint = await endpointOf(c.env, actor, id);
  const deliveries = await listDeliveries(c.env.DB, actor.tenantId, { endpoint: id }, SHOWN);
  const path = `/dashboard/webhooks/${id}`;
  const token = c.var.session.formToken;
  const fields = [...ENDPOINT_FIELDS, ENABLED_FIELD];
  const state = statusOf(endpoint);
  const api_version = keptVersion(endpoint.apiVersion);
  const stored = { ...endpoint, enabled: endpoint.disabled === null, api_version };
  return page(
    c,
    { title: "Webhook endpoint", section: "webhooks", status: refused ? 422 : 200 },
    <>
      <div class="head">
        <h1>
          Webhook endpoint <Badge state={shownState(endpoint)} />
        </h1>
        <div class="actions">
          {state === "unproven" ? (
            <ActionButton
              action={`${path}/challenge`}
              token={token}
              label="Send challenge again"
              primary
            />
          ) : (
            <ActionButton action={`${path}/test`} token={token} label="Send a test event" primary />
          )}
          <ActionButton action={`${path}/rotate`} token={token} label="Rotate secret" asks />
          <ActionButton action={`${path}/remove`} token={token} label="Remove" danger asks />
        </div>
      </div>
      <p class="muted">
        <CopyText text={id} />
      </p>
      {state === "unproven" && <ProofNeeded />}
      {shownState(endpoint) === "failing" && endpoint.failingSinceMs !== null && (
        <p class="notice bad">
          Nothing has arrived since {c.var.format.time(endpoint.failingSinceMs)}. Each delivery
          below shows what was answered; they are tried again by themselves.
        </p>
      )}
      {secret && <Secret secret={secret} />}
      <Refusal refused={refused} fields={[...fields, REPLAY_FIELD].map(({ pointer }) => pointer)} />
      <Form action={path} token={token} class="card">
        <Fields fields={fields} body={values ?? stored} refused={refused} />
        <button type="submit" class="primary">
          Save
        </button>
      </Form>
      <Form action={`${path}/replay`} token={token} class="card filters">
        <Fields fields={[REPLAY_FIELD]} body={{ after }} refused={refused} />
        <button type="submit">Replay</button>
      </Form>
      <Deliveries deliveries={deliveries} format={c.var.format} />
    </>,
  );
}

function ProofNeeded() {
  return (
    <div class="card">
      <h2>Verify this endpoint</h2>
      <p>
        Another endpoint uses the same host, so this one must prove that its owner wants messages.
        Answer the <code>webhook.challenge</code> with status 200 and its{" "}
        <code>data.challenge</code>, as text or as JSON: <code>{'{"challenge": "…"}'}</code>. Its
        attempts are listed below. Once your code is deployed, send the challenge again.
      </p>
    </div>
  );
}

function Secret({ secret }: { secret: string }) {
  return (
    <div class="card">
      <h2>Signing secret</h2>
      <p>
        Copy it now: it is not shown again. Verify the signature of each message with it, as
        described by Standard Webhooks.
      </p>
      <Copyable text={secret} />
    </div>
  );
}
