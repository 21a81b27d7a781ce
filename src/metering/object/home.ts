/**
 * Where a meter's usage lies, and what of it was announced: kept in the object's storage, so that a
 * database that was set back to an earlier time is told from one that knows better.
 */
import { type LedgerHome, ledgerDb, type Store, storeOf } from "../../platform/db/ledger.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Announced } from "../ledger/announce.ts";
import type { Journal } from "./journal.ts";

export class Home {
  readonly #env: Env;
  readonly #journal: Journal;
  #at: LedgerHome;
  #announced: Announced;

  constructor(env: Env, journal: Journal) {
    this.#env = env;
    this.#journal = journal;
    this.#at = journal.readMeta<LedgerHome>("home") ?? { ledger: 0, epoch: 0 };
    this.#announced = journal.readMeta<Announced>("announced") ?? { batches: 0, upTo: 0 };
  }

  /** The ledger as it is known here. */
  get at(): LedgerHome {
    return this.#at;
  }

  get db(): D1Database {
    return ledgerDb(this.#env, this.#at.ledger);
  }

  storeOf(tenant: string): Store {
    return storeOf(this.#env, tenant, this.#at.ledger);
  }

  /** Inside a transaction: takes over where the ledger is now; false where that is no news. */
  take(home: LedgerHome): boolean {
    const { ledger, epoch } = this.#at;
    if (home.epoch < epoch || (home.epoch === epoch && home.ledger === ledger)) return false;
    this.#journal.writeMeta("home", home);
    this.#at = home;
    return true;
  }

  /** What the control database was given of what follows from usage. */
  get announced(): Announced {
    return this.#announced;
  }

  /** Notes what it has, in memory. */
  noteAnnounced({ batches, upTo }: Announced): void {
    const { batches: had, upTo: to } = this.#announced;
    this.#announced = { batches: Math.max(batches, had), upTo: Math.max(upTo, to) };
  }

  /** Inside a transaction: keeps what was noted. */
  keepAnnounced(): void {
    this.#journal.writeMeta("announced", this.#announced);
  }
}
