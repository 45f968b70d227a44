/** The two scoreboards 记分牌: implementing bodies by starts, completions and targets; handling units by replies and resolutions in time. */
import { Link } from "../../client/place";
import type { BoardQuery, InTimeFragment, TalliedFragment } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { type Colour, LightBeside } from "../../parts/Light";
import { LightCounts } from "../../parts/LightCounts";
import { type Counts, lightsByUnit, othersThan, worst } from "../../parts/lights";
import { Change, classOf, sidesOf, whole } from "../../parts/sides";
import { type InBoth, useLabel, useWords } from "../../words/language";
import { OthersRow } from "./OthersRow";
import { WORDS } from "./words";

type Moment = BoardQuery["moment"];
type Body = Moment["implementingBodies"][number];
type Handler = Moment["handlingUnits"][number];
type Word = keyof typeof WORDS;

/** The lights of a line's targets, counted. */
export function targetLights(targets: readonly { light: { colour: Colour } }[]): Counts {
  const counts: Partial<Record<Colour, number>> = {};
  for (const { light } of targets) counts[light.colour] = (counts[light.colour] ?? 0) + 1;
  return counts;
}

/** What is lit and why: a name before the reason. */
interface Lit {
  readonly of: InBoth;
  readonly light: { readonly colour: Colour; readonly because: InBoth };
}

/** One light for several: the worst of them, because of how many have it and why the first does, and of what is overdue. */
export function judged(
  parts: readonly { readonly counts: Counts; readonly because: Word; readonly examples: readonly Lit[] }[],
  overdue: readonly { readonly count: number; readonly because: Word }[],
): { colour: Colour; because: InBoth } {
  const all: Partial<Record<Colour, number>> = {};
  for (const { counts } of parts) {
    for (const [colour, count] of Object.entries(counts) as [Colour, number][])
      all[colour] = (all[colour] ?? 0) + count;
  }
  const colour = worst(all);
  const counted = (because: Word, count: number, example?: Lit): InBoth => ({
    zh:
      WORDS[because].zh.replace("{count}", String(count)) +
      (example ? `（${example.of.zh}：${example.light.because.zh}）` : ""),
    en:
      WORDS[because].en.replace("{count}", String(count)) +
      (example ? ` (${example.of.en}: ${example.light.because.en})` : ""),
  });
  const told: InBoth[] = [];
  if (colour === "RED" || colour === "YELLOW") {
    for (const { counts, because, examples } of parts) {
      const count = counts[colour] ?? 0;
      if (count > 0)
        told.push(
          counted(
            because,
            count,
            examples.find(({ light }) => light.colour === colour),
          ),
        );
    }
  } else told.push(colour === null ? WORDS.becauseNothing : colour === "GREY" ? WORDS.becauseGrey : WORDS.becauseWell);
  for (const { count, because } of overdue) if (count > 0) told.push(counted(because, count));
  return {
    colour: colour ?? "GREY",
    because: { zh: told.map(({ zh }) => zh).join("；"), en: told.map(({ en }) => en).join("; ") },
  };
}

/** Numbers, each of which leads to the list of what it counts. */
function Tallied({
  tally,
  now,
  to,
}: {
  tally: TalliedFragment;
  now: TalliedFragment | undefined;
  to: (part: "expected" | "overdue") => string;
}) {
  const t = useWords(WORDS);
  return (
    <Differs
      then={tally}
      now={now}
      draw={({ done, expected, overdue, rate }) =>
        expected === 0 ? (
          <span className="none">–</span>
        ) : (
          <span className="tally">
            <Link to={to("expected")}>{t("ofExpected", { done, expected })}</Link> <small>{rate?.text}</small>
            {overdue > 0 ? (
              <em className="bad">
                <Link to={to("overdue")}>{t("tallyOverdue", { count: overdue })}</Link>
              </em>
            ) : null}
          </span>
        )
      }
    />
  );
}

