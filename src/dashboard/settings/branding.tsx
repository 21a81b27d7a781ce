/** /dashboard/settings/branding: how documents look, with a sample beside it. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { Problem } from "../../core/errors.ts";
import { lookOf, sampleModel } from "../../documents/branding/branding.ts";
import { brandingRoutes } from "../../documents/branding/branding-routes.ts";
import { MAX_LOGO_BYTES } from "../../documents/logo/logo.ts";
import { TEMPLATES } from "../../documents/model/model.ts";
import type { Branding } from "../../documents/model/party.ts";
import { readBranding } from "../../documents/party/party-store.ts";
import { freshPdf } from "../../documents/render/cache/rendered.ts";
import { drawnModel } from "../../documents/render/print.ts";
import { brandingSchema } from "../../documents/schema/schema.ts";
import { showBranding } from "../../documents/wire/party-view.ts";
import { ActionButton, Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { Permitted } from "../component/permitted.tsx";
import { Paper, Sheets } from "../document/paper.tsx";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import { ask } from "../page/ask.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import {
  allowed,
  framedPdf,
  type PageContext,
  type PageEnv,
  parseWith,
  readForm,
  readUpload,
  seeOther,
} from "../page/request.ts";
import { Tabs } from "./tabs.tsx";

export const brandingPages = new Hono<PageEnv>();

const PATH = "/dashboard/settings/branding";
const LOGO = apiPath(["branding", "logo"]);
const FIELDS: readonly Field[] = [
  {
    pointer: "/template",
    label: "Template",
    kind: "choice",
    options: TEMPLATES.map((value) => ({ value: value as string, label: value })),
  },
  {
    pointer: "/accent",
    label: "Accent color",
    kind: "color",
    placeholder: "#4f46e5",
    hint: "colors too pale for paper are darkened",
  },
  { pointer: "/margin_pt", label: "Margin in points", kind: "integer", placeholder: "54" },
  { pointer: "/terms", label: "Terms", kind: "text" },
  { pointer: "/footer", label: "Footer", kind: "line" },
];

brandingPages.get("/settings/branding", (c) => brandingPage(c, allowed(c, "documents.read"), {}));

brandingPages.post("/settings/branding", async (c) => {
  const actor = allowed(c, "settings.write");
  const values = bodyOf(FIELDS, await readForm(c));
  try {
    await runOperation(c, brandingRoutes, {
      method: "PUT",
      path: apiPath(["branding"]),
      body: values,
    });
    return seeOther(c, "/settings/branding", "saved");
  } catch (error) {
    return brandingPage(c, actor, { values, refused: refusalOf(error) });
  }
});

brandingPages.post("/settings/branding/logo", async (c) => {
  const actor = allowed(c, "settings.write");
  const body = await readUpload(c, "logo", MAX_LOGO_BYTES);
  try {
    await runOperation(c, brandingRoutes, { method: "PUT", path: LOGO, body });
    return seeOther(c, "/settings/branding", "saved");
  } catch (error) {
    return brandingPage(c, actor, { refused: refusalOf(error) });
  }
});

brandingPages.post("/settings/branding/logo/remove", async (c) => {
  allowed(c, "settings.write");
  const asked = await ask(c, await readForm(c), () => ({
    title: "Remove the logo?",
    consequences: ["New documents are printed without a logo. Finalized ones keep theirs."],
    act: "Remove logo",
    undo: "You can upload it again.",
  }));
  if (asked) return asked;
  await runOperation(c, brandingRoutes, { method: "DELETE", path: LOGO });
  return seeOther(c, "/settings/branding", "removed");
});

brandingPages.get("/settings/branding/sample", async (c) => {
  const model = await sampleModel(c.env, allowed(c, "documents.read"), {});
  return framedPdf(c, await freshPdf(c.env, model), "sample.pdf");
});

brandingPages.post("/settings/branding/preview", async (c) => {
  const actor = allowed(c, "settings.write");
  const body = bodyOf(FIELDS, await readForm(c));
  try {
    return await sample(c, actor, lookOf(parseWith(brandingSchema, body)));
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    return sample(c, actor, {});
  }
});

/** The sample with a look that is being chosen: as parts of the page, or as a PDF. */
async function sample(c: PageContext, actor: Actor, look: Partial<Branding>) {
  if (c.req.query("as") !== "pdf")
    return c.html(<Sheets drawn={await drawnSample(c, actor, look)} />);
  const model = await sampleModel(c.env, actor, look);
  return framedPdf(c, await freshPdf(c.env, model), "sample.pdf");
}

async function drawnSample(c: PageContext, actor: Actor, look: Partial<Branding>) {
  const { logoKey } = await readBranding(c.env.DB, actor.tenantId);
  return drawnModel(c.env, actor.tenantId, await sampleModel(c.env, actor, look), logoKey);
}

async function brandingPage(
  c: PageContext,
  actor: Actor,
  { values, refused = null }: { values?: Body; refused?: Refused | null },
) {
  const branding = showBranding(await readBranding(c.env.DB, actor.tenantId));
  const token = c.var.session.formToken;
  const mayWrite = may(actor.role, "settings.write");
  return page(
    c,
    { title: "Branding", section: "settings", status: refused ? 422 : 200 },
    <>
      <Tabs current="branding" role={actor.role} />
      <Refusal refused={refused} fields={FIELDS.map(({ pointer }) => pointer)} />
      <div class="split">
        <div class="stack">
          <Form action={PATH} token={token} class="card" preview={`${PATH}/preview`}>
            <Fields fields={FIELDS} body={values ?? branding} refused={refused} />
            <Permitted
              role={actor.role}
              needs="settings.write"
              label="Save"
              act="change the branding"
            >
              <div class="actions">
                <button type="submit" class="primary">
                  Save
                </button>
                <button type="submit" formaction={`${PATH}/preview?as=pdf`} formtarget="_blank">
                  Open the PDF
                </button>
              </div>
            </Permitted>
          </Form>
          {mayWrite && (
            <Form action={`${PATH}/logo`} token={token} class="card" upload>
              <div class="field">
                <label for="logo">Logo</label>
                <input id="logo" type="file" name="logo" accept="image/png,image/jpeg" />
                <p class="hint">PNG or JPEG, at most 512,000 bytes and 2,000 pixels a side</p>
              </div>
              <button type="submit">Upload</button>
            </Form>
          )}
          {mayWrite && branding.logo && (
            <p>
              <ActionButton
                action={`${PATH}/logo/remove`}
                token={token}
                label="Remove logo"
                danger
                asks
              />
            </p>
          )}
        </div>
        <aside class="beside" aria-label="A sample">
          <Paper drawn={await drawnSample(c, actor, {})} name="A sample invoice">
            <a href={`${PATH}/sample`}>Open the sample as PDF</a>
          </Paper>
        </aside>
      </div>
    </>,
  );
}
