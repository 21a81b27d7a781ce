/** Pure. What a version of a plan offers: prices and limits, metric by metric. */
import type { Version } from "../../billing/period/terms.ts";
import type { Price } from "../../billing/plan/price.ts";
import { DataTable } from "../component/data-table.tsx";
import type { Format } from "../form/format.ts";

/** What a unit beyond the included ones costs. */
function priceText(price: Price, currency: string, format: Format): string {
  switch (price.model) {
    case "per_unit":
      return `${format.rate(price.unitPrice, currency)} each`;
    case "package": {
      const size = format.quantity(price.packageSizeMicro);
      return `${format.rate(price.packagePrice, currency)} for ${size}`;
    }
    case "flat":
      return `${format.rate(price.flatFee, currency)} once`;
    case "graduated":
    case "volume": {
      const tiers = price.tiers.map(({ upToMicro, unitPrice }) => {
        const upTo = upToMicro === null ? "beyond" : `up to ${format.quantity(upToMicro)}`;
        return `${upTo} ${format.rate(unitPrice, currency)}`;
      });
      return `${price.model}: ${tiers.join(", ")}`;
    }
  }
}

export function Offers({ version, format }: { version: Version; format: Format }) {
  return (
    <DataTable
      caption={`${version.planName}, version ${version.version}`}
      visibleCaption
      columns={[
        { head: "Metric", wide: true },
        { head: "Included", figure: true },
        { head: "Then", wide: true },
        { head: "Alerts at" },
      ]}
      rows={version.offers.map(({ price, hard, thresholds }) => ({
        cells: [
          price.metric,
          format.quantity(price.includedMicro),
          hard ? "nothing: the limit is hard" : priceText(price, version.currency, format),
          thresholds.map((one) => format.percent(BigInt(one) * 100n)).join(", "),
        ],
      }))}
    />
  );
}
