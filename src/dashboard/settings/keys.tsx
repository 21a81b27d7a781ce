/** /dashboard/settings/keys: the API keys of programs. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may, mayGrant, PERMISSION_NAMES, roleName } from "../../accounts/actor/roles.ts";
import { endOf } from "../../accounts/key/api-key.ts";
import { accountRoutes } from "../../accounts/routes.ts";
import { type ApiKey, latestKeys, readKey } from "../../accounts/store/key-store.ts";
import { listUsers } from "../../accounts/store/user-store.ts";
import { keptVersion, NEWEST_VERSION } from "../../core/api-version.ts";
import { notFound } from "../../core/errors.ts";
import { MAX_PAGE } from "../../platform/http/http.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { Copyable } from "../component/empty-state.tsx";
import { ActionButton, Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import { Permitted } from "../component/permitted.tsx";
import type { Question } from "../component/question.tsx";
import { type Body, bodyOf, type Field, type Sent, textOf } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { ask } from "../page/ask.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { LIMIT_FIELDS, NAME_FIELD, VERSION_FIELD } from "./key-fields.ts";
import { roleOptions, rolesToGive } from "./role-options.ts";
import { rowFields, rowWords } from "./row-fields.ts";
import { Tabs } from "./tabs.tsx";

export const keyPages = new Hono<PageEnv>();

const PATH = "/dashboard/settings/keys";

const FIRST = { after: null, limit: MAX_PAGE };
const ROLE_FIELD: Field = { pointer: "/role", label: "Role", kind: "choice", options: [] };
const KEY_FIELDS: readonly Field[] = [NAME_FIELD, ROLE_FIELD];
const END_FIELD: Field = {
  pointer: "/expires_at",
  label: "Expires on",
  kind: "day",
  hint: "Works until 00:00 UTC of this day. Empty: until it is revoked.",
};
const IPS_FIELD: Field = {
  pointer: "/ips",
  label: "IP addresses",
  kind: "lines",
  hint: "One address or range per line, 20 at most. Empty: any address.",
  placeholder: "192.0.2.0/24",
};
const TENANTS_FIELD: Field = {
  pointer: "/tenants",
  label: "Tenants",
  kind: "lines",
  hint:
    "One tenant ID or external ID per line, 100 at most. The key then reaches only these " +
    "tenants, and nothing else of the operator's.",
  placeholder: "ten_…",
};
const NEW_KEY = { role: "ingest", api_version: NEWEST_VERSION };

/** What a key may be confined to; an operator's key has more to choose from. */
async function confiningFields(c: PageContext): Promise<Field[]> {
  const { operator, tenantId } = c.var.actor;
  const users = await listUsers(c.env.DB, tenantId, FIRST);
  const user: Field = {
    pointer: "/user_id",
    label: "User",
    kind: "choice",
    hint: "Whose usage and documents are its own.",
    options: [
      { value: "", label: "None" },
      ...users.map(({ id, name }) => ({ value: id, label: name })),
    ],
  };
  const names = PERMISSION_NAMES.filter((name) => operator || !name.startsWith("operator."));
  const permissions: Field = {
    pointer: "/permissions",
    label: "Permissions",
    kind: "choices",
    hint: "Only these of its role's permissions. None selected: all of them.",
    options: names.map((value) => ({ value, label: value })),
  };
  const rows = await rowFields(c, "key");
  const tenants = operator ? [TENANTS_FIELD] : [];
  return [
    END_FIELD,
    IPS_FIELD,
    ...tenants,
    ...LIMIT_FIELDS,
    VERSION_FIELD,
    user,
    ...rows,
    permissions,
  ];
}

/** The body that the API takes: what was left empty confines nothing. */
function keyBody(fields: readonly Field[], sent: Sent): Body {
  const given = Object.entries(bodyOf(fields, sent));
  const body = Object.fromEntries(
    given.filter(([, value]) => !(Array.isArray(value) && value.length === 0)),
  );
  const day = textOf(sent, END_FIELD.pointer);
  return day === "" ? body : { ...body, expires_at: `${day}T00:00:00Z` };
}

const OVERLAPS = [
  { hours: 24, label: "in 1 day" },
  { hours: 168, label: "in 7 days" },
  { hours: 720, label: "in 30 days" },
  { hours: 1, label: "in 1 hour" },
  { hours: 0, label: "immediately" },
] as const;
const OVERLAP = "/overlap_hours";

type KeysState = FormState & { key?: string };

keyPages.get("/settings/keys", (c) => keysPage(c, allowed(c, "members.read"), {}));

