/** The time slider 时点: over every page. Dragging draws the page as of any event; the address keeps the moment. */
import { type ChangeEvent, useEffect, useRef, useState } from "react";
import { BEFORE_ALL, isDay, isPosition } from "../client/address";
import { useAnswerAsOf } from "../client/answer";
import { SILENT_MS, useLastShown, useLive } from "../client/live";
import { drawnOf } from "../client/moment";
import { Link, usePlace } from "../client/place";
import { WhenDocument } from "../generated/operations";
import { dayOf, instantText } from "../words/dates";
import { useWords } from "../words/language";
import { WORDS } from "./words";

/** How long a dragged thumb rests before the page is asked for. */
const REST_MS = 120;

/** Whether nothing has told of a moment of the past for so long that it has to be asked for. */
function useSilent(at: string | null, told: boolean): boolean {
  const [silent, setSilent] = useState<string | null>(null);
  useEffect(() => {
    if (at === null || told) return;
    const timer = setTimeout(() => setSilent(at), SILENT_MS);
    return () => clearTimeout(timer);
  }, [at, told]);
  return at !== null && !told && silent === at;
}

export function TimeSlider() {
  const t = useWords(WORDS);
  const { at, comparing, path, query, goTo, compare } = usePlace();
  const { head, clock, past } = useLive();
  const [dragged, setDragged] = useState<string | null>(null);
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(resting.current), []);

  const reached = useLastShown();
  const last = head ?? reached ?? "1";
  const shown = dragged ?? reached ?? last;
  const day = at !== null && isDay(at) ? at : null;
  // What an address names may not have come yet; until then there is nothing to show of it, and nothing to ask about it.
  const beyond =
    day !== null
      ? clock !== null && day > dayOf(clock)
      : at !== null && !isPosition(at)
        ? clock !== null && Date.parse(at) > Date.parse(clock)
        : at !== null && head !== null && BigInt(at) > BigInt(head);
  // The page's own answer tells when its moment was recorded. Of a page that does not tell, that is asked apart.
  const told = at !== null && past?.at === at ? past.clock : null;
  const silent = useSilent(at, told !== null);
  useAnswerAsOf(WhenDocument, {}, at, silent && !beyond);
  const time = at === null ? clock : at === BEFORE_ALL ? null : told;

  const go = (position: string) => goTo(position === last ? null : position);
  const drag = (event: ChangeEvent<HTMLInputElement>) => {
    const position = event.target.value;
    setDragged(position);
    clearTimeout(resting.current);
    resting.current = setTimeout(() => {
      setDragged(null);
      go(position);
    }, REST_MS);
  };
  const step = (by: bigint) => {
    const next = BigInt(shown) + by;
    if (reached !== null && next >= 0n && next <= BigInt(last)) go(String(next));
  };
  // An event is not the end of its day. The field is left empty beside it, so that its day can be chosen.
  const shownDay = day ?? (at !== null || time === null ? "" : dayOf(time));
  const timeText = time === null ? "" : instantText(time);
  const search = query.toString();
  const here = search ? `${path}?${search}` : path;
  return (
    <section className={at === null ? "slider" : "slider past"} aria-label={t("moment")}>
      <div className="track">
        <button
          type="button"
          className="step"
          aria-label={t("earlier")}
          onClick={() => step(-1n)}
          disabled={shown === "0"}
        >
          ‹
        </button>
        <input
          type="range"
          min={0}
          max={last}
          step={1}
          value={shown}
          onChange={drag}
          aria-label={t("slider")}
          aria-valuetext={at === null ? t("now") : `${timeText} ${t("position", { position: shown })}`.trim()}
          disabled={head === null}
        />
        <button
          type="button"
          className="step"
          aria-label={t("later")}
          onClick={() => step(1n)}
          disabled={shown === last}
        >
          ›
        </button>
      </div>
      <div className="told">
        <output className="when">
          <strong>{at === null && dragged === null ? t("now") : null}</strong>
          <time dateTime={time ?? undefined}>{timeText}</time>
          <small>{t("ofHead", { position: shown, head: last })}</small>
        </output>
        <DayField key={shownDay} shown={shownDay} today={clock === null ? null : dayOf(clock)} />
        {at === null ? (
          <PermanentLink to={here} position={last} />
        ) : (
          <>
            <label className="compare">
              <input type="checkbox" checked={comparing} onChange={(event) => compare(event.target.checked)} />
              <span>{t("compare")}</span>
            </label>
            <Link to={here} className="permanent">
              {t("permanent")}
            </Link>
            <button type="button" className="primary to-now" onClick={() => goTo(null)}>
              {t("toNow")}
            </button>
          </>
        )}
      </div>
      {at === null ? null : (
        <p className="banner" role="status">
          <strong>{t(beyond ? "beyond" : "past")}</strong>
          {day !== null ? (
            <OfDay day={day} beyond={beyond} reached={reached} />
          ) : !isPosition(at) ? (
            t(beyond ? "instantToCome" : "instantSays", { time: instantText(at, true) })
          ) : at === BEFORE_ALL ? (
            t("beforeRecord")
          ) : beyond ? (
            t("beyondSays", { position: at, head: last })
          ) : timeText === "" ? (
            t("position", { position: at })
          ) : (
            t("pastSays", { time: timeText, position: at })
          )}
        </p>
      )}
    </section>
  );
}

/** The day to look at. What it cannot show it says, and what is shown stands there again when the field is left. */
function DayField({ shown, today }: { shown: string; today: string | null }) {
  const t = useWords(WORDS);
  const { goTo } = usePlace();
  const [notYet, setNotYet] = useState<string | null>(null);
  const toDay = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const chosen = isDay(target.value) ? target.value : null;
    const toCome = chosen !== null && !target.checkValidity();
    setNotYet(toCome ? chosen : null);
    if (chosen !== null && !toCome) goTo(drawnOf(chosen, today));
  };
  return (
    <>
      <label className="day">
        <span>{t("onDay")}</span>
        <input
          type="date"
          defaultValue={shown}
          max={today ?? undefined}
          onChange={toDay}
          onBlur={({ target }) => {
            if (target.value !== shown) target.value = shown;
          }}
        />
      </label>
      <small className="not-yet" aria-live="polite">
        {notYet === null ? null : t("notYet", { day: notYet })}
      </small>
    </>
  );
}

/** What the page of a day shows: the end of it, and how far the record had come; or that the day is still to come. */
function OfDay({ day, beyond, reached }: { day: string; beyond: boolean; reached: string | null }) {
  const t = useWords(WORDS);
  if (beyond) return t("dayToCome", { day });
  if (reached === null) return t("endOf", { day });
  return t(reached === "0" ? "beforeAll" : "daySays", { day, position: reached });
}

/** What is shown now, as an address that will show it for ever. */
function PermanentLink({ to, position }: { to: string; position: string }) {
  const t = useWords(WORDS);
  const { goTo } = usePlace();
  const joined = `${to}${to.includes("?") ? "&" : "?"}at=${position}`;
  return (
    <a
      className="permanent"
      href={`/console${joined}`}
      onClick={(event) => {
        event.preventDefault();
        goTo(position);
      }}
    >
      {t("permanent")}
    </a>
  );
}
