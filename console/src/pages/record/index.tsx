/** The newest events of the record. */
import { useAnswer } from "../../client/answer";
import { EventsDocument } from "../../generated/operations";
import { Answered } from "../../parts/Said";
import { instantText } from "../../words/dates";
import { useLabel, useWords } from "../../words/language";
import { WORDS } from "./words";

export default function RecordPage() {
  const t = useWords(WORDS);
  const say = useLabel();
  const answer = useAnswer(EventsDocument, { last: 50 });
  return (
    <section>
      <h1>{t("title")}</h1>
      <Answered answer={answer}>
        {({ moment }) => (
          <table className="list">
            <thead>
              <tr>
                <th scope="col">{t("position")}</th>
                <th scope="col">{t("recorded")}</th>
                <th scope="col">{t("event")}</th>
                <th scope="col">{t("actor")}</th>
              </tr>
            </thead>
            <tbody>
              {moment.events.nodes.toReversed().map((event) => (
                <tr key={event.position}>
                  <th scope="row" data-label={t("position")}>
                    {event.position}
                  </th>
                  <td data-label={t("recorded")}>{instantText(event.recordedAt, true)}</td>
                  <td data-label={t("event")}>{say(event.label)}</td>
                  <td data-label={t("actor")}>{event.actor.unit ?? event.actor.subject}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Answered>
    </section>
  );
}
