/** One target: its pace over the year, its figures with what stood before corrections, its goals, its history. */
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { TargetPageDocument, type TargetPageQuery } from "../../generated/operations";
import { Attachments, FilesHere } from "../../parts/Attachments";
import { Beside } from "../../parts/Beside";
import { ChoicesProvider, useAsksChoices } from "../../parts/choices";
import { Differs } from "../../parts/Differs";
import { Export } from "../../parts/Export";
import { eventsOf, History } from "../../parts/History";
import { LightBeside } from "../../parts/Light";
import { Printed } from "../../parts/Printed";
import { Answered, Unknown } from "../../parts/Said";
import { Change, classOf, type Side, sidesOf, whole } from "../../parts/sides";
import { instantText } from "../../words/dates";
import { useLabel, useWords } from "../../words/language";
import { goalText, PaceFacts, PaceLegend, usePaceSummary } from "./Pace";
import { PaceChart } from "./PaceChart";
import { WORDS } from "./words";

type Target = NonNullable<TargetPageQuery["moment"]["target"]>;

export function TargetPage({ entityId }: { entityId: string }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const summary = usePaceSummary();
  const choices = useAsksChoices("units");
  const answer = useCompared(TargetPageDocument, { entityId, choices });
  const now = answer.now?.moment.target ?? undefined;
  const unknown = <Unknown what={t("aTarget")} says={t("unknownTarget")} now={now && say(now.indicator.label)} />;
  return (
    <article className="board target">
      <p className="back">
        <Link to="/board">{t("back")}</Link>
      </p>
      <Answered answer={answer} unknown={unknown}>
        {({ moment: { target, validOn } }) =>
          target === null ? (
            unknown
          ) : (
            <>
              <h1>
                <Differs then={target.indicator.label} now={now?.indicator.label} draw={say} />{" "}
                <small>{t("year", { year: target.year })}</small>
              </h1>
              <p>
                <Differs
                  then={target.unit}
                  now={now?.unit}
                  draw={(unit) => <Link to={`/board/units/${unit?.code ?? ""}`}>{say(unit?.name)}</Link>}
                />{" "}
                <LightBeside then={target.light} now={now?.light} />
              </p>
              <div className="pace">
                <PaceLegend />
                <PaceChart target={target} now={now} today={validOn} summary={summary(target)} />
                <PaceFacts target={target} now={now} />
                <dl className="facts pace-facts">
                  <dt>{t("lastYear")}</dt>
                  <dd>
                    <Differs
                      then={target.sameTimeLastYear?.text ?? "–"}
                      now={now && (now.sameTimeLastYear?.text ?? "–")}
                      draw={String}
                    />
                  </dd>
                  <dt>{t("yearOnYear")}</dt>
                  <dd>
                    <Differs
                      then={target.yearOnYear?.text ?? "–"}
                      now={now && (now.yearOnYear?.text ?? "–")}
                      draw={String}
                    />
                  </dd>
                </dl>
              </div>
              <Printed items={target.published} now={now?.published} heading={<h2>{t("published")}</h2>} />
              <h2>{t("figures")}</h2>
              <Export table="figures" having={{ target_id: target.entityId }} />
              <table className="list" aria-label={t("figures")}>
                <thead>
                  <tr>
                    <th scope="col">{t("throughDay")}</th>
                    <th scope="col">{t("value")}</th>
                    <th scope="col">{t("note")}</th>
                  </tr>
                </thead>
                <tbody>
                  {sidesOf(whole(target.figures), now && whole(now.figures), versionOf).map((side) => (
                    <Figure key={side.key} side={side} target={target} now={now} />
                  ))}
                </tbody>
              </table>
              <h2>{t("goals")}</h2>
              <Beside rows={target.goals} now={now?.goals} keyOf={({ nounVersion }) => String(nounVersion)}>
                {(stated) => (
                  <>
                    <time dateTime={stated.decidedAt}>{instantText(stated.decidedAt)}</time> {goalText(stated.goal)}{" "}
                    {stated.reason ? <span className="hint">{stated.reason}</span> : null}
                  </>
                )}
              </Beside>
              <ChoicesProvider units={answer.data?.moment.units?.nodes}>
                <Attachments
                  attached={target.attachments}
                  now={now?.attachments}
                  mayAttach={target.mayAttach}
                  to={{ target: target.entityId }}
                  parts={target.figures.map(({ through }) => ({
                    name: t("figureThrough", { day: through }),
                    to: { through },
                    mayAttach: target.mayAttach,
                  }))}
                  events={eventsOf(target.history, now?.history)}
                />
                <h2>{t("history")}</h2>
                <History of={target.history} now={now?.history} />
              </ChoicesProvider>
            </>
          )
        }
      </Answered>
    </article>
  );
}

type Shown = Target["figures"][number];

/** A figure is that of its day, also where it was corrected since. */
function versionOf({ factVersion }: { readonly factVersion: number }): string {
  return String(factVersion);
}

function Figure({
  side: { row: figure, now: today, change },
  target,
  now,
}: {
  side: Side<Shown>;
  target: Target;
  now: Target | undefined;
}) {
  const t = useWords(WORDS);
  const earlierOf = ({ figuresBeforeCorrection }: Target) =>
    figuresBeforeCorrection.filter(({ factVersion }) => factVersion === figure.factVersion);
  return (
    <tr className={classOf({ change })}>
      <th scope="row" data-label={t("throughDay")}>
        <Differs then={figure.through} now={today?.through} draw={String} />
      </th>
      <td data-label={t("value")}>
        <Differs then={figure.value.text} now={today?.value.text} draw={String} />
      </td>
      <td data-label={t("note")}>
        <FilesHere of={{ through: figure.through }} files={target.attachments} now={now?.attachments} />
        {sidesOf(whole(earlierOf(target)), now && whole(earlierOf(now)), ({ until }) => String(until)).map(
          ({ key, row: once, change: came }) => (
            <span key={key} className={["printed-figure", classOf({ change: came })].filter(Boolean).join(" ")}>
              <del>{once.value.text}</del>{" "}
              <Link to={`/record/${once.until}`}>{t("readUntil", { position: once.until })}</Link>
              <Change of={came} />
            </span>
          ),
        )}
        <Change of={change} />
      </td>
    </tr>
  );
}
