/** /dashboard/settings/members and /keys: people, their roles, and the keys of programs. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may, mayGrant, ROLES, USER_ROLES } from "../../accounts/actor/roles.ts";
import { createKey, endKey } from "../../accounts/key/api-key.ts";
import { keyInput } from "../../accounts/key/key-routes.ts";
import { type ApiKey, listKeys } from "../../accounts/store/key-store.ts";
import { listUsers, type User } from "../../accounts/store/user-store.ts";
import { changeUser, createUser, removeUser } from "../../accounts/user/user.ts";
import { userChange, userInput } from "../../accounts/user/user-routes.ts";
import { MAX_PAGE } from "../../platform/http/http.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { Copyable } from "../component/empty-state.tsx";
import { ActionButton, Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import { page, refusalOf } from "../page/page.tsx";
import {
  allowed,
  type PageContext,
  type PageEnv,
  parsed,
  readForm,
  seeOther,
} from "../page/request.ts";
import { Tabs } from "./tabs.tsx";

export const peopleRoutes = new Hono<PageEnv>();

const FIRST = { after: null, limit: MAX_PAGE };
const options = (roles: readonly string[]) => roles.map((value) => ({ value, label: value }));
const USER_FIELDS: readonly Field[] = [
  { pointer: "/name", label: "Name", kind: "line", required: true },
  { pointer: "/email", label: "E-mail", kind: "email", required: true },
  { pointer: "/role", label: "Role", kind: "choice", options: options(USER_ROLES) },
];
const KEY_FIELDS: readonly Field[] = [
  { pointer: "/name", label: "What it is for", kind: "line", required: true },
  { pointer: "/role", label: "Role", kind: "choice", options: options(ROLES) },
];
const ROLE_FIELD: Field = {
  pointer: "/role",
  label: "Role",
  kind: "choice",
  options: options(USER_ROLES),
};

type Entered = { shown?: Body; refused?: Refused; key?: string };

peopleRoutes.get("/settings/members", (c) => membersPage(c, allowed(c, "members.read"), {}));

peopleRoutes.post("/settings/members", async (c) => {
  const actor = allowed(c, "members.write");
  const shown = bodyOf(USER_FIELDS, await readForm(c));
  try {
    await createUser(c.env, actor, parsed(userInput, shown));
    return seeOther(c, "/settings/members", "created");
  } catch (error) {
    return membersPage(c, actor, { shown, refused: refusalOf(error) });
  }
});

peopleRoutes.post("/settings/members/:id/:action{role|remove}", async (c) => {
  const actor = allowed(c, "members.write");
  const { id, action } = c.req.param();
  const given = bodyOf([ROLE_FIELD], await readForm(c));
  try {
    if (action === "remove") await removeUser(c.env, actor, id);
    else await changeUser(c.env, actor, id, parsed(userChange, given));
    return seeOther(c, "/settings/members", action === "remove" ? "removed" : "saved");
  } catch (error) {
    return membersPage(c, actor, { refused: refusalOf(error) });
  }
});

const NEW_MEMBER = { role: "member" };
const NEW_KEY = { role: "ingest" };

async function membersPage(c: PageContext, actor: Actor, { shown = NEW_MEMBER, refused }: Entered) {
  const users = await listUsers(c.env.DB, actor.tenantId, FIRST);
  const token = c.var.session.formToken;
  return page(
    c,
    { title: "Members", section: "settings", status: refused ? 422 : 200 },
    <>
      <Tabs current="members" role={actor.role} />
      <Refusal refused={refused ?? null} fields={USER_FIELDS.map(({ pointer }) => pointer)} />
      <p class="lead">Members sign in with a link that is mailed to them.</p>
      {users.length > 0 && (
        <DataTable
          caption="Members"
          columns={[
            { head: "Name" },
            { head: "E-mail", wide: true },
            { head: "Role" },
            { head: "" },
          ]}
          rows={users.map((user) => ({
            cells: [
              user.name,
              user.email,
              <RoleForm user={user} actor={actor} token={token} />,
              may(actor.role, "members.write") && mayGrant(actor.role, user.role) && (
                <ActionButton
                  action={`/dashboard/settings/members/${user.id}/remove`}
                  token={token}
                  label="Remove"
                  danger
                  confirm={`Remove ${user.name} and revoke their keys?`}
                />
              ),
            ],
          }))}
        />
      )}
      {may(actor.role, "members.write") && (
        <section class="card narrow">
          <h2>Add a member</h2>
          <Form action="/dashboard/settings/members" token={token}>
            <Fields fields={USER_FIELDS} body={shown} refused={refused ?? null} />
            <button type="submit" class="primary">
              Add
            </button>
          </Form>
        </section>
      )}
    </>,
  );
}

function RoleForm({ user, actor, token }: { user: User; actor: Actor; token: string }) {
  if (!may(actor.role, "members.write") || !mayGrant(actor.role, user.role))
    return <>{user.role}</>;
  return (
    <Form
      action={`/dashboard/settings/members/${user.id}/role`}
      token={token}
      class="filters tight"
    >
      <select name="/role" aria-label={`Role of ${user.name}`}>
        {USER_ROLES.filter((role) => mayGrant(actor.role, role)).map((role) => (
          <option value={role} selected={role === user.role}>
            {role}
          </option>
        ))}
      </select>
      <button type="submit" class="quiet">
        Change
      </button>
    </Form>
  );
}

peopleRoutes.get("/settings/keys", (c) => keysPage(c, allowed(c, "members.read"), {}));

peopleRoutes.post("/settings/keys", async (c) => {
  const actor = allowed(c, "keys.write");
  const shown = bodyOf(KEY_FIELDS, await readForm(c));
  try {
    const { name, role } = parsed(keyInput, shown);
    const { key } = await createKey(c.env, actor, { name, role, userId: null });
    return await keysPage(c, actor, { key });
  } catch (error) {
    return keysPage(c, actor, { shown, refused: refusalOf(error) });
  }
});

peopleRoutes.post("/settings/keys/:id/revoke", async (c) => {
  const actor = allowed(c, "keys.write");
  await readForm(c);
  try {
    await endKey(c.env, actor, c.req.param("id"));
    return seeOther(c, "/settings/keys", "revoked");
  } catch (error) {
    return keysPage(c, actor, { refused: refusalOf(error) });
  }
});

async function keysPage(c: PageContext, actor: Actor, { shown = NEW_KEY, refused, key }: Entered) {
  const keys = await listKeys(c.env.DB, actor.tenantId, FIRST);
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
      <Refusal refused={refused ?? null} fields={KEY_FIELDS.map(({ pointer }) => pointer)} />
      <Keys c={c} keys={keys} />
      {may(actor.role, "keys.write") && (
        <section class="card narrow">
          <h2>Make a key</h2>
          <Form action="/dashboard/settings/keys" token={token}>
            <Fields fields={KEY_FIELDS} body={shown} refused={refused ?? null} />
            <button type="submit" class="primary">
              Make the key
            </button>
          </Form>
        </section>
      )}
    </>,
  );
}

function Keys({ c, keys }: { c: PageContext; keys: readonly ApiKey[] }) {
  const { actor, session, format } = c.var;
  return (
    <DataTable
      caption="Keys"
      columns={[
        { head: "Name", wide: true },
        { head: "Key" },
        { head: "Role" },
        { head: "Made" },
        { head: "" },
      ]}
      rows={keys.map((one) => ({
        cells: [
          one.name,
          <code>{one.hint}</code>,
          one.role,
          format.day(one.createdMs),
          one.revokedMs !== null ? (
            <Badge state="revoked" />
          ) : (
            may(actor.role, "keys.write") &&
            mayGrant(actor.role, one.role) && (
              <ActionButton
                action={`/dashboard/settings/keys/${one.id}/revoke`}
                token={session.formToken}
                label="Revoke"
                danger
                confirm={`Revoke ${one.name}? Whatever uses it stops working.`}
              />
            )
          ),
        ],
      }))}
    />
  );
}