function Timely({
  counts,
  now,
  to,
}: {
  counts: InTimeFragment;
  now: InTimeFragment | undefined;
  to: (became: string) => string;
}) {
  const t = useWords(WORDS);
  const counted = (word: "late" | "unanswered" | "notYetDue" | "returned", became: string, count: number) =>
    count === 0 ? null : (
      <em className={word === "late" || word === "unanswered" ? "bad" : undefined}>
        <Link to={to(became)}>{t(word, { count })}</Link>
      </em>
    );
  return (
    <Differs
      then={counts}
      now={now}
      draw={({ onTime, late, unanswered, notYetDue, returned, medianDays, rate }) => {
        const met = onTime + late + unanswered;
        if (met + notYetDue + returned === 0) return <span className="none">–</span>;
        return (
          <span className="tally">
            {met === 0 ? null : (
              <>
                <Link to={to("on_time-late-unanswered")}>{t("inTime", { onTime, judged: met })}</Link>{" "}
                <small>{rate?.text}</small>
              </>
            )}
            {counted("late", "late", late)}
            {counted("unanswered", "unanswered", unanswered)}
            {counted("notYetDue", "not_yet_due", notYetDue)}
            {counted("returned", "returned", returned)}
            {medianDays === null ? null : <em>{t("median", { days: medianDays })}</em>}
          </span>
        );
      }}
    />
  );
}

function bodyLight(moment: Moment, line: Body, projects: Counts) {
  const lit = [...moment.redProjects.nodes, ...moment.yellowProjects.nodes]
    .filter(({ unit }) => unit?.code === line.unit?.code)
    .map(({ name, light }) => ({ of: { zh: name, en: name }, light }));
  return judged(
    [
      { counts: projects, because: "becauseProjects", examples: lit },
      {
        counts: targetLights(line.targets),
        because: "becauseTargets",
        examples: line.targets.map(({ indicator, light }) => ({ of: indicator.label, light })),
      },
    ],
    [
      { count: line.starts.overdue, because: "becauseStarts" },
      { count: line.completions.overdue, because: "becauseCompletions" },
    ],
  );
}

function handlerLight(moment: Moment, line: Handler, tickets: Counts) {
  const lit = [...moment.redTickets.nodes, ...moment.yellowTickets.nodes]
    .filter(({ handler }) => handler?.code === line.unit?.code)
    .map(({ number, light }) => ({ of: { zh: number ?? "", en: number ?? "" }, light }));
  return judged(
    [{ counts: tickets, because: "becauseTickets", examples: lit }],
    [
      { count: line.reply.unanswered, because: "becauseUnanswered" },
      { count: line.resolution.unanswered, because: "becauseUnresolved" },
    ],
  );
}

const unitOf = ({ unit }: { readonly unit: { readonly code: string } | null }) => unit?.code ?? "";

/** The codes of the units that have a line. */
const codesOf = (lines: readonly { readonly unit: { readonly code: string } | null }[]) =>
  lines.flatMap(({ unit }) => (unit === null ? [] : [unit.code]));

export function ImplementingBodies({ moment, now }: { moment: Moment; now: Moment | undefined }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const lights = lightsByUnit(moment.projectsByUnitAndLight);
  const today = now && lightsByUnit(now.projectsByUnitAndLight);
  return (
    <table className="list scoreboard" aria-label={t("bodies")}>
      <thead>
        <tr>
          <th scope="col">{t("unit")}</th>
          <th scope="col">{t("why")}</th>
          <th scope="col">{t("projectLights")}</th>
          <th scope="col">{t("starts")}</th>
          <th scope="col">{t("completions")}</th>
          <th scope="col">{t("targetLights")}</th>
        </tr>
      </thead>
      <tbody>
        {sidesOf(whole(moment.implementingBodies), now && whole(now.implementingBodies), unitOf).map(
          ({ key, row: line, now: later, change }) => {
            const { code, name } = line.unit ?? { code: "", name: { zh: "–", en: "–" } };
            const came = change === "cameSince";
            const projectsNow = today && (today.get(code) ?? {});
            const projects = (came ? projectsNow : lights.get(code)) ?? {};
            return (
              <tr key={key} className={classOf({ change })}>
                <th scope="row" data-label={t("unit")}>
                  <span>
                    <Link to={`/board/units/${code}`}>{say(name)}</Link>
                    <Change of={change} />
                  </span>
                </th>
                <td data-label={t("why")}>
                  <LightBeside
                    then={bodyLight(came && now ? now : moment, line, projects)}
                    now={now && later && bodyLight(now, later, projectsNow ?? {})}
                  />
                </td>
                <td data-label={t("projectLights")}>
                  <LightCounts
                    counts={projects}
                    now={projectsNow}
                    of={`${say(name)} · ${t("projects")}`}
                    to={(colour) => `/projects?unit=${code}&light=${colour.toLowerCase()}`}
                  />
                </td>
                <td data-label={t("starts")}>
                  <Tallied
                    tally={line.starts}
                    now={later?.starts}
                    to={(part) => `/projects?tallied=commencement.${part}.${code}.${line.year}`}
                  />
                </td>
                <td data-label={t("completions")}>
                  <Tallied
                    tally={line.completions}
                    now={later?.completions}
                    to={(part) => `/projects?tallied=completion.${part}.${code}.${line.year}`}
                  />
                </td>
                <td data-label={t("targetLights")}>
                  <LightCounts
                    counts={targetLights(line.targets)}
                    now={later && targetLights(later.targets)}
                    of={`${say(name)} · ${t("targets")}`}
                    to={() => `/board?whose=${code}`}
                  />
                </td>
              </tr>
            );
          },
        )}
        <OthersRow
          others={othersThan(moment.projectsByUnitAndLight, codesOf(moment.implementingBodies))}
          now={now && othersThan(now.projectsByUnitAndLight, codesOf(now.implementingBodies))}
          what="projects"
          nobodys="ofNoBody"
          lights="projectLights"
          columns={["starts", "completions", "targetLights"]}
        />
      </tbody>
    </table>
  );
}

