/** Choosing what a ticket is about, by search, and several units, each with a way to take it back. */
import { useEffect, useState } from "react";
import { useAnswerAsOf } from "../../../client/answer";
import { SubjectsDocument } from "../../../generated/operations";
import { Failures } from "../../../parts/Said";
import { type InBoth, useLabel, useWords } from "../../../words/language";
import type { Subject } from "../About";
import { WORDS } from "./words";

const TYPING_MS = 300;

/** What an input needs to be named, described and marked as wrong. */
export interface Described {
  readonly id: string;
  readonly "aria-describedby"?: string | undefined;
  readonly "aria-invalid"?: boolean | undefined;
}

export function subjectText(subject: Subject): string {
  if (subject.__typename === "Project") return `${subject.code} ${subject.name}`;
  if (subject.__typename === "Parcel") return subject.location;
  return subject.companyName ?? subject.description ?? "";
}

export function SubjectsChosen({
  chosen,
  choose,
  ...described
}: Described & { chosen: readonly Subject[]; choose: (chosen: readonly Subject[]) => void }) {
  const t = useWords(WORDS);
  const [typed, setTyped] = useState("");
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const rest = setTimeout(() => setAsked(typed.trim()), TYPING_MS);
    return () => clearTimeout(rest);
  }, [typed]);
  return (
    <>
      <Chips
        items={chosen.map((each) => ({ key: each.entityId, text: `${t(each.__typename)} ${subjectText(each)}` }))}
        drop={(key) => choose(chosen.filter(({ entityId }) => entityId !== key))}
      />
      <input
        {...described}
        type="search"
        autoComplete="off"
        placeholder={t("search")}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        // A search is no sending of the form.
        onKeyDown={(event) => {
          if (event.key === "Enter") event.preventDefault();
        }}
      />
      {asked === "" || typed.trim() === "" ? null : (
        <Found
          text={asked}
          chosen={chosen}
          add={(subject) => {
            choose([...chosen, subject]);
            setTyped("");
            setAsked("");
          }}
        />
      )}
    </>
  );
}

function Found({ text, chosen, add }: { text: string; chosen: readonly Subject[]; add: (subject: Subject) => void }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const answer = useAnswerAsOf(SubjectsDocument, { text }, null, true);
  const moment = answer.data?.moment;
  if (moment === undefined) return <Failures failures={answer.failures} again={answer.again} />;
  const { projects, parcels, companies } = moment;
  const found: readonly (Subject & { unit: { name: InBoth } | null })[] = [
    ...projects.nodes.map((each) => ({ ...each, __typename: "Project" as const })),
    ...parcels.nodes.map((each) => ({ ...each, __typename: "Parcel" as const })),
    ...companies.nodes.map((each) => ({ ...each, __typename: "Company" as const })),
  ];
  const open = found.filter((each) => !chosen.some(({ entityId }) => entityId === each.entityId));
  const total = projects.totalCount + parcels.totalCount + companies.totalCount;
  return (
    <>
      <p className="hint" role="status">
        {total === 0 ? t("nothingFound") : t("found", { count: total })}
        {total > found.length ? ` · ${t("moreFound", { count: total - found.length })}` : null}
      </p>
      <ul className="found">
        {open.map((each) => (
          <li key={each.entityId}>
            <button type="button" onClick={() => add(each)}>
              <span className="unseen">{t("add")}</span>
              <span aria-hidden="true">＋</span> <small>{t(each.__typename)}</small> {subjectText(each)}{" "}
              <small>{say(each.unit?.name)}</small>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

export interface UnitNamed {
  readonly code: string;
  readonly name: InBoth;
}

export function UnitsChosen({
  units,
  chosen,
  but,
  choose,
  ...described
}: Described & {
  units: readonly UnitNamed[];
  chosen: readonly string[];
  /** Units that make no sense here, for they are chosen otherwise. */
  but: readonly string[];
  choose: (chosen: readonly string[]) => void;
}) {
  const t = useWords(WORDS);
  const say = useLabel();
  const named = (code: string) => say(units.find((unit) => unit.code === code)?.name) || code;
  return (
    <>
      <Chips
        items={chosen.map((code) => ({ key: code, text: named(code) }))}
        drop={(key) => choose(chosen.filter((code) => code !== key))}
      />
      <select {...described} value="" onChange={({ target }) => target.value && choose([...chosen, target.value])}>
        <option value="">{t("addUnit")}</option>
        {units
          .filter(({ code }) => !chosen.includes(code) && !but.includes(code))
          .map(({ code, name }) => (
            <option key={code} value={code}>
              {say(name)}
            </option>
          ))}
      </select>
    </>
  );
}

function Chips({ items, drop }: { items: readonly { key: string; text: string }[]; drop: (key: string) => void }) {
  const t = useWords(WORDS);
  if (items.length === 0) return null;
  return (
    <ul className="chosen">
      {items.map(({ key, text }) => (
        <li key={key}>
          <button type="button" onClick={() => drop(key)}>
            {text} <span aria-hidden="true">×</span>
            <span className="unseen">{t("remove")}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
