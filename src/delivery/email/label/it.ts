/** Pure. Italian. */
import type { LetterLabels } from "./labels.ts";

export const it: LetterLabels = {
  view: "Visualizza online",
  attached: "Il documento è allegato in formato PDF.",
  creditNote: "Abbiamo emesso questa nota di credito a suo favore. Non deve pagare nulla.",
  receipt: {
    title: "Ricevuta per la fattura {number}",
    text: "Grazie. Abbiamo ricevuto il suo pagamento e non resta nulla da pagare.",
  },
  reminder: {
    title: "Promemoria: fattura {number}",
    before: "Questa fattura è in scadenza.",
    today: "Questa fattura scade oggi.",
    after: "Questa fattura è scaduta. La preghiamo di pagarla appena possibile.",
    ignore: "Se l’ha già pagata, ignori questo messaggio.",
  },
  notice: {
    alert: "{metric}: oltre il {percent} di quanto incluso",
    limit: "{metric}: limite raggiunto",
    used: "Utilizzato",
    included: "Incluso",
    endpointDisabled: "Un endpoint webhook è stato disattivato",
    gone: "Ha risposto 410 Gone.",
    failing: "Per tre giorni ha risposto solo con errori.",
    kept: "Ciò che lo attende viene conservato e inviato quando lo riattiva.",
    unsent: "Un’e-mail non è arrivata",
    to: "A",
    subject: "Oggetto",
    reason: "Motivo",
    overdue: "La fattura {number} è scaduta",
  },
};
