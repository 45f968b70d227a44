/** Webhooks 推送端点: the systems that are told events, how far each was told and what went wrong, and telling it again. */
import { type ReactNode, useEffect, useId, useState } from "react";
import { type Answer, useAnswerAsOf, useCompared } from "../../client/answer";
import { useLive } from "../../client/live";
import { Link, usePlace } from "../../client/place";
import { mayGive, useSession } from "../../client/session";
import {
  WebhookDeliveriesDocument,
  type WebhookDeliveriesQuery,
  WebhooksDocument,
  type WebhooksQuery,
} from "../../generated/operations";
import { ChoicesProvider, useAsksChoices, useChoices } from "../../parts/choices";
import { Differs } from "../../parts/Differs";
import { Export } from "../../parts/Export";
import { Answered, Because } from "../../parts/Said";
import { Change, classOf, type Side, sidesOf } from "../../parts/sides";
import { instantText } from "../../words/dates";
import { useLabel, useListed, useWords } from "../../words/language";
import { Closing } from "./Closing";
import { Registering } from "./Registering";
import { Replaying } from "./Replaying";
import { WORDS } from "./words";
import "./webhooks.css";

type Webhook = WebhooksQuery["moment"]["webhooks"]["nodes"][number];
type Delivery = WebhookDeliveriesQuery["webhookDeliveries"][number];

const MOST = 200;
/** How often deliveries are asked for while somebody looks: they are no part of the record, and nothing tells of them. */
const LOOK_MS = 5_000;

export default function WebhookPages() {
  const t = useWords(WORDS);
  const { at } = usePlace();
  const { token, viewer } = useSession();
  const [registering, setRegistering] = useState(false);
  const [registered, setRegistered] = useState<string | null>(null);
  const may = token !== null && viewer !== null && mayGive(viewer, "registerWebhook");
  const choices = useAsksChoices("types");
  const answer = useCompared(WebhooksDocument, { first: MOST, choices });
  // After the page's own answer: that tells where the record stands, and what is asked before would be asked again for that.
  const deliveries = useDeliveries(at === null && token !== null && answer.data !== undefined);
  const told = new Map(deliveries.data?.webhookDeliveries.map((each) => [each.webhook.entityId, each]));
  return (
    <section className="webhooks">
      <h1>{t("title")}</h1>
      <p className="hint">{t("about")}</p>
      {at === null ? <Hidden answer={deliveries} /> : <p className="hint">{t("hiddenInThePast")}</p>}
      <ChoicesProvider types={answer.data?.record?.eventTypes}>
        {may && at === null ? (
          <p>
            <button type="button" onClick={() => setRegistering(true)}>
              {t("register")}
            </button>
          </p>
        ) : (
          <p className="hint">{t("registeredBy")}</p>
        )}
        <div role="status">{registered === null ? null : t("registered", { name: registered })}</div>
        {registering ? (
          <Registering
            close={() => setRegistering(false)}
            done={(name) => {
              setRegistering(false);
              setRegistered(name);
              deliveries.again();
            }}
          />
        ) : null}
        <Answered answer={answer}>
          {({ moment: { webhooks } }) => (
            <WebhookTable webhooks={webhooks} now={answer.now?.moment.webhooks} told={told} again={deliveries.again} />
          )}
        </Answered>
      </ChoicesProvider>
    </section>
  );
}

/** How far they were told, asked again and again while it is shown. */
function useDeliveries(wanted: boolean): Answer<WebhookDeliveriesQuery> {
  const answer = useAnswerAsOf(WebhookDeliveriesDocument, {}, null, wanted);
  const { again, failures } = answer;
  const refused = failures.length > 0;
  useEffect(() => {
    if (!wanted || refused) return;
    const timer = setInterval(again, LOOK_MS);
    return () => clearInterval(timer);
  }, [wanted, refused, again]);
  return answer;
}

/** Why the progress is not shown, in the server's words. */
function Hidden({ answer: { failures } }: { answer: Answer<unknown> }) {
  const t = useWords(WORDS);
  return (
    <>
      {failures.map(({ code, message }) => (
        <p key={code} className="said refused" role="status">
          {t("hidden")}
          <Because of={{ code, message }} />
        </p>
      ))}
    </>
  );
}

