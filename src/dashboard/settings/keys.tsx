/** /dashboard/settings/keys: the API keys of programs. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may, mayGrant, ROLES } from "../../accounts/actor/roles.ts";
import { accountRoutes } from "../../accounts/routes.ts";
import { type ApiKey, listKeys } from "../../accounts/store/key-store.ts";
import { listUsers } from "../../accounts/store/user-store.ts";
import { MAX_PAGE } from "../../platform/http/http.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { Copyable } from "../component/empty-state.tsx";
import { ActionButton, Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import { bodyOf, type Field } from "../form/form.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { Tabs } from "./tabs.tsx";

export const keyPages = new Hono<PageEnv>();

const FIRST = { after: null, limit: MAX_PAGE };
const ROLE_OPTIONS = ROLES.map((value) => ({ value: value as string, label: value }));
const KEY_FIELDS: readonly Field[] = [
  { pointer: "/name", label: "What it is for", kind: "line", required: true },
  { pointer: "/role", label: "Role", kind: "choice", options: ROLE_OPTIONS },
];
const NEW_KEY = { role: "ingest" };

type KeysState = FormState & { key?: string };

keyPages.get("/settings/keys", (c) => keysPage(c, allowed(c, "members.read"), {}));

keyPages.post("/settings/keys", async (c) => {
  const actor = allowed(c, "keys.write");
  const values = bodyOf(KEY_FIELDS, await readForm(c));
  try {
    const path = apiPath(["keys"]);
    const { key } = await runOperation(c, accountRoutes, { method: "POST", path, body: values });
    // No redirect: the key is shown only in this answer.
    return await keysPage(c, actor, { key: String(key) });
  } catch (error) {
    return keysPage(c, actor, { values, refused: refusalOf(error) });
  }
});

keyPages.post("/settings/keys/:id/revoke", async (c) => {
  const actor = allowed(c, "keys.write");
  await readForm(c);
  try {
    const path = apiPath(["keys", c.req.param("id")]);
    await runOperation(c, accountRoutes, { method: "DELETE", path });
    return seeOther(c, "/settings/keys", "revoked");
  } catch (error) {
    return keysPage(c, actor, { refused: refusalOf(error) });
  }
});

keyPages.post("/settings/keys/:id/take-over", async (c) => {
  const actor = allowed(c, "keys.write");
  await readForm(c);
  try {
    const path = apiPath(["keys", c.req.param("id"), "take-over"]);
    await runOperation(c, accountRoutes, { method: "POST", path });
    return seeOther(c, "/settings/keys", "saved");
  } catch (error) {
    return keysPage(c, actor, { refused: refusalOf(error) });
  }
});

async function keysPage(
  c: PageContext,
  actor: Actor,
  { values = NEW_KEY, refused, key }: KeysState,
) {
  const [keys, users] = await Promise.all([
    listKeys(c.env.DB, actor.tenantId, FIRST),
    listUsers(c.env.DB, actor.tenantId, FIRST),
  ]);
  const people = new Map(users.map(({ id, name }) => [id, name]));
  const token = c.var.session.formToken;
  return page(
    c,
    { title: "Keys", section: "settings", status: refused ? 422 : 200 },
    <>
      <Tabs current="keys" role={actor.role} />
      {key && (
        <div class="card">
          <h2>The new key</h2>
          <p>It is shown only now.</p>
          <Copyable text={key} />
        </div>
      )}
      <Refusal refused={refused} fields={KEY_FIELDS.map(({ pointer }) => pointer)} />
      <Keys c={c} keys={keys} people={people} />
      {may(actor.role, "keys.write") && (
        <section class="card narrow">
          <h2>Make a key</h2>
          <Form action="/dashboard/settings/keys" token={token}>
            <Fields fields={KEY_FIELDS} body={values} refused={refused} />
            <button type="submit" class="primary">
              Make the key
            </button>
          </Form>
        </section>
      )}
    </>,
  );
}

type KeysProps = {
  c: PageContext;
  keys: readonly ApiKey[];
  /** Names by user. */
  people: ReadonlyMap<string, string>;
};

function Keys({ c, keys, people }: KeysProps) {
  const { actor, session, format } = c.var;
  return (
    <DataTable
      caption="Keys"
      columns={[
        { head: "Name", wide: true },
        { head: "Key" },
        { head: "Role" },
        { head: "Made" },
        { head: "Ends with" },
        { head: "" },
      ]}
      rows={keys.map((key) => ({
        cells: [
          key.name,
          <code>{key.hint}</code>,
          key.role,
          format.day(key.createdMs),
          people.get(key.madeBy ?? key.userId ?? "") ?? "",
          key.revokedMs !== null ? (
            <Badge state="revoked" />
          ) : (
            may(actor.role, "keys.write") &&
            mayGrant(actor.role, key.role) && (
              <>
                {key.madeBy !== null && key.madeBy !== actor.userId && (
                  <ActionButton
                    action={`/dashboard/settings/keys/${key.id}/take-over`}
                    token={session.formToken}
                    label="Take over"
                    confirm={`Take over ${key.name}? It then ends with you, not with its maker.`}
                  />
                )}
                <ActionButton
                  action={`/dashboard/settings/keys/${key.id}/revoke`}
                  token={session.formToken}
                  label="Revoke"
                  danger
                  confirm={`Revoke ${key.name}? Whatever uses it stops working.`}
                />
              </>
            )
          ),
        ],
      }))}
    />
  );
}
