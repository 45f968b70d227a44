/** A ticket's clock drawn: a line of days with a mark for every step, and the same as a list that can be read out. */
import { Differs } from "../../parts/Differs";
import { Change, classOf, type Side, sidesOf, whole } from "../../parts/sides";
import { instantText } from "../../words/dates";
import { useWords } from "../../words/language";
import { type Handling, keyOfStep, lineOf, type Step, stepsOf, type Tone } from "./steps";
import { WORDS } from "./words";

export function Clock({
  handling,
  now,
  today,
}: {
  handling: Handling;
  /** The same handling now, where it is compared. */
  now: Handling | undefined;
  today: string;
}) {
  const steps = stepsOf(handling);
  const sides = sidesOf(whole(steps), now && whole(stepsOf(now)), keyOfStep);
  return (
    <div className="clock">
      {steps.length > 1 && handling.closedAt === null ? <Line steps={steps} today={today} /> : null}
      <ol>
        {sides
          .toSorted((one, other) => one.row.day.localeCompare(other.row.day))
          .map((side) => (
            <StepLine key={side.key} side={side} />
          ))}
      </ol>
    </div>
  );
}

function StepLine({ side: { row: step, now, change } }: { side: Side<Step> }) {
  const t = useWords(WORDS);
  const { kind, tone, provisional, number } = step;
  const notesOf = (of: Step) =>
    [
      of.tone === "met" ? t("met") : of.tone === "late" && kind !== "lapsed" ? t("late") : null,
      of.tone === "waiting" ? t("waiting") : null,
      of.tone === "void" ? t(kind === "lapsed" ? "corrected" : "replaced") : null,
      of.provisional ? t("provisional") : null,
      of.metAt === null ? null : t("metAt", { at: instantText(of.metAt) }),
    ]
      .filter((note) => note !== null)
      .join(t("comma"));
  return (
    <li className={["step", tone, provisional ? "provisional" : "", classOf({ change })].filter(Boolean).join(" ")}>
      <Mark tone={tone} />
      <span>
        <Differs then={whenOf(step)} now={now && whenOf(now)} draw={(when) => <When {...when} />} />
      </span>
      <strong>
        {t(kind)}
        {number === null || number < 2 ? "" : ` ${number}`}
      </strong>
      <span className="notes">
        <Differs then={notesOf(step)} now={now && notesOf(now)} draw={String} />
        <Change of={change} />
      </span>
    </li>
  );
}

const whenOf = ({ day, at }: Step) => ({ day, at });

function When({ day, at }: Pick<Step, "day" | "at">) {
  return <time dateTime={at ?? day}>{at === null ? day : instantText(at)}</time>;
}

/** Colour and shape: a disc was done, a square is late, a ring waits, a dash counts no more. */
function Mark({ tone }: { tone: Tone }) {
  return (
    <svg className="mark" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <Shape tone={tone} x={6} y={6} />
    </svg>
  );
}

function Shape({ tone, x, y }: { tone: Tone; x: number; y: number }) {
  if (tone === "late") return <rect className={tone} x={x - 5} y={y - 5} width="10" height="10" rx="1.5" />;
  if (tone === "void") return <rect className={tone} x={x - 5} y={y - 1.5} width="10" height="3" />;
  return <circle className={tone} cx={x} cy={y} r={tone === "waiting" ? 4 : 5} />;
}

const WIDTH = 640;
const EDGE = 12;

/** The days from sending on as a line; the list beside it says the same in words. */
function Line({ steps, today }: { steps: readonly Step[]; today: string }) {
  const t = useWords(WORDS);
  const place = lineOf(
    steps.map(({ day }) => day),
    today,
  );
  const x = (day: string) => EDGE + place(day) * (WIDTH - 2 * EDGE);
  const now = x(today);
  return (
    <svg className="line" viewBox={`0 0 ${WIDTH} 46`} role="img" aria-label={t("lineOfDays", { today })}>
      <line className="track" x1={EDGE} x2={WIDTH - EDGE} y1="16" y2="16" />
      <line className="gone" x1={EDGE} x2={now} y1="16" y2="16" />
      <line className="today" x1={now} x2={now} y1="4" y2="30" />
      <text x={now} y="43" textAnchor={now > WIDTH - 60 ? "end" : now < 60 ? "start" : "middle"}>
        {t("today", { today })}
      </text>
      {steps.map((step) => (
        <g key={`${step.kind} ${step.day} ${step.number}`}>
          <title>{`${t(step.kind)} ${step.day}`}</title>
          <Shape tone={step.tone} x={x(step.day)} y={16} />
        </g>
      ))}
    </svg>
  );
}
