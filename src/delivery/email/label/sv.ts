/** Pure. Swedish. */
import type { LetterLabels } from "./labels.ts";

export const sv: LetterLabels = {
  view: "Visa online",
  attached: "Dokumentet är bifogat som PDF.",
  creditNote: "Vi har utfärdat den här kreditfakturan till er. Det finns inget att betala.",
  receipt: {
    title: "Kvitto för faktura {number}",
    text: "Tack. Vi har tagit emot betalningen och inget återstår att betala.",
  },
  reminder: {
    title: "Påminnelse: faktura {number}",
    before: "Den här fakturan förfaller snart.",
    today: "Den här fakturan förfaller i dag.",
    after: "Den här fakturan har förfallit. Betala den så snart som möjligt.",
    ignore: "Bortse från meddelandet om den redan är betald.",
  },
  notice: {
    alert: "{metric}: över {percent} av det som ingår",
    limit: "{metric}: gränsen är nådd",
    used: "Använt",
    included: "Ingår",
    endpointDisabled: "En webhook-slutpunkt har inaktiverats",
    gone: "Den svarade 410 Gone.",
    failing: "I tre dagar har den bara svarat med fel.",
    kept: "Det som väntar på den sparas och skickas när den aktiveras igen.",
    unsent: "Ett e-postmeddelande kom inte fram",
    to: "Till",
    subject: "Ämne",
    reason: "Orsak",
    overdue: "Faktura {number} är förfallen",
  },
};
