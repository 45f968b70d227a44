/** Milestones 节点 on one scale of time: what was forecast, how often, and when it was reached. A list first, a drawing beside it. */
import type { ProjectPageQuery } from "../../generated/operations";
import { type Attached, FilesHere } from "../../parts/Attachments";
import { Differs } from "../../parts/Differs";
import { dayOf as dayOfInstant } from "../../words/dates";
import { useLabel, useListed, useWords } from "../../words/language";
import { dayOf, placeOn, type Span, spanOf, ticksOn } from "./timeline";
import { WORDS } from "./words";

type Milestone = NonNullable<ProjectPageQuery["moment"]["project"]>["milestones"][number];

export function useSlipText() {
  const t = useWords(WORDS);
  return (days: number) => (days > 0 ? t("slipped", { days }) : days < 0 ? t("earlier", { days: -days }) : t("onTime"));
}

const percent = (share: number) => `${(100 * share).toFixed(2)}%`;

export function Milestones({
  milestones,
  now,
  today,
  files,
}: {
  milestones: readonly Milestone[];
  now: readonly Milestone[] | undefined;
  today: string;
  files: readonly Attached[];
}) {
  const t = useWords(WORDS);
  const listed = useListed();
  const say = useLabel();
  const slipped = useSlipText();
  if (milestones.length === 0) return <p className="hint">{t("noMilestones")}</p>;
  const days = milestones.flatMap(({ actual, forecasts }) =>
    [actual, ...forecasts.map(({ on }) => on)].flatMap((on) => (on === null ? [] : (dayOf(on) ?? []))),
  );
  const span = spanOf([...days, today]);
  const told = ({ actual, forecasts }: Milestone) => {
    const last = forecasts.at(-1)?.on.text;
    return actual === null
      ? last === undefined
        ? t("notYet")
        : t("forecast", { day: last })
      : t("reached", { day: actual.text });
  };
  return (
    <>
      <div className="milestone scale" aria-hidden="true">
        <span />
        <div className="track">
          {ticksOn(span).map((tick) => (
            <span key={tick} className="tick" style={{ left: percent(placeOn(span, tick)) }}>
              {tick.slice(0, 7)}
            </span>
          ))}
          <span className="tick here" style={{ left: percent(placeOn(span, today)) }}>
            {t("today")}
          </span>
        </div>
      </div>
      <ol className="milestones" aria-label={t("milestones")}>
        {milestones.map((milestone) => {
          const later = now?.find(({ kind }) => kind === milestone.kind);
          const once = milestone.forecasts.slice(0, milestone.actual === null ? -1 : undefined);
          return (
            <li key={milestone.kind} className="milestone">
              <div className="says">
                <strong>{say(milestone.label)}</strong>{" "}
                <Differs then={told(milestone)} now={later && told(later)} draw={String} />
                {milestone.slippedDays === null ? null : (
                  <span className={milestone.slippedDays > 0 ? "bad" : "hint"}> {slipped(milestone.slippedDays)}</span>
                )}
                {once.map(({ on, note, statement }) => (
                  <small key={statement.nounVersion} className="hint once">
                    <s>{t("forecast", { day: on.text })}</s>
                    {t("said", { day: dayOfInstant(statement.decidedAt) })} {note}
                  </small>
                ))}
                {milestone.actual === null && milestone.forecasts.at(-1)?.note ? (
                  <small className="hint once">{milestone.forecasts.at(-1)?.note}</small>
                ) : null}
                {milestone.evidence ? (
                  <small className="hint once">{t("evidence", { text: milestone.evidence })}</small>
                ) : null}
                {milestone.note ? <small className="hint once">{milestone.note}</small> : null}
                {milestone.skipped.length > 0 ? (
                  <small className="hint once">
                    {t("skipped", { kinds: listed(milestone.skipped.map((kind) => t(kind))) })}
                  </small>
                ) : null}
                <FilesHere of={{ milestone: milestone.kind }} files={files} />
              </div>
              <Track milestone={milestone} span={span} today={today} />
            </li>
          );
        })}
      </ol>
      <ul className="milestone-key hint" aria-hidden="true">
        <li>
          <i className="mark actual" /> {t("keyReached")}
        </li>
        <li>
          <i className="mark forecast" /> {t("keyForecast")}
        </li>
        <li>
          <i className="mark once" /> {t("keyOnce")}
        </li>
      </ul>
    </>
  );
}

function Track({ milestone, span, today }: { milestone: Milestone; span: Span; today: string }) {
  const at = (on: { earliest: string | null; latest: string | null }) => {
    const day = dayOf(on);
    return day === null ? null : placeOn(span, day);
  };
  const forecasts = milestone.forecasts.flatMap(({ on }) => at(on) ?? []);
  const actual = milestone.actual === null ? null : at(milestone.actual);
  const first = forecasts[0];
  const end = actual ?? forecasts.at(-1);
  return (
    <div className="track" aria-hidden="true">
      <span className="here" style={{ left: percent(placeOn(span, today)) }} />
      {first !== undefined && end !== undefined && first !== end ? (
        <span
          className={end > first ? "slip late" : "slip"}
          style={{ left: percent(Math.min(first, end)), width: percent(Math.abs(end - first)) }}
        />
      ) : null}
      {forecasts.map((share, index) => (
        <i
          // biome-ignore lint/suspicious/noArrayIndexKey: forecasts are only ever added to the end
          key={index}
          className={actual === null && index === forecasts.length - 1 ? "mark forecast" : "mark once"}
          style={{ left: percent(share) }}
        />
      ))}
      {actual === null ? null : <i className="mark actual" style={{ left: percent(actual) }} />}
    </div>
  );
}
