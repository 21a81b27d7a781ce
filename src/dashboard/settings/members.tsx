/** /dashboard/settings/members: people and their roles. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import {
  may,
  mayGrant,
  mayHave,
  ROLES,
  type Role,
  roleId,
  roleLeft,
  roleName,
  USER_ROLES,
} from "../../accounts/actor/roles.ts";
import { endOf } from "../../accounts/key/api-key.ts";
import { roleNamed } from "../../accounts/role/role.ts";
import { rowsFrom, showRows } from "../../accounts/role/rows.ts";
import { accountRoutes } from "../../accounts/routes.ts";
import { type ApiKey, latestKeys } from "../../accounts/store/key-store.ts";
import { listUsers, type User } from "../../accounts/store/user-store.ts";
import { userOf } from "../../accounts/user/user.ts";
import { MAX_PAGE } from "../../platform/http/http.ts";
import { DataTable } from "../component/data-table.tsx";
import { ActionButton, Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import { Permitted } from "../component/permitted.tsx";
import type { Question } from "../component/question.tsx";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import { ask } from "../page/ask.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { roleOptions, rolesToGive } from "./role-options.ts";
import { rowFields, rowValues, rowWords } from "./row-fields.ts";
import { Tabs } from "./tabs.tsx";

export const memberPages = new Hono<PageEnv>();

const FIRST = { after: null, limit: MAX_PAGE };
const ROLE_FIELD: Field = { pointer: "/role", label: "Role", kind: "choice", options: [] };
const NAME_FIELD: Field = { pointer: "/name", label: "Name", kind: "line", required: true };
const USER_FIELDS: readonly Field[] = [
  NAME_FIELD,
  { pointer: "/email", label: "E-mail", kind: "email", required: true },
  ROLE_FIELD,
];

memberPages.get("/settings/members", (c) => membersPage(c, allowed(c, "members.read"), {}));

memberPages.post("/settings/members", async (c) => {
  const actor = allowed(c, "members.write");
  const values = bodyOf(USER_FIELDS, await readForm(c));
  try {
    const path = apiPath(["users"]);
    await runOperation(c, accountRoutes, { method: "POST", path, body: values });
    return seeOther(c, "/settings/members", "created");
  } catch (error) {
    return membersPage(c, actor, { values, refused: refusalOf(error) });
  }
});

memberPages.get("/settings/members/:id", (c) => memberPage(c, allowed(c, "members.read"), {}));

memberPages.post("/settings/members/:id", async (c) => {
  const actor = allowed(c, "members.write");
  const id = c.req.param("id");
  const sent = await readForm(c);
  const fields = [NAME_FIELD, ...(await rowFields(c, "member"))];
  const chosen = { "/customers": [...(sent.get("/customers") ?? [])] };
  const values = { ...bodyOf(fields, sent), ...rowValues(bodyOf(fields, sent)) };
  try {
    const question = await rowsQuestion(c, id, values);
    const asked = question && (await ask(c, sent, () => question));
    if (asked) return asked;
    const path = apiPath(["users", id]);
    await runOperation(c, accountRoutes, { method: "PATCH", path, body: values });
    return seeOther(c, "/settings/members", "saved");
  } catch (error) {
    const again = { ...values, customers: chosen["/customers"] };
    return memberPage(c, actor, { values: again, refused: refusalOf(error) });
  }
});

memberPages.post("/settings/members/:id/:action{role|remove}", async (c) => {
  const actor = allowed(c, "members.write");
  const { id, action } = c.req.param();
  const sent = await readForm(c);
  const body = bodyOf([ROLE_FIELD], sent);
  const path = apiPath(["users", id]);
  try {
    const question =
      action === "remove" ? await removeQuestion(c, id) : await roleQuestion(c, id, body.role);
    const asked = question && (await ask(c, sent, () => question));
    if (asked) return asked;
    if (action === "remove") await runOperation(c, accountRoutes, { method: "DELETE", path });
    else await runOperation(c, accountRoutes, { method: "PATCH", path, body });
    return seeOther(c, "/settings/members", action === "remove" ? "removed" : "saved");
  } catch (error) {
    return membersPage(c, actor, { refused: refusalOf(error) });
  }
});

/** What follows from a member seeing other rows than before; null where it sees the same. */
async function rowsQuestion(c: PageContext, id: string, values: Body): Promise<Question | null> {
  const user = await userOf(c.env, c.var.actor, id);
  const rows = rowsFrom(values, null);
  if (JSON.stringify(rows) === JSON.stringify(user.confinement)) return null;
  const keys = await keysWith(c, id);
  const narrows = user.confinement === null && rows !== null;
  const ended = narrows ? keys.filter(({ userId }) => userId !== id).length : 0;
  const words = rowWords(rows);
  return {
    title: `Change what ${user.name} sees?`,
    consequences: [
      words === null ? `${user.name} sees everything.` : `${user.name} sees only: ${words}.`,
      "This holds for open sessions at once, and for API keys within 30 seconds.",
      ...(ended > 0
        ? [`Revokes ${ended === 1 ? "1 API key" : `${ended} API keys`} made for others.`]
        : []),
    ],
    act: "Save",
    harmless: ended === 0,
    undo: "What a member sees can be changed again.",
  };
}