function WebhookTable({
  webhooks,
  now,
  told,
  again,
}: {
  webhooks: WebhooksQuery["moment"]["webhooks"];
  /** The same list now, where it is compared. */
  now: WebhooksQuery["moment"]["webhooks"] | undefined;
  told: ReadonlyMap<string, Delivery>;
  again: () => void;
}) {
  const t = useWords(WORDS);
  const [replaying, setReplaying] = useState<Webhook | null>(null);
  const [replayed, setReplayed] = useState<string | null>(null);
  const [closing, setClosing] = useState<Webhook | null>(null);
  const sides = sidesOf(webhooks, now, ({ entityId }) => entityId);
  if (sides.length === 0) return <p>{t("none")}</p>;
  const shown = webhooks.nodes.length;
  return (
    <>
      {shown < webhooks.totalCount ? (
        <p className="hint">{t("more", { count: shown, total: webhooks.totalCount })}</p>
      ) : null}
      <div role="status">{replayed}</div>
      <Export table="webhooks" whole />
      <table className="list" aria-label={t("title")}>
        <thead>
          <tr>
            <th scope="col">{t("name")}</th>
            <th scope="col">{t("hears")}</th>
            <th scope="col">{t("state")}</th>
            <th scope="col">{t("told")}</th>
            <th scope="col">{t("attempts")}</th>
            <th scope="col">{t("actions")}</th>
          </tr>
        </thead>
        <tbody>
          {sides.map(({ key, row: webhook, now: today, change }) => (
            <Row
              key={key}
              webhook={webhook}
              now={today}
              change={change}
              delivery={told.get(key)}
              replay={() => {
                setReplayed(null);
                setReplaying(webhook);
              }}
              close={() => {
                setReplayed(null);
                setClosing(webhook);
              }}
            />
          ))}
        </tbody>
      </table>
      {closing === null ? null : (
        <Closing
          webhook={closing}
          close={() => setClosing(null)}
          done={() => {
            setReplayed(t("closedNow", { name: closing.name }));
            setClosing(null);
            again();
          }}
        />
      )}
      {replaying === null ? null : (
        <Replaying
          webhook={replaying}
          position={told.get(replaying.entityId)?.position ?? null}
          close={() => setReplaying(null)}
          done={(position) => {
            setReplayed(`${replaying.name}：${t("replayed", { position: position ?? "–" })}`);
            setReplaying(null);
            again();
          }}
        />
      )}
    </>
  );
}

