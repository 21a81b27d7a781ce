/** The product with faults where a crash hurts most. FAULT names which; all else is the product. */
import product from "../../src/index.ts";
import { TenantMeter as Meter } from "../../src/metering/tenant-meter.ts";

export default product;

/** The first transactions set a tenant up and are left alone. */
const SPARED = 10;
let transactions = 0;

export class TenantMeter extends Meter {
  /** `rollback`: two of five transactions throw after all their work, a retry among them. */
  protected override transact<T>(work: () => T): T {
    return super.transact(() => {
      const result = work();
      const due = ++transactions > SPARED && transactions % 5 < 2;
      if (due && faultOf(this.env) === "rollback") throw new Error("fault");
      return result;
    });
  }

  /** `after_ledger`: D1 has the batch, and the object never hears of it. */
  protected override async commitToLedger(statements: D1PreparedStatement[]): Promise<D1Result[]> {
    const results = await super.commitToLedger(statements);
    if (faultOf(this.env) !== "after_ledger") return results;
    console.log("FAULT after_ledger");
    return new Promise(() => {});
  }
}

function faultOf(env: unknown): string {
  return (env as { FAULT: string }).FAULT;
}
