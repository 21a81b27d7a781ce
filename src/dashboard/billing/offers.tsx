/** Pure. What a version of a plan offers: prices and limits, metric by metric. */
import type { Version } from "../../billing/plan/version.ts";
import { type Price, rulesOf } from "../../billing/price/registry.ts";
import { DataTable } from "../component/data-table.tsx";
import { MetricName } from "../component/metric-name.ts";
import type { Format } from "../form/format.ts";

/** What a unit beyond the included ones costs. */
function priceText(price: Price, currency: string, format: Format): string {
  return rulesOf(price.model).offerText(price, {
    rate: (rate) => format.rate(rate, currency),
    quantity: (micro) => format.quantity(micro),
  });
}

type Props = {
  version: Version;
  /** The display names of its metrics. */
  names: ReadonlyMap<string, string>;
  format: Format;
};

/** The table of a version's offers. */
export function Offers({ version, names, format }: Props) {
  return (
    <DataTable
      caption={`${version.planName}, version ${version.version}`}
      visibleCaption
      columns={[
        { head: "Metric", wide: true },
        { head: "Included", figure: true },
        { head: "Overage", wide: true },
        { head: "Alerts at" },
      ]}
      rows={version.offers.map(({ price, hard, thresholds }) => ({
        cells: [
          <MetricName id={price.metric} name={names.get(price.metric) ?? price.metric} />,
          format.quantity(price.includedMicro),
          hard ? "none: hard limit" : priceText(price, version.currency, format),
          thresholds.map((one) => format.percent(BigInt(one) * 100n)).join(", "),
        ],
      }))}
    />
  );
}