function Row({
  webhook,
  now,
  change,
  close,
  delivery,
  replay,
}: {
  webhook: Webhook;
  now: Webhook | undefined;
  change: Side<Webhook>["change"];
  delivery: Delivery | undefined;
  replay: () => void;
  close: () => void;
}) {
  const t = useWords(WORDS);
  const say = useLabel();
  const time = (at: string, text: (time: string) => string): ReactNode => (
    <time dateTime={at}>{text(instantText(at))}</time>
  );
  return (
    <tr className={[webhook.closed ? "over" : "", classOf({ change }) ?? ""].filter(Boolean).join(" ") || undefined}>
      <th scope="row" data-label={t("name")} className="wide">
        <div>
          <Link to={`/record?of=${webhook.entityId}`}>
            <Differs then={webhook.name} now={now?.name} draw={String} />
          </Link>
          <small className="url">
            <Differs then={webhook.url} now={now?.url} draw={String} />
          </small>
          {webhook.note || now?.note ? (
            <small>
              <Differs then={webhook.note} now={now?.note} draw={(note) => note ?? ""} />
            </small>
          ) : null}
          <Change of={change} />
        </div>
      </th>
      <td data-label={t("hears")}>
        <div>
          <Differs
            block
            then={{ units: webhook.units, types: webhook.types }}
            now={now && { units: now.units, types: now.types }}
            draw={(heard) => <Hears {...heard} />}
          />
        </div>
      </td>
      <td data-label={t("state")}>
        <div>
          {webhook.closed || delivery === undefined ? (
            <Differs then={webhook.closed} now={now?.closed} draw={(closed) => (closed ? t("closed") : "–")} />
          ) : (
            <>
              <strong className={`state ${delivery.state.toLowerCase()}`}>{say(delivery.stateLabel)}</strong>
              {delivery.deadSince === null
                ? null
                : time(delivery.deadSince, (at) => t("dead", { time: at, why: delivery.deadBecause ?? "–" }))}
              {delivery.state === "NOT_ALLOWED_HERE" && delivery.lastError !== null ? (
                <small className="why" lang="en">
                  {delivery.lastError}
                </small>
              ) : null}
              <small>
                {delivery.state === "WITHOUT_SECRET" ? t("noSecret") : t("secrets", { count: delivery.secrets })}
              </small>
            </>
          )}
        </div>
      </td>
      <td data-label={t("told")}>
        <div>{delivery === undefined ? "–" : <Told delivery={delivery} />}</div>
      </td>
      <td data-label={t("attempts")} className={(delivery?.attempts ?? 0) > 0 ? "bad" : undefined}>
        <div>
          {delivery === undefined ? (
            "–"
          ) : (
            <>
              <span>{t("failed", { count: delivery.attempts })}</span>
              {delivery.lastAttempt === null || (delivery.lastStatus === null && delivery.lastError === null)
                ? null
                : time(delivery.lastAttempt, (at) =>
                    t("last", {
                      what: [delivery.lastStatus, delivery.lastError].filter((each) => each !== null).join(" · "),
                      time: at,
                    }),
                  )}
              {delivery.nextAttempt === null ? null : time(delivery.nextAttempt, (at) => t("again", { time: at }))}
            </>
          )}
        </div>
      </td>
      <td data-label={t("actions")}>
        <div>
          {/* What came since is of now: nothing is done with it on a page of the past. */}
          {change === "cameSince" ? "–" : <ReplayButton webhook={webhook} replay={replay} />}
          {!webhook.closed &&
          change !== "cameSince" &&
          webhook.may.some(({ action, allowed }) => action === "closeWebhook" && allowed) ? (
            <button type="button" aria-label={t("closeOf", { name: webhook.name })} onClick={close}>
              {t("close")}
            </button>
          ) : null}
        </div>
      </td>
    </tr>
  );
}

function Hears({ units, types }: Pick<Webhook, "units" | "types">) {
  const t = useWords(WORDS);
  const say = useLabel();
  const listed = useListed();
  const known = useChoices().types;
  const called = (type: string) => say(known.find((each) => each.type === type)?.label) || type;
  return (
    <>
      <span>{units.length === 0 ? t("allUnits") : listed(units.map(({ name }) => say(name)))}</span>
      <small>{types.length === 0 ? t("allEvents") : listed(types.map(called))}</small>
    </>
  );
}

/** The low-water mark, and how far behind the record it is. */
function Told({ delivery: { position, acknowledgedAt } }: { delivery: Delivery }) {
  const t = useWords(WORDS);
  const { head } = useLive();
  if (position === null) return <>{t("notBegun")}</>;
  const behind = head === null ? null : BigInt(head) - BigInt(position);
  return (
    <>
      <span title={t("toldIs")}>{position === "0" ? "0" : <Link to={`/record/${position}`}>{position}</Link>}</span>
      {behind === null ? null : <small>{behind > 0n ? t("behind", { count: String(behind) }) : t("atHead")}</small>}
      {acknowledgedAt === null ? null : (
        <time dateTime={acknowledgedAt}>{t("acknowledged", { time: instantText(acknowledgedAt) })}</time>
      )}
    </>
  );
}

function ReplayButton({ webhook, replay }: { webhook: Webhook; replay: () => void }) {
  const t = useWords(WORDS);
  const id = useId();
  const may = webhook.may.find(({ action }) => action === "replayWebhook");
  if (may === undefined || may.allowed) {
    return (
      <button type="button" aria-label={t("replayOf", { name: webhook.name })} onClick={replay}>
        {t("replay")}
      </button>
    );
  }
  return (
    <>
      <button type="button" aria-disabled="true" aria-describedby={id}>
        {t("replay")}
      </button>
      <small id={id} className="hint">
        <Because of={may.because} />
      </small>
    </>
  );
}
