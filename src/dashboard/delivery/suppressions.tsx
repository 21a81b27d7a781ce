/** /dashboard/emails/suppressed: addresses that get no e-mail, and why. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { asciiEmail } from "../../core/email-address.ts";
import { notFound } from "../../core/errors.ts";
import { listSuppressions, suppressedOf } from "../../delivery/email/store.ts";
import { suppressionRoutes as suppressionApi } from "../../delivery/email/suppression-routes.ts";
import type { Suppression } from "../../delivery/email/table.ts";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import { Permitted } from "../component/permitted.tsx";
import type { Question } from "../component/question.tsx";
import { bodyOf, type Field, textOf } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { ask } from "../page/ask.tsx";
import { capital } from "../page/counted.ts";
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
  const { tenantId } = allowed(c, "settings.write");
  const sent = await readForm(c);
  const address = textOf(sent, FIELD.pointer);
  const asked = await ask(c, sent, async () => {
    const [row] = await suppressedOf(c.env.DB, tenantId, [asciiEmail(address).toLowerCase()]);
    if (!row) throw notFound("address");
    return removeQuestion(row, c.var.format);
  });
  if (asked) return asked;
  const path = apiPath(["suppressions", address]);
  await runOperation(c, suppressionApi, { method: "DELETE", path });
  return seeOther(c, PATH, "removed");
});

/** Why an address is on the list, as a sentence goes on. */
const WHY: Readonly<Record<Suppression["reason"], string>> = {
  bounced: "an e-mail to it bounced",
  complained: "its owner reported an e-mail as spam",
  manual: "somebody suppressed it",
};

function removeQuestion({ address, reason, createdMs }: Suppression, format: Format): Question {
  return {
    title: `Send e-mail to ${address} again?`,
    consequences: [
      `${address} is on the list since ${format.day(createdMs)}: ${WHY[reason]}. ` +
        "Once it is removed, invoices, quotes and reminders are e-mailed to it again.",
      ...(reason === "manual"
        ? []
        : ["Make sure that the address is right: more of this harms how all your mail arrives."]),
    ],
    act: "Remove from the list",
    undo: "You can suppress the address again, but the reason it has now is lost.",
  };
}

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
      <Permitted
        role={actor.role}
        needs="settings.write"
        label="Suppress an address"
        act="suppress addresses or take them off this list"
      >
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
      </Permitted>
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
          capital(WHY[row.reason]),
          format.day(row.createdMs),
          row.email ? <a href={`/dashboard/emails/${row.email}`}>View</a> : "",
          may(actor.role, "settings.write") && (
            <Form action={`/dashboard${PATH}/remove`} token={session.formToken} class="inline" asks>
              <input type="hidden" name={FIELD.pointer} value={row.address} />
              <button type="submit" class="quiet danger">
                Remove
              </button>
            </Form>
          ),
        ],
      }))}
    />
  );
}
