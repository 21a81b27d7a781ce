/** The signing secrets of payment providers, as the one who changes what seals them walks them. */
import { and, asc, eq, gt } from "drizzle-orm";
import { orm, statement } from "../../platform/db/db.ts";
import type { SealedPart } from "../../platform/runtime/sealed-part.ts";
import { contextOf } from "./hook.ts";
import { paymentHooks } from "./table.ts";

export const SEALED_HOOKS: SealedPart = {
  name: "payment providers",
  atOnce: 200,

  async read(db, after, limit) {
    const rows = await orm(db)
      .select()
      .from(paymentHooks)
      .where(gt(paymentHooks.id, after))
      .orderBy(asc(paymentHooks.id))
      .limit(limit);
    return rows.map((hook) => ({
      id: hook.id,
      texts: [{ context: contextOf(hook), sealed: hook.sealed }],
    }));
  },

  write(db, { id, texts }, [sealed = ""]) {
    const asRead = and(eq(paymentHooks.id, id), eq(paymentHooks.sealed, texts[0]?.sealed ?? ""));
    return statement(db, orm(db).update(paymentHooks).set({ sealed }).where(asRead));
  },
};
