/** /dashboard/settings/roles: what each role may do, and roles of the tenant's own. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import {
  may,
  mayGrant,
  type Permission,
  ROLES,
  type Role,
  roleId,
  roleName,
} from "../../accounts/actor/roles.ts";
import { type HeldRole, roleWithId } from "../../accounts/role/role.ts";
import { accountRoutes } from "../../accounts/routes.ts";
import { listRoles, ownRole } from "../../accounts/store/role-store.ts";
import { MAX_PAGE } from "../../platform/http/http.ts";
import { DataTable } from "../component/data-table.tsx";
import { FormField } from "../component/field.ts";
import { Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import { Permitted } from "../component/permitted.tsx";
import type { Question } from "../component/question.tsx";
import { bodyOf, type Field, type Sent, textOf } from "../form/form.ts";
import { ask } from "../page/ask.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { allowsText, permissionsBySubject } from "./permission-words.ts";
import { roleOptions, rolesToGive } from "./role-options.ts";
import { Tabs } from "./tabs.tsx";

export const rolePages = new Hono<PageEnv>();

const PATH = "/dashboard/settings/roles";
const FIELDS: readonly Field[] = [
  { pointer: "/name", label: "Name", kind: "line", required: true },
  { pointer: "/description", label: "Description", kind: "line", clears: true },
];
const PERMISSIONS: Field = { pointer: "/permissions", label: "Permissions", kind: "choices" };
const REPLACEMENT: Field = {
  pointer: "/replacement",
  label: "Give whoever has it the role",
  kind: "choice",
};

rolePages.get("/settings/roles", (c) => listPage(c, allowed(c, "members.read"), {}));

rolePages.get("/settings/roles/new", (c) =>
  rolePage(c, allowed(c, "members.write"), { role: null, values: {} }),
);

rolePages.post("/settings/roles", async (c) => {
  const actor = allowed(c, "members.write");
  const values = bodyOf([...FIELDS, PERMISSIONS], await readForm(c));
  try {
    const path = apiPath(["roles"]);
    await runOperation(c, accountRoutes, { method: "POST", path, body: values });
    return seeOther(c, "/settings/roles", "created");
  } catch (error) {
    return rolePage(c, actor, { role: null, values, refused: refusalOf(error) });
  }
});

rolePages.get("/settings/roles/:id", async (c) => {
  const actor = allowed(c, "members.read");
  const role = await roleWithId(c.env, actor, c.req.param("id"));
  return rolePage(c, actor, { role, values: role });
});

rolePages.post("/settings/roles/:id", async (c) => {
  const actor = allowed(c, "members.write");
  const id = c.req.param("id");
  const values = bodyOf([...FIELDS, PERMISSIONS], await readForm(c));
  const role = await roleWithId(c.env, actor, id);
  try {
    const path = apiPath(["roles", id]);
    await runOperation(c, accountRoutes, { method: "PATCH", path, body: values });
    return seeOther(c, "/settings/roles", "saved");
  } catch (error) {
    return rolePage(c, actor, { role, values, refused: refusalOf(error) });
  }
});

rolePages.post("/settings/roles/:id/remove", async (c) => {
  const actor = allowed(c, "members.write");
  const id = c.req.param("id");
  const sent = await readForm(c);
  const role = await roleWithId(c.env, actor, id);
  try {
    const asked = await ask(c, sent, () => removeQuestion(c, role, sent));
    if (asked) return asked;
    const path = apiPath(["roles", id], { replacement: textOf(sent, REPLACEMENT.pointer) });
    await runOperation(c, accountRoutes, { method: "DELETE", path });
    return seeOther(c, "/settings/roles", "removed");
  } catch (error) {
    return rolePage(c, actor, { role, values: role, refused: refusalOf(error) });
  }
});

async function removeQuestion(c: PageContext, role: HeldRole, sent: Sent): Promise<Question> {
  const replacement = textOf(sent, REPLACEMENT.pointer);
  const roles = await rolesToGive(c, "keys");
  const next = roles.find((one) => roleId(one) === replacement);
  const holders = holdersText(c, role);
  return {
    title: `Remove the role ${role.name}?`,
    consequences: [
      holders === null
        ? "Nobody has this role."
        : `${holders} get the role ${next ? roleName(next) : replacement} at once.`,
    ],
    act: "Remove role",
  };
}

/** "2 members, 1 API key"; null for nobody. */
function holdersText(c: PageContext, { users, keys }: HeldRole): string | null {
  const { format } = c.var;
  const parts = [
    users > 0 && `${format.count(users)} ${users === 1 ? "member" : "members"}`,
    keys > 0 && `${format.count(keys)} ${keys === 1 ? "API key" : "API keys"}`,
  ].filter(Boolean);
  return parts.length === 0 ? null : parts.join(" and ");
}

