/** Pure. German. */
import type { LetterLabels } from "./labels.ts";

export const de: LetterLabels = {
  view: "Online ansehen",
  attached: "Das Dokument ist als PDF angehängt.",
  creditNote: "Wir haben diese Rechnungskorrektur für Sie ausgestellt. Sie müssen nichts bezahlen.",
  receipt: {
    title: "Zahlungsbestätigung zur Rechnung {number}",
    text: "Vielen Dank. Ihre Zahlung ist eingegangen; es ist nichts mehr offen.",
  },
  reminder: {
    title: "Erinnerung: Rechnung {number}",
    before: "Diese Rechnung wird bald fällig.",
    today: "Diese Rechnung ist heute fällig.",
    after: "Diese Rechnung ist überfällig. Bitte begleichen Sie sie so bald wie möglich.",
    ignore: "Falls Sie schon bezahlt haben, betrachten Sie diese Nachricht als gegenstandslos.",
  },
  notice: {
    alert: "{metric}: über {percent} des enthaltenen Umfangs",
    limit: "{metric}: Die Grenze ist erreicht",
    used: "Verbraucht",
    included: "Enthalten",
    endpointDisabled: "Ein Webhook-Endpunkt wurde deaktiviert",
    gone: "Er antwortete mit 410 Gone.",
    failing: "Seit drei Tagen antwortet er nur mit Fehlern.",
    kept: "Was für ihn wartet, bleibt erhalten und wird gesendet, sobald er wieder aktiv ist.",
    unsent: "Eine E-Mail ist nicht angekommen",
    to: "An",
    subject: "Betreff",
    reason: "Grund",
    overdue: "Rechnung {number} ist überfällig",
  },
};
