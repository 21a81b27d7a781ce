/** /dashboard/settings/mail: what is sent without asking, and reminders. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { settingsRoutes } from "../../delivery/email/settings-routes.ts";
import { issuerOf } from "../../documents/party/issuer.ts";
import { issuerRoutes } from "../../documents/routes/issuer-routes.ts";
import { Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import { Permitted } from "../component/permitted.tsx";
import { bodyOf, type Field } from "../form/form.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { storedProfile } from "./profile.tsx";
import { Tabs } from "./tabs.tsx";

export const mailPages = new Hono<PageEnv>();

const MAIL_FIELDS: readonly Field[] = [
  { pointer: "/send_invoices", label: "Send invoices when they are finalized", kind: "flag" },
  { pointer: "/send_receipts", label: "Send a receipt when an invoice is paid", kind: "flag" },
  { pointer: "/send_credit_notes", label: "Send credit notes when they are issued", kind: "flag" },
  { pointer: "/send_reminders", label: "Send payment reminders", kind: "flag" },
];

const REMINDER_FIELD: Field = {
  pointer: "/reminder_days",
  label: "Reminder days",
  kind: "integers",
  placeholder: "-3, 1, 7, 14",
  hint: "relative to the due date: -3, 1, 7 is three days before it, then one and seven days after",
};

mailPages.get("/settings/mail", (c) => mailPage(c, allowed(c, "documents.read"), {}));

async function mailPage(c: PageContext, actor: Actor, { values, refused }: FormState) {
  const [settings, issuer] = await Promise.all([
    runOperation(c, settingsRoutes, { path: apiPath(["email-settings"]) }),
    issuerOf(c.env, actor),
  ]);
  const token = c.var.session.formToken;
  const saveFor = (label: string, act: string) => (
    <Permitted role={actor.role} needs="settings.write" label={label} act={act}>
      <button type="submit" class="primary">
        Save
      </button>
    </Permitted>
  );
  return page(
    c,
    { title: "E-mail", section: "settings", status: refused ? 422 : 200 },
    <>
      <Tabs current="mail" role={actor.role} />
      <Form action="/dashboard/settings/mail" token={token} class="card narrow">
        <h2>Automatic e-mails</h2>
        <Fields fields={MAIL_FIELDS} body={settings} />
        {saveFor("Save e-mails", "change automatic e-mails")}
      </Form>
      <Form action="/dashboard/settings/mail/reminders" token={token} class="card narrow">
        <h2>Payment reminders</h2>
        <Refusal refused={refused} fields={[REMINDER_FIELD.pointer]} />
        <Fields
          fields={[REMINDER_FIELD]}
          body={values ?? { reminder_days: issuer.reminderDays }}
          refused={refused}
        />
        {saveFor("Save reminders", "change reminders")}
      </Form>
    </>,
  );
}

mailPages.post("/settings/mail/reminders", async (c) => {
  const actor = allowed(c, "settings.write");
  const given = bodyOf([REMINDER_FIELD], await readForm(c));
  try {
    // The profile is replaced as a whole: the rest of it stays as it is stored.
    const body = { ...(await storedProfile(c.env, actor)), ...given };
    await runOperation(c, issuerRoutes, { method: "PUT", path: apiPath(["issuer"]), body });
    return seeOther(c, "/settings/mail", "saved");
  } catch (error) {
    return mailPage(c, actor, { values: given, refused: refusalOf(error) });
  }
});

mailPages.post("/settings/mail", async (c) => {
  allowed(c, "settings.write");
  const body = bodyOf(MAIL_FIELDS, await readForm(c));
  await runOperation(c, settingsRoutes, { method: "PUT", path: apiPath(["email-settings"]), body });
  return seeOther(c, "/settings/mail", "saved");
});
