/** Pure. Chinese. */
import type { LetterLabels } from "./labels.ts";

export const zh: LetterLabels = {
  view: "在线查看",
  attached: "文档已作为 PDF 附上。",
  creditNote: "我们已为您开具此贷项通知单，您无需付款。",
  receipt: {
    title: "账单 {number} 的收款确认",
    text: "谢谢。我们已收到您的付款，没有未付余额。",
  },
  reminder: {
    title: "提醒：账单 {number}",
    before: "此账单即将到期。",
    today: "此账单今天到期。",
    after: "此账单已逾期，请尽快付款。",
    ignore: "如已付款，请忽略本邮件。",
  },
  notice: {
    alert: "{metric}：已超过包含用量的 {percent}",
    limit: "{metric}：已达到上限",
    used: "已用",
    included: "包含",
    endpointDisabled: "一个 Webhook 端点已停用",
    gone: "它返回了 410 Gone。",
    failing: "三天来它只返回错误。",
    kept: "等待发送的内容会保留，重新启用后即会发送。",
    unsent: "一封电子邮件未送达",
    to: "收件人",
    subject: "主题",
    reason: "原因",
    overdue: "账单 {number} 已逾期",
  },
};
