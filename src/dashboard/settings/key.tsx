/** /dashboard/settings/keys/:id: what an API key is called, may send a minute, and its version. */
import { Hono } from "hono";
import { mayGrant } from "../../accounts/actor/roles.ts";
import { endOf } from "../../accounts/key/api-key.ts";
import { accountRoutes } from "../../accounts/routes.ts";
import { type ApiKey, readKey } from "../../accounts/store/key-store.ts";
import { keptVersion } from "../../core/api-version.ts";
import { notFound } from "../../core/errors.ts";
import { Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import { Permitted } from "../component/permitted.tsx";
import { bodyOf, type Field } from "../form/form.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { LIMIT_FIELDS, NAME_FIELD, VERSION_FIELD } from "./key-fields.ts";

export const keyPage = new Hono<PageEnv>();

const PATH = "/settings/keys";
const FIELDS: readonly Field[] = [
  NAME_FIELD,
  ...LIMIT_FIELDS.map((field) => ({ ...field, clears: true })),
  VERSION_FIELD,
];

keyPage.get("/settings/keys/:id", (c) => {
  allowed(c, "members.read");
  return changePage(c, c.req.param("id"), {});
});

keyPage.post("/settings/keys/:id", async (c) => {
  allowed(c, "keys.write");
  const id = c.req.param("id");
  const values = bodyOf(FIELDS, await readForm(c));
  try {
    const path = apiPath(["keys", id]);
    await runOperation(c, accountRoutes, { method: "PATCH", path, body: values });
    return seeOther(c, PATH, "saved");
  } catch (error) {
    return changePage(c, id, { values, refused: refusalOf(error) });
  }
});

function bodyFrom({ name, readsPerMinute, writesPerMinute, apiVersion }: ApiKey) {
  return {
    name,
    reads_per_minute: readsPerMinute,
    writes_per_minute: writesPerMinute,
    api_version: keptVersion(apiVersion),
  };
}

async function changePage(c: PageContext, id: string, { values, refused }: FormState) {
  const { actor, session } = c.var;
  const key = await readKey(c.env.DB, actor.tenantId, id);
  if (!key) throw notFound("API key");
  const isOver = endOf(key, actor.realMs) !== null;
  return page(
    c,
    { title: key.name, section: "settings", status: refused ? 422 : 200 },
    <>
      <p class="muted">
        <a href={`/dashboard${PATH}`}>API keys</a> / {key.name}
      </p>
      <h1>{key.name}</h1>
      <p class="muted">
        <code>{key.hint}</code> {key.role}
      </p>
      {isOver ? (
        <p class="lead">This key has ended and cannot be changed.</p>
      ) : (
        mayGrant(actor.role, key.role) && (
          <Permitted role={actor.role} needs="keys.write" label="Change the key" act="change keys">
            <Form action={`/dashboard${PATH}/${id}`} token={session.formToken} class="card narrow">
              <Refusal refused={refused} fields={FIELDS.map(({ pointer }) => pointer)} />
              <Fields fields={FIELDS} body={values ?? bodyFrom(key)} refused={refused} />
              <button type="submit" class="primary">
                Save
              </button>
            </Form>
          </Permitted>
        )
      )}
    </>,
  );
}
