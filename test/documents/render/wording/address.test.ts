/** Addresses in the order of their country. */
import { describe, expect, it } from "vitest";
import { formatterIn } from "../../../../src/documents/language/format.ts";
import type { Address } from "../../../../src/documents/model/model.ts";
import { addressLines } from "../../../../src/documents/render/wording/address.ts";

const address = (country: string, text: string): Address => {
  const [lines = "", city = "", postalCode = "", region = ""] = text.split("|");
  const given = (part: string) => (part === "" ? null : part);
  return {
    lines: lines.split(" / "),
    city: given(city),
    postalCode: given(postalCode),
    region: given(region),
    country,
  };
};

const WRITTEN: [country: string, street: string, lines: string[]][] = [
  ["DE", "Seestraße 3|Überlingen|88662", ["Seestraße 3", "88662 Überlingen"]],
  ["FR", "BP 123|Paris Cedex 08|75008", ["BP 123", "75008 Paris Cedex 08"]],
  ["IT", "Via Roma 1|Milano|20121|MI", ["Via Roma 1", "20121 Milano (MI)"]],
  ["IT", "Via Roma 1|Milano|20121", ["Via Roma 1", "20121 Milano"]],
  ["ES", "Calle Mayor 1|Alcobendas|28100|Madrid", ["Calle Mayor 1", "28100 Alcobendas", "Madrid"]],
  ["GB", "1 High Street|London|SW1A 1AA", ["1 High Street", "London", "SW1A 1AA"]],
  ["IE", "1 Main St|Cobh|P24 X2Y1|Co. Cork", ["1 Main St", "Cobh", "Co. Cork", "P24 X2Y1"]],
  ["US", "1 Main St|Austin|78701|TX", ["1 Main St", "Austin, TX 78701"]],
  ["US", "1 Main St|Austin|78701", ["1 Main St", "Austin 78701"]],
  ["US", "1 Main St||78701|TX", ["1 Main St", "TX 78701"]],
  ["CA", "1 Main St|Ottawa|K1A 0B1|ON", ["1 Main St", "Ottawa, ON K1A 0B1"]],
  ["AU", "1 George St|Sydney|2000|NSW", ["1 George St", "Sydney NSW 2000"]],
  ["IN", "1 MG Road|Bengaluru|560001|Karnataka", ["1 MG Road", "Bengaluru 560001", "Karnataka"]],
  [
    "BR",
    "Av. Paulista 1|São Paulo|01310-100|SP",
    ["Av. Paulista 1", "São Paulo - SP", "01310-100"],
  ],
  ["MX", "Reforma 1|Cuauhtémoc|06500|CDMX", ["Reforma 1", "06500 Cuauhtémoc, CDMX"]],
  ["HU", "Fő utca 1|Budapest|1011", ["Budapest", "Fő utca 1", "1011"]],
  [
    "UA",
    "Khreshchatyk 1|Kyiv|01001|Kyiv Oblast",
    ["Khreshchatyk 1", "Kyiv", "Kyiv Oblast", "01001"],
  ],
  ["LV", "Brīvības iela 1|Rīga|LV-1010", ["Brīvības iela 1", "Rīga, LV-1010"]],
  ["SG", "1 Raffles Place|Singapore|048616", ["1 Raffles Place", "Singapore 048616"]],
  [
    "HK",
    "1 Queen’s Road|Central||Hong Kong Island",
    ["1 Queen’s Road", "Central", "Hong Kong Island"],
  ],
  ["JP", "1-1 Chiyoda|Chiyoda-ku|100-0001|Tokyo", ["1-1 Chiyoda", "Chiyoda-ku, Tokyo 100-0001"]],
];

describe("an address", () => {
  it.each(WRITTEN)("in %s: %s", (country, text, lines) => {
    const format = formatterIn("en", country, "EUR");
    expect(addressLines(address(country, text), format)).toEqual([
      ...lines,
      format.country(country),
    ]);
  });

  it.each([
    [
      "JP",
      "千代田1-1 / 皇居ビル5階|千代田区|100-0001|東京都",
      ["〒100-0001", "東京都千代田区千代田1-1", "皇居ビル5階"],
    ],
    ["CN", "建国路1号|北京市朝阳区|100022", ["100022", "北京市朝阳区建国路1号"]],
    ["TW", "重慶南路一段122號|臺北市中正區|100", ["100", "臺北市中正區重慶南路一段122號"]],
    ["KR", "세종대로 110|중구|04524|서울특별시", ["서울특별시 중구 세종대로 110", "04524"]],
  ] as const)("in the script of %s goes from the large to the small", (country, text, lines) => {
    const format = formatterIn("ja", country, "JPY");
    const written = addressLines(address(country, text), format);
    expect(written).toEqual([format.country(country), ...lines]);
  });

  it("of no country has its code before its city", () => {
    const format = formatterIn("en", null, "EUR");
    const none = { ...address("", "Street 1|City|123|Region"), country: null };
    expect(addressLines(none, format)).toEqual(["Street 1", "123 City Region"]);
  });
});
