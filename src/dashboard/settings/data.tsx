/** /dashboard/settings/data: taking all data along, and erasing a person. */
import { Hono } from "hono";
import { invalidField } from "../../core/errors.ts";
import { MAX_PAGE } from "../../platform/http/http.ts";
import { foresee } from "../../retention/erasure/erase.ts";
import {
  type Erasure,
  type ErasureKind,
  listErasures,
} from "../../retention/erasure/erasure-store.ts";
import { retentionRoutes } from "../../retention/routes.ts";
import { GRACE_DAYS } from "../../retention/tenant/tenant-erasure.ts";
import { readTenantErasure } from "../../retention/tenant/tenant-store.ts";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { Fields, Form, type FormState } from "../component/form.tsx";
import type { Question } from "../component/question.tsx";
import { bodyOf, type Field } from "../form/form.ts";
import { ask } from "../page/ask.tsx";
import { apiPath, openOperation, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import {
  OWNER_FIELDS,
  stateOf,
  TenantErasureCard,
  tenantQuestion,
} from "../page/tenant-erasure.tsx";
import { Tabs } from "./tabs.tsx";

export const dataPages = new Hono<PageEnv>();

const KINDS: Readonly<Record<ErasureKind, string>> = {
  user: "A member",
  customer: "A customer's person",
  usage_user: "A user in usage events",
};
const FIELDS: readonly Field[] = [
  {
    pointer: "/kind",
    label: "Who",
    kind: "choice",
    options: Object.entries(KINDS).map(([value, label]) => ({ value, label })),
  },
  { pointer: "/ref", label: "ID of the member, customer or user", kind: "line", required: true },
];

dataPages.get("/settings/data", (c) => dataPage(c, {}));

dataPages.get("/settings/data/export", (c) => {
  allowed(c, "data.export");
  return openOperation(c, retentionRoutes, { path: apiPath(["export"]) });
});

dataPages.post("/settings/data/erase", async (c) => {
  allowed(c, "data.erase");
  const sent = await readForm(c);
  const body = bodyOf(FIELDS, sent);
  try {
    const asked = await ask(c, sent, () => eraseQuestion(c, body));
    if (asked) return asked;
    const path = apiPath(["erasures"]);
    await runOperation(c, retentionRoutes, { method: "POST", path, body });
    return seeOther(c, "/settings/data", "removed");
  } catch (error) {
    return dataPage(c, { values: body, refused: refusalOf(error) });
  }
});

dataPages.post("/settings/data/erase-tenant", async (c) => {
  const { tenantId, tenantName, mode } = allowed(c, "data.erase");
  const sent = await readForm(c);
  const values = bodyOf(OWNER_FIELDS, sent);
  try {
    const asked = await ask(c, sent, () => {
      if (values.name !== tenantName) throw invalidField("/name", "is not this tenant's name");
      return tenantQuestion(c, { id: tenantId, name: tenantName, mode }, GRACE_DAYS);
    });
    if (asked) return asked;
    const path = apiPath(["tenant", "erasure"]);
    await runOperation(c, retentionRoutes, { method: "POST", path, body: values });
    return seeOther(c, "/settings/data", "erasing");
  } catch (error) {
    return dataPage(c, {}, { values, refused: refusalOf(error) });
  }
});

dataPages.post("/settings/data/erase-tenant/take-back", async (c) => {
  allowed(c, "data.erase");
  await readForm(c);
  const path = apiPath(["tenant", "erasure"]);
  try {
    await runOperation(c, retentionRoutes, { method: "DELETE", path });
  } catch (error) {
    return dataPage(c, {}, { refused: refusalOf(error) });
  }
  return seeOther(c, "/settings/data", "not_erased");
});

async function eraseQuestion(c: PageContext, body: Record<string, unknown>): Promise<Question> {
  const { actor, format } = c.var;
  const kind = String(body.kind) as ErasureKind;
  const seen = await foresee(c.env, actor, { kind, ref: String(body.ref ?? "") });
  const counted = ({ count, more }: { count: number; more: boolean }, one: string, many: string) =>
    count === 1 && !more ? `1 ${one}` : `${more ? "over " : ""}${format.count(count)} ${many}`;
  const consequences = {
    user: [
      `Erases the name and address of ${seen.name} from members, e-mails and the audit log.`,
      `Signs them out and revokes ${counted(seen.first, "API key", "API keys")}.`,
      "What they did stays, under an ID that names nobody.",
    ],
    customer: [
      `Erases the name, address, e-mail and phone of ${seen.name}.`,
      `Changes ${counted(seen.first, "draft", "drafts")} of this customer.`,
      `Keeps ${counted(seen.second, "final document", "final documents")} as issued.`,
    ],
    usage_user: [
      `Renames ${seen.name} in ${counted(seen.first, "usage event", "usage events")}, and in ` +
        "the archive.",
      "Quantities, totals and invoices stay as they are.",
    ],
  }[kind];
  return {
    title: `Erase ${seen.name} for good?`,
    consequences,
    act: "Erase",
    undo: "This cannot be undone, also not by restoring the database.",
  };
}

async function dataPage(
  c: PageContext,
  { values = {}, refused }: FormState,
  ofTenant: FormState = {},
) {
  const actor = allowed(c, "data.export");
  const token = c.var.session.formToken;
  const { format } = c.var;
  const firstPage = { before: null, limit: MAX_PAGE };
  const [erasures, erasure] = await Promise.all([
    listErasures(c.env.DB, actor.tenantId, firstPage),
    readTenantErasure(c.env.DB, actor.tenantId),
  ]);
  const isRefused = refused !== undefined || ofTenant.refused !== undefined;
  return page(
    c,
    { title: "Your data", section: "settings", ...(isRefused ? { status: 422 } : {}) },
    <>
      <Tabs current="data" role={actor.role} />
      <section class="card narrow">
        <h2>Export everything</h2>
        <p>
          All data as one ZIP file: documents, customers, subscriptions, settings, the audit log and
          every usage event, with a manifest. Keys and other secrets are not in it.
        </p>
        <p class="muted">
          Very large accounts come in several files: the <code>next_cursor</code> in the manifest
          says where the next one begins.
        </p>
        <a class="button" href="/dashboard/settings/data/export">
          Export all data
        </a>
      </section>
      <section class="card narrow">
        <h2>Erase a person</h2>
        <p>
          For good, and again after a restore. Final documents keep whom they were issued to, as the
          law requires.
        </p>
        <Form action="/dashboard/settings/data/erase" token={token} asks>
          <Fields fields={FIELDS} body={values} refused={refused} />
          <button type="submit" class="danger">
            Erase…
          </button>
        </Form>
      </section>
      {!actor.operator && (
        <TenantErasureCard
          c={c}
          state={erasure && (await stateOf(c, erasure))}
          action="/dashboard/settings/data/erase-tenant"
          fields={OWNER_FIELDS}
          mayAsk
          {...ofTenant}
        />
      )}
      <h2 class="apart">Erased persons</h2>
      {erasures.length === 0 ? (
        <EmptyState title="Nobody was erased">
          <p>Erasures are listed here, without the data that they erased.</p>
        </EmptyState>
      ) : (
        <DataTable
          caption="Erasures"
          columns={[
            { head: "Who" },
            { head: "ID", wide: true },
            { head: "Asked" },
            { head: "Done" },
          ]}
          rows={erasures.map((one) => ({
            cells: [
              KINDS[one.kind],
              shownRef(one),
              format.time(one.askedMs),
              one.doneMs === null ? "Running" : format.time(one.doneMs),
            ],
          }))}
        />
      )}
    </>,
  );
}

/** A user of usage is named by nothing any more. */
function shownRef({ kind, ref }: Erasure): string {
  return kind === "usage_user" ? "Not kept" : ref;
}
