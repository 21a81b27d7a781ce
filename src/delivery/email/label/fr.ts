/** Pure. French. */
import type { LetterLabels } from "./labels.ts";

export const fr: LetterLabels = {
  view: "Voir en ligne",
  attached: "Le document est joint au format PDF.",
  creditNote: "Nous avons émis cet avoir en votre faveur. Vous n’avez rien à payer.",
  receipt: {
    title: "Reçu pour la facture {number}",
    text: "Merci. Nous avons bien reçu votre paiement ; il ne reste rien à payer.",
  },
  reminder: {
    title: "Rappel : facture {number}",
    before: "Cette facture arrive bientôt à échéance.",
    today: "Cette facture arrive à échéance aujourd’hui.",
    after: "Cette facture est échue. Merci de la régler dès que possible.",
    ignore: "Si vous l’avez déjà réglée, veuillez ignorer ce message.",
  },
  notice: {
    alert: "{metric} : plus de {percent} du volume inclus",
    limit: "{metric} : la limite est atteinte",
    used: "Consommé",
    included: "Inclus",
    endpointDisabled: "Un point de terminaison webhook a été désactivé",
    gone: "Il a répondu 410 Gone.",
    failing: "Depuis trois jours, il ne répond que par des erreurs.",
    kept: "Ce qui l’attend est conservé et sera envoyé dès que vous le réactiverez.",
    unsent: "Un e-mail n’est pas arrivé",
    to: "À",
    subject: "Objet",
    reason: "Motif",
    overdue: "La facture {number} est en retard",
  },
};
