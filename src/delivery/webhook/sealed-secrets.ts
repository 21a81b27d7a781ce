/** What webhooks are signed with, as the one who changes what seals it walks it. */
import { and, asc, eq, gt } from "drizzle-orm";
import { orm, statement } from "../../platform/db/db.ts";
import type { SealedPart } from "../../platform/runtime/sealed-part.ts";
import { webhookSecrets } from "./table.ts";

export const SEALED_ENDPOINTS: SealedPart = {
  name: "webhook endpoints",
  atOnce: 200,

  async read(db, after, limit) {
    const { id, endpoint, sealed } = webhookSecrets;
    const rows = await orm(db)
      .select({ id, endpoint, sealed })
      .from(webhookSecrets)
      .where(gt(id, after))
      .orderBy(asc(id))
      .limit(limit);
    return rows.map((row) => ({
      id: row.id,
      texts: [{ context: row.endpoint, sealed: row.sealed }],
    }));
  },

  write(db, { id, texts }, [sealed = ""]) {
    const before = texts[0]?.sealed ?? "";
    const asRead = and(eq(webhookSecrets.id, id), eq(webhookSecrets.sealed, before));
    return statement(db, orm(db).update(webhookSecrets).set({ sealed }).where(asRead));
  },
};
