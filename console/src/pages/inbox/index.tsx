/** What waits for whoever is signed in. */
import { useAnswer } from "../../client/answer";
import { InboxDocument } from "../../generated/operations";
import { Answered } from "../../parts/Said";
import { useWords } from "../../words/language";
import { WORDS } from "./words";

const COUNTS = ["toReceive", "toReply", "dueSoon", "overdue", "toConfirm", "copied"] as const;

export default function InboxPage() {
  const t = useWords(WORDS);
  const answer = useAnswer(InboxDocument, { dueSoonDays: 3 });
  return (
    <section>
      <h1>{t("title")}</h1>
      <Answered answer={answer}>
        {({ viewer }) =>
          viewer.signedIn ? (
            <ul className="tiles">
              {COUNTS.map((each) => (
                <li key={each}>
                  <strong>{viewer.inbox[each]}</strong>
                  <span>{t(each)}</span>
                </li>
              ))}
            </ul>
          ) : (
            <p>{t("signIn")}</p>
          )
        }
      </Answered>
    </section>
  );
}
