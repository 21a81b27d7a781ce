/** Pure. Japanese. */
import type { LetterLabels } from "./labels.ts";

export const ja: LetterLabels = {
  view: "オンラインで表示",
  attached: "文書をPDFで添付しています。",
  creditNote: "返還請求書を発行いたしました。お支払いの必要はありません。",
  receipt: {
    title: "請求書 {number} の領収のお知らせ",
    text: "ありがとうございます。お支払いを確認いたしました。未払いの残高はございません。",
  },
  reminder: {
    title: "お支払いのご案内：請求書 {number}",
    before: "この請求書のお支払期限が近づいています。",
    today: "この請求書のお支払期限は本日です。",
    after:
      "この請求書はお支払期限を過ぎています。お早めにお支払いくださいますようお願いいたします。",
    ignore: "すでにお支払い済みの場合は、本メールを破棄してください。",
  },
  notice: {
    alert: "{metric}：利用枠の{percent}を超えました",
    limit: "{metric}：上限に達しました",
    used: "利用量",
    included: "利用枠",
    endpointDisabled: "Webhookエンドポイントが無効になりました",
    gone: "410 Gone の応答がありました。",
    failing: "3日間、エラー応答だけが続きました。",
    kept: "待機中の通知は保持され、再び有効にすると送信されます。",
    unsent: "メールが届きませんでした",
    to: "宛先",
    subject: "件名",
    reason: "理由",
    overdue: "請求書 {number} の支払期限が過ぎています",
  },
};