keyPages.post("/settings/keys", async (c) => {
  const actor = allowed(c, "keys.write");
  const sent = await readForm(c);
  const fields = [...KEY_FIELDS, ...(await confiningFields(c))];
  try {
    const path = apiPath(["keys"]);
    const body = keyBody(fields, sent);
    const { key } = await runOperation(c, accountRoutes, { method: "POST", path, body });
    // No redirect: the key is shown only in this answer.
    return await keysPage(c, actor, { key: String(key) });
  } catch (error) {
    return keysPage(c, actor, { values: bodyOf(fields, sent), refused: refusalOf(error) });
  }
});

keyPages.post("/settings/keys/:id/rotate", async (c) => {
  const actor = allowed(c, "keys.write");
  const overlap: Field = { pointer: OVERLAP, label: "Overlap", kind: "integer" };
  const sent = await readForm(c);
  const body: Body = { overlap_hours: OVERLAPS[0].hours, ...bodyOf([overlap], sent) };
  try {
    const isAtOnce = body.overlap_hours === 0;
    const asked = isAtOnce ? await ask(c, sent, () => rotateQuestion(c, c.req.param("id"))) : null;
    if (asked) return asked;
    const path = apiPath(["keys", c.req.param("id"), "rotate"]);
    const { key } = await runOperation(c, accountRoutes, { method: "POST", path, body });
    return await keysPage(c, actor, { key: String(key) });
  } catch (error) {
    return keysPage(c, actor, { refused: refusalOf(error) });
  }
});

keyPages.post("/settings/keys/:id/revoke", async (c) => {
  const actor = allowed(c, "keys.write");
  const sent = await readForm(c);
  try {
    const asked = await ask(c, sent, () => revokeQuestion(c, c.req.param("id")));
    if (asked) return asked;
    const path = apiPath(["keys", c.req.param("id")]);
    await runOperation(c, accountRoutes, { method: "DELETE", path });
    return seeOther(c, "/settings/keys", "revoked");
  } catch (error) {
    return keysPage(c, actor, { refused: refusalOf(error) });
  }
});

keyPages.post("/settings/keys/:id/take-over", async (c) => {
  const actor = allowed(c, "keys.write");
  const sent = await readForm(c);
  try {
    const asked = await ask(c, sent, () => takeOverQuestion(c, c.req.param("id")));
    if (asked) return asked;
    const path = apiPath(["keys", c.req.param("id"), "take-over"]);
    await runOperation(c, accountRoutes, { method: "POST", path });
    return seeOther(c, "/settings/keys", "saved");
  } catch (error) {
    return keysPage(c, actor, { refused: refusalOf(error) });
  }
});

async function keyOf(c: PageContext, id: string): Promise<ApiKey> {
  const key = await readKey(c.env.DB, c.var.actor.tenantId, id);
  if (!key) throw notFound("API key");
  return key;
}

/** "It was last used on …": what stops working. */
function useWords({ lastUsedMs }: ApiKey, format: Format): string {
  if (lastUsedMs === null) return "It was never used.";
  return `It was last used on ${format.time(lastUsedMs)}.`;
}

async function revokeQuestion(c: PageContext, id: string): Promise<Question> {
  const key = await keyOf(c, id);
  return {
    title: `Revoke ${key.name}?`,
    consequences: [
      `Requests with the key ${key.hint} are refused from now on.`,
      useWords(key, c.var.format),
    ],
    act: "Revoke key",
  };
}

async function rotateQuestion(c: PageContext, id: string): Promise<Question> {
  const key = await keyOf(c, id);
  return {
    title: `Rotate ${key.name} immediately?`,
    consequences: [
      `Creates a new key with the same rights. Requests with ${key.hint} are refused at once.`,
      useWords(key, c.var.format),
    ],
    act: "Rotate key",
  };
}

async function takeOverQuestion(c: PageContext, id: string): Promise<Question> {
  const key = await keyOf(c, id);
  return {
    title: `Take over ${key.name}?`,
    consequences: ["The key is then yours: it ends when you are removed, not its creator."],
    act: "Take over key",
    undo: "Its creator can take it over again.",
    harmless: true,
  };
}