async function removeQuestion(c: PageContext, id: string): Promise<Question> {
  const {
    env,
    var: { actor, format },
  } = c;
  const [user, theirs] = await Promise.all([userOf(env, actor, id), keysWith(c, id)]);
  const count = theirs.length === 1 ? "1 API key" : `${format.count(theirs.length)} API keys`;
  return {
    title: `Remove ${user.name}?`,
    consequences: [
      `${user.name} (${user.email}, ${roleName(user.role)}) is signed out and can sign in no more.`,
      theirs.length === 0
        ? "No API key ends with this."
        : `Revokes ${count}: ${theirs
            .slice(0, NAMED_KEYS)
            .map(({ name }) => name)
            .join(", ")}` + `${theirs.length > NAMED_KEYS ? " and others" : ""}.`,
    ],
    act: "Remove member",
    undo: "You can add them again, but revoked keys stay revoked.",
  };
}

/**
 * What a change of role asks first: a key that is narrowed stays so, and nobody can give back to
 * themselves what they gave up. Null where it can simply be changed back. Errors: 404.
 */
async function roleQuestion(c: PageContext, id: string, wanted: unknown): Promise<Question | null> {
  const { actor, format } = c.var;
  const user = await userOf(c.env, actor, id);
  if (typeof wanted !== "string" || wanted === roleId(user.role)) return null;
  const role = await roleNamed(c.env, actor, wanted);
  const keys = await keysWith(c, id);
  const ended = keys.filter((key) => endsWith(key.role, role)).length;
  const narrowed = keys.filter((key) => !mayHave(role, key.role)).length - ended;
  const isSelf = user.id === actor.userId;
  if (ended + narrowed === 0 && !isSelf) return null;
  const counted = (n: number) => (n === 1 ? "1 API key" : `${format.count(n)} API keys`);
  return {
    title: `Change ${user.name} from ${roleName(user.role)} to ${roleName(role)}?`,
    consequences: [
      ...(isSelf ? ["You change your own role, and may not be able to change it back."] : []),
      ...(ended > 0 ? [`Revokes ${counted(ended)} that a ${roleName(role)} may not have.`] : []),
      ...(narrowed > 0 ? [`Narrows ${counted(narrowed)} to what a ${roleName(role)} may do.`] : []),
    ],
    act: "Change role",
    undo: "The role can be changed again, but keys stay as they are then.",
  };
}

/** Whether a key of a role ends once its user has another one. */
function endsWith(keyRole: Role, next: Role): boolean {
  const [kept, left] = [ROLES, USER_ROLES].map((all) => all as readonly Role[]);
  if (!kept?.includes(keyRole) || !left?.includes(next)) return false;
  return roleLeft(keyRole as (typeof ROLES)[number], next as (typeof USER_ROLES)[number]) === null;
}

/** The keys in force that stand for a user, or that it made. */
async function keysWith({ env, var: { actor } }: PageContext, id: string): Promise<ApiKey[]> {
  const keys = await latestKeys(env.DB, actor.tenantId, MAX_PAGE);
  return keys.filter(
    (key) => endOf(key, actor.realMs) === null && (key.userId === id || key.madeBy === id),
  );
}

/** Of the keys that end, how many the question names. */
const NAMED_KEYS = 3;

