/** Pure. Spanish. */
import type { LetterLabels } from "./labels.ts";

export const es: LetterLabels = {
  view: "Ver en línea",
  attached: "El documento va adjunto en PDF.",
  creditNote: "Hemos emitido esta nota de crédito a su favor. No tiene que pagar nada.",
  receipt: {
    title: "Recibo de la factura {number}",
    text: "Gracias. Hemos recibido su pago y no queda nada pendiente.",
  },
  reminder: {
    title: "Recordatorio: factura {number}",
    before: "Esta factura vence pronto.",
    today: "Esta factura vence hoy.",
    after: "Esta factura ha vencido. Le rogamos que la pague lo antes posible.",
    ignore: "Si ya la ha pagado, ignore este mensaje.",
  },
  notice: {
    alert: "{metric}: más del {percent} de lo incluido",
    limit: "{metric}: se ha alcanzado el límite",
    used: "Usado",
    included: "Incluido",
    endpointDisabled: "Se ha desactivado un punto de conexión de webhooks",
    gone: "Respondió 410 Gone.",
    failing: "Durante tres días solo respondió con errores.",
    kept: "Lo que espera para él se conserva y se enviará cuando lo vuelva a activar.",
    unsent: "Un correo no ha llegado",
    to: "Para",
    subject: "Asunto",
    reason: "Motivo",
    overdue: "La factura {number} está vencida",
  },
};