async function keysPage(
  c: PageContext,
  actor: Actor,
  { values = NEW_KEY, refused, key }: KeysState,
) {
  const [keys, users, roles] = await Promise.all([
    latestKeys(c.env.DB, actor.tenantId, MAX_PAGE),
    listUsers(c.env.DB, actor.tenantId, FIRST),
    rolesToGive(c, "keys"),
  ]);
  const people = new Map(users.map(({ id, name }) => [id, name]));
  const token = c.var.session.formToken;
  const named = KEY_FIELDS.map((field) =>
    field === ROLE_FIELD ? { ...field, options: roleOptions(roles) } : field,
  );
  const confining = await confiningFields(c);
  const pointers = [...KEY_FIELDS, ...confining].map(({ pointer }) => pointer);
  return page(
    c,
    { title: "Keys", section: "settings", status: refused ? 422 : 200 },
    <>
      <Tabs current="keys" role={actor.role} />
      {key && (
        <div class="card">
          <h2>New API key</h2>
          <p>Copy it now: it is not shown again.</p>
          <Copyable text={key} />
        </div>
      )}
      <Refusal refused={refused} fields={pointers} />
      <p class="lead">
        Rotating creates a new key with the same rights. The old one keeps working for the time you
        choose.
      </p>
      <Keys c={c} keys={keys} people={people} />
      <Permitted role={actor.role} needs="keys.write" label="Create a key" act="create keys">
        <section class="card narrow">
          <h2>Create a key</h2>
          <Form action={PATH} token={token}>
            <Fields fields={named} body={values} refused={refused} />
            <details class="more" open={refused !== undefined}>
              <summary>Restrict it</summary>
              <Fields fields={confining} body={values} refused={refused} />
            </details>
            <button type="submit" class="primary">
              Create key
            </button>
          </Form>
        </section>
      </Permitted>
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
  const { actor, format } = c.var;
  return (
    <DataTable
      caption="Keys"
      columns={[
        { head: "Name", wide: true },
        { head: "Key" },
        { head: "Role" },
        { head: "Created", short: true },
        { head: "Last used" },
        { head: "Expires" },
        { head: "" },
      ]}
      rows={keys.map((key) => ({
        cells: [
          <Name apiKey={key} />,
          <code>{key.hint}</code>,
          roleName(key.role),
          format.day(key.createdMs),
          key.lastUsedMs === null ? "never" : format.time(key.lastUsedMs),
          <End apiKey={key} person={people.get(key.madeBy ?? key.userId ?? "")} format={format} />,
          endOf(key, actor.realMs) === null ? (
            may(actor.role, "keys.write") &&
            mayGrant(actor.role, key.role) && <Acts c={c} apiKey={key} />
          ) : (
            <Badge state={stateOfEnd(key)} />
          ),
        ],
      }))}
    />
  );
}

type KeyProps = { apiKey: ApiKey };

/** A key whose end came by itself was not revoked. */
function stateOfEnd({ revokedMs, expiresMs }: ApiKey): string {
  return revokedMs === null || revokedMs === expiresMs ? "expired" : "revoked";
}

/** What a key is for, with what it is confined to. */
function Name({ apiKey }: KeyProps) {
  const { permissions, tenants, ips } = apiKey.confinement ?? {};
  const { readsPerMinute: reads, writesPerMinute: writes } = apiKey;
  const limits = [
    ...(reads === null ? [] : [`${reads} reads a minute`]),
    ...(writes === null ? [] : [`${writes} writes a minute`]),
  ];
  const version = keptVersion(apiKey.apiVersion);
  const older = version === NEWEST_VERSION ? [] : [`API version ${version}`];
  const lists = [permissions, tenants, ips, limits, older].filter((list) => list?.length);
  const rows = rowWords(apiKey.confinement?.rows?.[0]);
  return (
    <>
      <a href={`${PATH}/${apiKey.id}`}>{apiKey.name}</a>
      {lists.map((list) => (
        <div class="muted">{list?.join(", ")}</div>
      ))}
      {rows && <div class="muted">{rows}</div>}
    </>
  );
}

/** When a key ends by itself, and with whom. */
function End({
  apiKey,
  person,
  format,
}: KeyProps & { person: string | undefined; format: Format }) {
  const { expiresMs, replacedBy } = apiKey;
  if (expiresMs === null && replacedBy === null && person === undefined) return "never";
  return (
    <>
      {expiresMs !== null && <div>{format.time(expiresMs)}</div>}
      {replacedBy !== null && <div class="muted">rotated</div>}
      {person !== undefined && <div>with {person}</div>}
    </>
  );
}

function Acts({ c, apiKey }: KeyProps & { c: PageContext }) {
  const { actor, session } = c.var;
  const { id, name, madeBy, replacedBy } = apiKey;
  const token = session.formToken;
  return (
    <div class="row-acts">
      {replacedBy === null && (
        <Form action={`${PATH}/${id}/rotate`} token={token} class="filters tight" asks>
          <select name={OVERLAP} aria-label={`When ${name} ends once it is rotated`}>
            {OVERLAPS.map(({ hours, label }) => (
              <option value={hours}>ends {label}</option>
            ))}
          </select>
          <button type="submit" class="quiet">
            Rotate
          </button>
        </Form>
      )}
      {madeBy !== null && madeBy !== actor.userId && (
        <ActionButton action={`${PATH}/${id}/take-over`} token={token} label="Take over" asks />
      )}
      <ActionButton action={`${PATH}/${id}/revoke`} token={token} label="Revoke" danger asks />
    </div>
  );
}