export function HandlingUnits({ moment, now }: { moment: Moment; now: Moment | undefined }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const lights = lightsByUnit(moment.ticketsByHandlerAndLight);
  const today = now && lightsByUnit(now.ticketsByHandlerAndLight);
  return (
    <table className="list scoreboard" aria-label={t("departments")}>
      <thead>
        <tr>
          <th scope="col">{t("unit")}</th>
          <th scope="col">{t("why")}</th>
          <th scope="col">{t("ticketLights")}</th>
          <th scope="col">{t("reply")}</th>
          <th scope="col">{t("resolution")}</th>
        </tr>
      </thead>
      <tbody>
        {sidesOf(whole(moment.handlingUnits), now && whole(now.handlingUnits), unitOf).map(
          ({ key, row: line, now: later, change }) => {
            const { code, name } = line.unit ?? { code: "", name: { zh: "–", en: "–" } };
            const came = change === "cameSince";
            const ticketsNow = today && (today.get(code) ?? {});
            const tickets = (came ? ticketsNow : lights.get(code)) ?? {};
            return (
              <tr key={key} className={classOf({ change })}>
                <th scope="row" data-label={t("unit")}>
                  <span>
                    <Link to={`/board/units/${code}`}>{say(name)}</Link>
                    <Change of={change} />
                  </span>
                </th>
                <td data-label={t("why")}>
                  <LightBeside
                    then={handlerLight(came && now ? now : moment, line, tickets)}
                    now={now && later && handlerLight(now, later, ticketsNow ?? {})}
                  />
                </td>
                <td data-label={t("ticketLights")}>
                  <LightCounts
                    counts={tickets}
                    now={ticketsNow}
                    of={`${say(name)} · ${t("tickets")}`}
                    to={(colour) => `/tickets?show=all&handler=${code}&light=${colour.toLowerCase()}`}
                  />
                </td>
                <td data-label={t("reply")}>
                  <Timely
                    counts={line.reply}
                    now={later?.reply}
                    to={(became) => `/tickets?show=all&judged=reply.${became}.${code}.${line.year}`}
                  />
                </td>
                <td data-label={t("resolution")}>
                  <Timely
                    counts={line.resolution}
                    now={later?.resolution}
                    to={(became) => `/tickets?show=all&judged=resolution.${became}.${code}.${line.year}`}
                  />
                </td>
              </tr>
            );
          },
        )}
        <OthersRow
          others={othersThan(moment.ticketsByHandlerAndLight, codesOf(moment.handlingUnits))}
          now={now && othersThan(now.ticketsByHandlerAndLight, codesOf(now.handlingUnits))}
          what="tickets"
          nobodys="ofNoHandler"
          lights="ticketLights"
          columns={["reply", "resolution"]}
        />
      </tbody>
    </table>
  );
}