/** A member by itself: the name, and what of the tenant it sees. */
async function memberPage(c: PageContext, actor: Actor, { values, refused }: FormState) {
  const user = await userOf(c.env, actor, c.req.param("id") ?? "");
  const shown = values ?? { name: user.name, ...showRows(user.confinement) };
  const fields = await rowFields(c, "member", user.confinement?.customers ?? []);
  const mine = mayGrant(actor.role, user.role) && user.role !== "owner";
  return page(
    c,
    { title: user.name, section: "settings", status: refused ? 422 : 200 },
    <>
      <p class="muted">
        <a href="/dashboard/settings/members">Members</a>
      </p>
      <h1>{user.name}</h1>
      <p class="lead">
        {user.email}, {roleName(user.role)}
      </p>
      <Refusal refused={refused} fields={[NAME_FIELD, ...fields].map(({ pointer }) => pointer)} />
      {user.role === "owner" && <p class="notice info">Owners see everything.</p>}
      <Form
        action={`/dashboard/settings/members/${user.id}`}
        token={c.var.session.formToken}
        class="card narrow"
        asks
      >
        <Fields fields={[NAME_FIELD]} body={shown} refused={refused} />
        {mine && (
          <>
            <h2>What they see</h2>
            <Fields fields={fields} body={shown} refused={refused} />
          </>
        )}
        <Permitted role={actor.role} needs="members.write" label="Save" act="change members">
          <button type="submit" class="primary">
            Save
          </button>
        </Permitted>
      </Form>
    </>,
  );
}

const NEW_MEMBER = { role: "member" };

async function membersPage(
  c: PageContext,
  actor: Actor,
  { values = NEW_MEMBER, refused }: FormState,
) {
  const [users, roles] = await Promise.all([
    listUsers(c.env.DB, actor.tenantId, FIRST),
    rolesToGive(c, "people"),
  ]);
  const fields = USER_FIELDS.map((field) =>
    field === ROLE_FIELD ? { ...field, options: roleOptions(roles) } : field,
  );
  const token = c.var.session.formToken;
  return page(
    c,
    { title: "Members", section: "settings", status: refused ? 422 : 200 },
    <>
      <Tabs current="members" role={actor.role} />
      <Refusal refused={refused} fields={USER_FIELDS.map(({ pointer }) => pointer)} />
      <p class="lead">Members sign in with a link that is mailed to them.</p>
      {users.length > 0 && (
        <DataTable
          caption="Members"
          columns={[
            { head: "Name", wide: true },
            { head: "E-mail", wide: true },
            { head: "Role" },
            { head: "Sees" },
            { head: "" },
          ]}
          rows={users.map((user) => ({
            cells: [
              <a href={`/dashboard/settings/members/${user.id}`}>{user.name}</a>,
              user.email,
              <RoleForm user={user} actor={actor} token={token} roles={roles} />,
              rowWords(user.confinement) ?? "Everything",
              may(actor.role, "members.write") && mayGrant(actor.role, user.role) && (
                <ActionButton
                  action={`/dashboard/settings/members/${user.id}/remove`}
                  token={token}
                  label="Remove"
                  danger
                  asks
                />
              ),
            ],
          }))}
        />
      )}
      <Permitted role={actor.role} needs="members.write" label="Add a member" act="add members">
        <section class="card narrow">
          <h2>Add a member</h2>
          <Form action="/dashboard/settings/members" token={token}>
            <Fields fields={fields} body={values} refused={refused} />
            <button type="submit" class="primary">
              Add
            </button>
          </Form>
        </section>
      </Permitted>
    </>,
  );
}

type RoleProps = { user: User; actor: Actor; token: string; roles: readonly Role[] };

function RoleForm({ user, actor, token, roles }: RoleProps) {
  if (!may(actor.role, "members.write") || !mayGrant(actor.role, user.role))
    return (
      <>
        {roleName(user.role)}{" "}
        <small class="muted">
          {user.role === "owner"
            ? "Only owners can change owners."
            : "Allows more than you may give."}
        </small>
      </>
    );
  return (
    <Form
      action={`/dashboard/settings/members/${user.id}/role`}
      token={token}
      class="filters tight"
      asks
    >
      <select name="/role" aria-label={`Role of ${user.name}`}>
        {roleOptions(roles).map(({ value, label }) => (
          <option value={value} selected={value === roleId(user.role)}>
            {label}
          </option>
        ))}
      </select>
      <button type="submit" class="quiet">
        Change
      </button>
    </Form>
  );
}
