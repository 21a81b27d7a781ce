/** /dashboard/emails/suppressed: addresses that get no e-mail, and why. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { listSuppressions } from "../../delivery/email/store.ts";
import { suppressionRoutes as suppressionApi } from "../../delivery/email/suppression-routes.ts";
import type { Suppression } from "../../delivery/email/table.ts";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { Fields, Form, type FormState, Refusal, TOKEN_FIELD } from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import { bodyOf, type Field, textOf } from "../form/form.ts";
import { readPage } from "../page/list.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { EmailTabs } from "./tabs.tsx";

export const suppressionPages = new Hono<PageEnv>();

const PATH = "/emails/suppressed";
const FIELD: Field = { pointer: "/address", label: "Address", kind: "email", required: true };

suppressionPages.get(PATH, (c) => listPage(c, allowed(c, "documents.read"), {}));

suppressionPages.post(PATH, async (c) => {
  const actor = allowed(c, "settings.write");
  const values = bodyOf([FIELD], await readForm(c));
  try {
    const path = apiPath(["suppressions"]);
    await runOperation(c, suppressionApi, { method: "POST", path, body: values });
    return seeOther(c, PATH, "saved");
  } catch (error) {
    return listPage(c, actor, { values, refused: refusalOf(error) });
  }
});

suppressionPages.post(`${PATH}/remove`, async (c) => {
  allowed(c, "settings.write");
  const path = apiPath(["suppressions", textOf(await readForm(c), FIELD.pointer)]);
  await runOperation(c, suppressionApi, { method: "DELETE", path });
  return seeOther(c, PATH, "removed");
});

async function listPage(c: PageContext, actor: Actor, { values, refused }: FormState) {
  const { cursor } = c.req.query();
  const { data, next_cursor } = await readPage(
    cursor,
    (after, limit) => listSuppressions(c.env.DB, actor.tenantId, after ?? "", limit),
    ({ address }) => address,
  );
  return page(
    c,
    { title: "Suppressed addresses", section: "emails", status: refused ? 422 : 200 },
    <>
      <EmailTabs current={PATH} role={actor.role} />
      {data.length > 0 ? (
        <Addresses c={c} rows={data} />
      ) : (
        <EmptyState title="No suppressed addresses">
          <p>
            An address that bounces or reports spam is added here automatically and gets no more
            e-mail until you remove it.
          </p>
        </EmptyState>
      )}
      <Pager
        path={`/dashboard${PATH}`}
        query={new URLSearchParams(cursor ? { cursor } : {})}
        nextCursor={next_cursor}
      />
      {may(actor.role, "settings.write") && (
        <section class="card narrow">
          <h2>Suppress an address</h2>
          <Refusal refused={refused} fields={[FIELD.pointer]} />
          <Form action={`/dashboard${PATH}`} token={c.var.session.formToken}>
            <Fields fields={[FIELD]} body={values ?? {}} refused={refused} />
            <button type="submit" class="primary">
              Suppress
            </button>
          </Form>
        </section>
      )}
    </>,
  );
}

function Addresses({ c, rows }: { c: PageContext; rows: readonly Suppression[] }) {
  const { actor, format, session } = c.var;
  return (
    <DataTable
      caption="Suppressed addresses"
      columns={[
        { head: "Address", wide: true },
        { head: "Reason" },
        { head: "Since" },
        { head: "E-mail" },
        { head: "" },
      ]}
      rows={rows.map((row) => ({
        cells: [
          row.address,
          row.reason,
          format.day(row.createdMs),
          row.email ? <a href={`/dashboard/emails/${row.email}`}>View</a> : "",
          may(actor.role, "settings.write") && (
            <form method="post" action={`/dashboard${PATH}/remove`} class="inline">
              <input type="hidden" name={TOKEN_FIELD} value={session.formToken} />
              <input type="hidden" name={FIELD.pointer} value={row.address} />
              <button type="submit" class="quiet">
                Remove
              </button>
            </form>
          ),
        ],
      }))}
    />
  );
}
