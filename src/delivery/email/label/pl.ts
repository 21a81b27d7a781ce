/** Pure. Polish. */
import type { LetterLabels } from "./labels.ts";

export const pl: LetterLabels = {
  view: "Zobacz online",
  attached: "Dokument jest w załączniku jako plik PDF.",
  creditNote: "Wystawiliśmy dla Państwa tę fakturę korygującą. Nie trzeba nic płacić.",
  receipt: {
    title: "Potwierdzenie zapłaty faktury {number}",
    text: "Dziękujemy. Otrzymaliśmy Państwa płatność; nic nie pozostało do zapłaty.",
  },
  reminder: {
    title: "Przypomnienie: faktura {number}",
    before: "Wkrótce upływa termin płatności tej faktury.",
    today: "Dziś upływa termin płatności tej faktury.",
    after: "Termin płatności tej faktury minął. Prosimy o jak najszybszą zapłatę.",
    ignore: "Jeśli została już opłacona, prosimy zignorować tę wiadomość.",
  },
  notice: {
    alert: "{metric}: ponad {percent} limitu w planie",
    limit: "{metric}: osiągnięto limit",
    used: "Wykorzystano",
    included: "W planie",
    endpointDisabled: "Wyłączono punkt końcowy webhooków",
    gone: "Odpowiedział 410 Gone.",
    failing: "Przez trzy dni odpowiadał wyłącznie błędami.",
    kept: "To, co na niego czeka, zostaje zachowane i zostanie wysłane po ponownym włączeniu.",
    unsent: "Wiadomość e-mail nie dotarła",
    to: "Do",
    subject: "Temat",
    reason: "Powód",
    overdue: "Faktura {number} jest przeterminowana",
  },
};
