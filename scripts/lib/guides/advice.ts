/** What to do about each problem, for the page of problem codes. Pure. */
import type { ErrorCode } from "../../../src/core/errors.ts";

/** A sentence or two for each code of `core/errors.ts`: why it came, and what to do next. */
export const ADVICE: Readonly<Record<ErrorCode, string>> = {
  "request.unreadable":
    "The body is not JSON, NDJSON or a form as its content type says, or its compression is " +
    "broken. Print what you send; sending the same again changes nothing.",
  "request.invalid":
    "`errors` names each wrong field by a JSON pointer, with what it takes. Mend those " +
    "fields and send the request again.",
  "request.too_large":
    "Send less at once: a batch of usage has at most 5,000 events and 2 MB, any other JSON " +
    "body 1 MB. Limits hold for what a compressed body unpacks to.",
  "request.unsupported_media_type":
    "Set `Content-Type` to one that the operation lists, mostly `application/json`.",
  "request.unsupported_encoding":
    "Send the body as it is, or with `Content-Encoding` `gzip` or `deflate`, and one of them " +
    "only.",
  "request.range_unsatisfiable":
    "The file is shorter than the range begins. Ask for it without a `Range` header.",
  "request.upgrade_required":
    "This path is a WebSocket: open it with a WebSocket client instead of an HTTP request.",
  "request.rate_limited":
    "Wait as many seconds as `Retry-After` says and send the same request again. The client " +
    "does so by itself.",
  "request.version_unknown":
    "`API-Version` names a version that there is not. `versions` lists those that there are; " +
    "without the header the key's own version is used.",
  "request.cursor_invalid":
    "Pass `next_cursor` of the page before as it came, with the same filters; or begin " +
    "without `cursor`.",
  "idempotency.key_reused":
    "This Idempotency-Key was used for a request with another body or path. Make a new key " +
    "for each act, and keep it only for its repetitions.",
  "idempotency.in_progress":
    "The first request with this key has not been answered yet. Wait a second and send the " +
    "same again: it is answered as the first one was.",
  "idempotency.answer_lost":
    "The act was done, once, and what it answered cannot be made again. Read the resource to " +
    "see how it stands now.",
  "idempotency.too_many":
    "A tenant uses at most 100,000 keys in a day. Reuse a key only for repetitions, and " +
    "leave it away where an act may be done twice.",
  "auth.missing": "Send `Authorization: Bearer <API key>`.",
  "auth.invalid":
    "The key is unknown, revoked, rotated or expired. Check for cut or added characters, " +
    "then make a new key in Settings, API keys.",
  "auth.signed_out": "The session has ended. Sign in to the dashboard again.",
  "auth.forged":
    "The form was not sent from a page of this session. Open the page again and send it from " +
    "there.",
  "auth.link_spent": "A sign-in link works once and for a short time. Ask for a new one.",
  "auth.forbidden":
    "The key's role, or what it is confined to, does not cover this. Use a key with the role " +
    "that `detail` names, or have an owner widen this one.",
  "auth.address_refused":
    "The key is confined to addresses, and this request came from another. Send it from one " +
    "of those, or change the key's `ips`.",
  "auth.not_for_tenant":
    "`BoxCost-Tenant` works with a key of the operator, for a tenant, at operations of " +
    "tenants. Leave the header away, or use the operator's key.",
  "members.email_taken":
    "A user of the tenant has this address already. Change that user, or give another " +
    "address.",
  "members.role_in_use":
    "Remove the role with `?replacement=` and the role that its users and keys get instead.",
  "members.last_owner": "A tenant keeps at least one owner. Make somebody else an owner first.",
  "tenants.external_id_taken":
    "Another tenant has, or had, this external id. Choose another one, or clear it there " +
    "first.",
  "resource.not_found":
    "There is nothing with this id, or it is another tenant's. Check the id, the key's " +
    "tenant, and live against test.",
  "route.unknown_host":
    "The installation answers only at the addresses in its `PUBLIC_URL`. Use one of those, " +
    "or have the operator add this one.",
  "route.not_found":
    "No operation has this method and path. Compare both with the reference, and mind a " +
    "slash at the end.",
  "resource.conflict":
    "The resource is in a state in which this cannot be done; `detail` says in which. Read " +
    "it, then decide anew.",
  "clock.not_test":
    "Only tenants of the mode `test` have a clock to move. Create one with `POST " +
    "/api/tenants` and `mode` `test`.",
  "clock.backwards":
    "A test clock only moves forward. Give a time after the one at which it stands.",
  "usage.conflict":
    "An event with this source and id was recorded with other content. Use a new id for a " +
    "new event; to correct the first one, void it and record another.",
  "usage.archived":
    "The events are older than the ledger keeps them. Ask for whole days without users, groups " +
    "or filters, or for a later start; the operator brings a month back with `npm run archive -- " +
    "restore TENANT MONTH`.",
  "usage.damaged":
    "`file` names what is missing or changed in the installation's storage: asking again does " +
    "not help. The operator puts it back from a copy of the bucket; totals by whole " +
    "quarter-hours are answered without it.",
  "usage.billed":
    "A plan prices this metric, so only the operator corrects it. Ask the operator, who can " +
    "also let tenants do it in the plan's `tenant_may`.",
  "usage.limit_reached":
    "The plan includes no more of this metric in the running period. Wait for the next " +
    "period, change the plan, or record with `cap` to take the part that fits.",
  "usage.event_too_old":
    "Events are taken up to 35 days after they happened. Bring older ones in with an import: " +
    "`POST /api/usage/imports`.",
  "usage.event_in_future":
    "Events are taken up to 5 minutes ahead of the tenant's clock. Set this machine's clock, " +
    "or check the time's offset.",
  "usage.quantity_overflow":
    "The counter would pass 9,223,372,036,854 units. Count in a larger unit, such as MB for " +
    "bytes.",
  "usage.metric_undeclared":
    "Check the name against `GET /api/usage/metrics`: the detail names the nearest one. Declare " +
    "it there if it is new, or turn strict metrics off to take it with a warning.",
  "usage.too_many_values":
    "A `unique` metric counts up to 200,000 distinct values in a period. Values that are " +
    "known are still taken; count something coarser, or `count` events.",
  "usage.too_many_metrics":
    "The tenant has as many metrics as its budget allows. Put what varies into `metadata` " +
    "instead of the name, or have the operator raise `metric_names`.",
  "usage.items_refused":
    "Some of the events will never be taken; the problem names them and why, and the others " +
    "count. Mend those and send them again: ids keep the others from counting twice.",
  "usage.unavailable":
    "The tenant's ledger is being repaired and nothing was recorded. Send the same events " +
    "again later; the operator sees the work at `GET /api/failing-work`.",
  "budget.reached":
    "`budget` and `limit` name what is used up. Wait for the time in `Retry-After`, use " +
    "less, or have the operator raise it with `PUT /api/tenants/{id}/budgets`.",
  "einvoice.incomplete":
    "`errors` names each gap with its rule and remedy. Fill it in on the issuer, the " +
    "customer or the document; `GET /api/invoices/{id}/warnings` lists them while it is a " +
    "draft.",
  "link.gone": "The link has ended or was revoked. Ask whoever sent it for a new one.",
  "document.changed":
    "Somebody changed the document at the same time. Read it again, then send your change " +
    "anew.",
  "coupon.spent":
    "The coupon has been redeemed as often as it may be, by this subscription or in all, or " +
    "its time is over. Use another one.",
  "hook.unsigned":
    "The signature does not fit the body. Check that the secret is the endpoint's own, and " +
    "that nothing on the way changes the body.",
  "period.open": "The period has not ended yet. Ask again after its end and its grace hours.",
  "subscription.exists":
    "A tenant has one subscription at a time. Change its plan with `POST " +
    "/api/subscriptions/{id}/change-plan`, or end it first.",
  "subscription.none":
    "The tenant has no active subscription, and this needs one. Make one with `POST " +
    "/api/subscriptions`.",
  "webhook.no_secret":
    "The operator has to set `DELIVERY_SECRET`, with which secrets are sealed, before " +
    "webhooks or providers can be connected.",
  "service.secret_lost":
    "What was sealed with an earlier `DELIVERY_SECRET` cannot be read. The operator sets " +
    "that one as `DELIVERY_SECRET_PREVIOUS`, or follows " +
    "[Going live](going-live.md#when-delivery_secret-is-lost).",
  "service.no_public_url":
    "The operator has to set `PUBLIC_URL`, so that links have an address to point at.",
  "service.busy":
    "Nothing was done. Wait as many seconds as `Retry-After` says and send the same request " +
    "again.",
  internal:
    "The fault is ours. Send the same request again with its Idempotency-Key; if it stays, " +
    "tell the operator the `request_id`.",
};