async function listPage(c: PageContext, actor: Actor, { refused }: FormState) {
  const first = { after: null, limit: MAX_PAGE };
  const own = await listRoles(c.env.DB, actor.tenantId, first);
  return page(
    c,
    { title: "Roles", section: "settings" },
    <>
      <Tabs current="roles" role={actor.role} />
      <Refusal refused={refused} fields={[]} />
      <div class="head">
        <p class="lead">
          A role says what members and API keys may do. Beside those that everybody has, you can
          create your own.
        </p>
        <div class="actions">
          <Permitted role={actor.role} needs="members.write" label="New role" act="create roles">
            <a class="button primary" href={`${PATH}/new`}>
              New role
            </a>
          </Permitted>
        </div>
      </div>
      {own.length > 0 && (
        <DataTable
          caption="Your roles"
          visibleCaption
          columns={[{ head: "Name" }, { head: "Allows", wide: true }, { head: "Used by" }]}
          rows={own.map((role) => ({
            cells: [
              <a href={`${PATH}/${role.id}`}>{role.name}</a>,
              <Allowed role={ownRole(role)} operator={actor.operator} about={role.description} />,
              holdersText(c, role) ?? "Nobody",
            ],
          }))}
        />
      )}
      <DataTable
        caption="Roles that everybody has"
        visibleCaption
        columns={[{ head: "Name" }, { head: "Allows", wide: true }]}
        rows={ROLES.map((role) => ({
          cells: [role, <Allowed role={role} operator={actor.operator} about={null} />],
        }))}
      />
    </>,
  );
}

type AllowedProps = { role: Role; operator: boolean; about: string | null };

/** What a role allows, by subject; a subject of which it allows all is one word. */
function Allowed({ role, operator, about }: AllowedProps) {
  const subjects = [...permissionsBySubject(operator)].flatMap(([subject, all]) => {
    const some = all.filter((permission) => may(role, permission));
    if (some.length === 0) return [];
    return [{ subject, text: some.length === all.length ? "everything" : listText(some) }];
  });
  return (
    <>
      {about && <p class="muted">{about}</p>}
      <ul class="allows">
        {subjects.map(({ subject, text }) => (
          <li>
            <strong>{subject}</strong>: {text}
          </li>
        ))}
      </ul>
    </>
  );
}

function listText(permissions: readonly Permission[]): string {
  const words = permissions
    .map(allowsText)
    .map((text) => text.charAt(0).toLowerCase() + text.slice(1));
  return words.join("; ");
}

type RolePage = FormState & { role: HeldRole | null; values: object };

async function rolePage(c: PageContext, actor: Actor, { role, values, refused }: RolePage) {
  const token = c.var.session.formToken;
  const given = role === null ? [] : await rolesToGive(c, role.users > 0 ? "people" : "keys");
  const others = given.filter((one) => one !== "owner" && roleId(one) !== role?.id);
  const title = role === null ? "New role" : role.name;
  const isMine = role === null || mayGrant(actor.role, ownRole(role));
  const chosen = new Set((values as { permissions?: string[] }).permissions ?? []);
  const error = refused?.errors.find(({ pointer }) => pointer.startsWith("/permissions"));
  const pointers = [...FIELDS, PERMISSIONS, REPLACEMENT].map(({ pointer }) => pointer);
  return page(
    c,
    { title, section: "settings", status: refused ? 422 : 200 },
    <>
      <p class="muted">
        <a href={PATH}>Roles</a>
      </p>
      <h1>{title}</h1>
      <Refusal refused={refused} fields={pointers} />
      {!isMine && <p class="notice info">This role allows more than you may give.</p>}
      <Form action={role === null ? PATH : `${PATH}/${role.id}`} token={token} class="card">
        <Fields fields={FIELDS} body={values} refused={refused} />
        {[...permissionsBySubject(actor.operator)].map(([subject, permissions]) => (
          <fieldset class="field choices">
            <legend>{subject}</legend>
            {permissions.map((permission) => (
              <label class="choice">
                <input
                  type="checkbox"
                  name={PERMISSIONS.pointer}
                  value={permission}
                  checked={chosen.has(permission)}
                  disabled={!may(actor.role, permission)}
                />
                <span>{allowsText(permission)}</span>
              </label>
            ))}
          </fieldset>
        ))}
        {error && <p class="error">Permissions: {error.detail}</p>}
        <Permitted role={actor.role} needs="members.write" label="Save" act="change roles">
          <button type="submit" class="primary" disabled={!isMine}>
            {role === null ? "Create role" : "Save"}
          </button>
        </Permitted>
      </Form>
      {role !== null && isMine && may(actor.role, "members.write") && (
        <RemoveForm c={c} role={role} roles={others} refused={refused} />
      )}
    </>,
  );
}

type RemoveProps = {
  c: PageContext;
  role: HeldRole;
  /** Those that may take its place. */
  roles: readonly Role[];
  refused: FormState["refused"] | undefined;
};

function RemoveForm({ c, role, roles, refused }: RemoveProps) {
  const { session } = c.var;
  const holders = holdersText(c, role);
  const field = { ...REPLACEMENT, options: roleOptions(roles) };
  return (
    <section class="card narrow">
      <h2>Remove this role</h2>
      <p>{holders === null ? "Nobody has it." : `Used by ${holders}.`}</p>
      <Form action={`${PATH}/${role.id}/remove`} token={session.formToken} asks>
        {holders !== null && (
          <FormField field={field} body={{ replacement: "viewer" }} errors={refused?.errors} />
        )}
        <button type="submit" class="danger">
          Remove role
        </button>
      </Form>
    </section>
  );
}
