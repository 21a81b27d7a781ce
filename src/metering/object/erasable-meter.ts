/**
 * The meter of a tenant until that is erased. Then its storage has nothing but that it is, which no
 * restart, restore or late call changes: it takes nothing any more, and has nothing to show.
 */
import type { Env } from "../../platform/runtime/env.ts";
import { nextTurn } from "../../platform/runtime/turn.ts";
import type { Counts, CountsQuery, ErasableObject, Meter, SeenStart } from "../meter/meter.ts";
import { HaltedError } from "./halted.ts";
import { TenantMeter } from "./tenant-meter.ts";

const WHY = "the tenant was erased";
const NOTHING: Counts = { epoch: 0, counts: [], alerts: [], next: null };
/** What a live socket is told that ends: it is going away. */
const GOING_AWAY = 1001;

export class ErasableMeter extends TenantMeter implements ErasableObject {
  #erased: boolean;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const marks = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'erased'";
    this.#erased = ctx.storage.sql.exec(marks).toArray().length > 0;
  }

  async erase(_tenant: string): Promise<void> {
    if (this.#erased) return;
    const { storage } = this.ctx;
    await this.stop(WHY);
    // What was let in before has been answered by then.
    await nextTurn();
    this.#erased = true;
    for (const socket of this.ctx.getWebSockets()) socket.close(GOING_AWAY, WHY);
    await storage.deleteAlarm();
    await storage.deleteAll();
    storage.sql.exec("CREATE TABLE erased (at_ms INTEGER NOT NULL)");
  }

  /** Errors: `HaltedError` once it is erased, as recording that is halted is answered. */
  protected override async ready(tenant: string, seen?: SeenStart): Promise<void> {
    if (this.#erased) throw new HaltedError(WHY);
    return super.ready(tenant, seen);
  }

  override async drain(tenant: string): ReturnType<Meter["drain"]> {
    return this.#erased ? { upToSeq: 0, ledger: 0 } : super.drain(tenant);
  }

  override async counts(tenant: string, asked: CountsQuery = {}): Promise<Counts> {
    return this.#erased ? NOTHING : super.counts(tenant, asked);
  }

  override async alarm(): Promise<void> {
    if (!this.#erased) await super.alarm();
  }
}
