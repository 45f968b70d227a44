/** Milestones 节点 on one scale of time: what was forecast, how often, and when it was reached. A list first, a drawing beside it. */
import type { ProjectPageQuery } from "../../generated/operations";
import { type Attached, FilesHere } from "../../parts/Attachments";
import { Differs } from "../../parts/Differs";
import { Change, classOf, sidesOf, whole } from "../../parts/sides";
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

interface Noted {
  readonly key: string;
  /** What holds no more. */
  readonly struck?: string;
  readonly text: string;
}

function Note({ struck, text }: Noted) {
  return (
    <>
      {struck === undefined ? null : <s>{struck}</s>}
      {text}
    </>
  );
}

export function Milestones({
  milestones,
  now,
  today,
  files,
  filesNow,
}: {
  milestones: readonly Milestone[];
  now: readonly Milestone[] | undefined;
  today: string;
  files: readonly Attached[];
  filesNow: readonly Attached[] | undefined;
}) {
  const t = useWords(WORDS);
  const listed = useListed();
  const say = useLabel();
  const slipped = useSlipText();
  const sides = sidesOf(whole(milestones), now && whole(now), ({ kind }) => kind);
  if (sides.length === 0) return <p className="hint">{t("noMilestones")}</p>;
  const drawn = sides.map(({ row }) => row);
  const days = drawn.flatMap(({ actual, forecasts }) =>
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
  const slipOf = ({ slippedDays }: Milestone) => (slippedDays === null ? "" : slipped(slippedDays));
  /** What is said beneath a milestone: what was forecast once, and what was noted. */
  const notesOf = ({ actual, forecasts, evidence, note, skipped }: Milestone): readonly Noted[] => [
    ...forecasts.slice(0, actual === null ? -1 : undefined).map(({ on, note: said, statement }) => ({
      key: String(statement.nounVersion),
      struck: t("forecast", { day: on.text }),
      text: [t("said", { day: dayOfInstant(statement.decidedAt) }), said].filter(Boolean).join(" "),
    })),
    ...[
      { key: "forecast", text: (actual === null && forecasts.at(-1)?.note) || "" },
      { key: "evidence", text: evidence ? t("evidence", { text: evidence }) : "" },
      { key: "note", text: note ?? "" },
      {
        key: "skipped",
        text: skipped.length > 0 ? t("skipped", { kinds: listed(skipped.map((kind) => t(kind))) }) : "",
      },
    ].filter(({ text }) => text !== ""),
  ];
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
        {sides.map(({ key, row: milestone, now: later, change }) => {
          const notes = notesOf(milestone);
          const notesNow = later && notesOf(later);
          const slip = slipOf(milestone);
          return (
            <li key={key} className={["milestone", classOf({ change })].filter(Boolean).join(" ")}>
              <div className="says">
                <strong>{say(milestone.label)}</strong>{" "}
                <Differs then={told(milestone)} now={later && told(later)} draw={String} />
                {slip === "" && !(later && slipOf(later)) ? null : (
                  <span className={(milestone.slippedDays ?? 0) > 0 ? "bad" : "hint"}>
                    {" "}
                    <Differs then={slip} now={later && slipOf(later)} draw={String} />
                  </span>
                )}
                {sidesOf(whole(notes), notesNow && whole(notesNow), ({ key }) => key).map(
                  ({ key, row, now: today, change: came }) => (
                    <small key={key} className={["hint once", classOf({ change: came })].filter(Boolean).join(" ")}>
                      <Differs then={row} now={today} draw={(note) => <Note {...note} />} />
                      <Change of={came} />
                    </small>
                  ),
                )}
                <Change of={change} />
                <FilesHere of={{ milestone: milestone.kind }} files={files} now={filesNow} />
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
