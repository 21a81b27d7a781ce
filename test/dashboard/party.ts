/** A party with each field that customers and issuers share. */
export const WHOLE_PARTY = {
  vat_id: "DE123456788",
  email: "a@a.test",
  website: "a.test",
  phone: "1",

  address: {
    street: "Street",
    house_number: "1",
    lines: ["Floor 2"],
    city: "Berlin",
    country: "DE",
  },
  identifiers: [
    { scheme: "0088", value: "4012345000009" },
    { scheme: null, value: "K-7" },
  ],

  legal_id: { scheme: "0002", value: "77" },
  tax_number: "12/345",
  electronic_address: { scheme: "EM", value: "e@a.test" },
  tax: {
    category: "S",
    percent: 18,
    name: "GST",
    components: [
      { name: "CGST", percent: 9 },
      { name: "SGST", percent: 9 },
    ],
  },
};
