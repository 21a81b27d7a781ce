/** /dashboard/settings: the settings' pages under one router. */
import { Hono } from "hono";
import type { PageEnv } from "../page/request.ts";
import { auditPages } from "./audit.tsx";
import { brandingPages } from "./branding.tsx";
import { budgetPages } from "./budgets.tsx";
import { keyPage } from "./key.tsx";
import { keyPages } from "./keys.tsx";
import { mailPages } from "./mail.tsx";
import { memberPages } from "./members.tsx";
import { paymentPages } from "./payments.tsx";
import { profilePages } from "./profile.tsx";
import { requestPages } from "./requests.tsx";
import { rolePages } from "./roles.tsx";

export const settingsSection = new Hono<PageEnv>();
settingsSection.get("/settings", (c) => c.redirect("/dashboard/settings/profile", 303));
for (const pages of [
  profilePages,
  brandingPages,
  mailPages,
  paymentPages,
  memberPages,
  rolePages,
  keyPages,
  keyPage,
  budgetPages,
  auditPages,
  requestPages,
]) {
  settingsSection.route("/", pages);
}
