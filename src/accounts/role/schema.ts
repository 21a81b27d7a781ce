/** How roles and permissions stand in requests and answers. */
import { z } from "@hono/zod-openapi";
import { PERMISSION_NAMES, type Permission } from "../actor/roles.ts";

const WHICH = "`owner`, `admin`, `member`, `viewer`, `ingest`, or the id of a role of your own";

export const permissionSchema = z.enum(PERMISSION_NAMES as [Permission, ...Permission[]]);

/** Which role somebody has. */
export const roleText = z.string().openapi({ description: WHICH, example: "member" });

/** Which role somebody is to have; `roleNamed` says what it is. */
export const roleInput = z.string().min(1).max(100).openapi({ description: WHICH });
