/** The shell: what is around every page. */
import { Suspense, useEffect, useRef } from "react";
import { BEFORE_ALL } from "../client/address";
import { useLive } from "../client/live";
import { Link, usePlace } from "../client/place";
import { useSession } from "../client/session";
import { PAGES, pageOf } from "../pages";
import { useLabel, useLanguage, useWords } from "../words/language";
import { Fallen } from "./Fallen";
import { SignIn } from "./SignIn";
import { Stopped } from "./Stopped";
import { TimeSlider } from "./TimeSlider";
import { WORDS } from "./words";
import "./shell.css";

export function Shell() {
  const t = useWords(WORDS);
  const say = useLabel();
  const { language, speak } = useLanguage();
  const { path, at, mistaken } = usePlace();
  const { connected } = useLive();
  const { viewer, refused } = useSession();
  const { page, rest } = pageOf(path);
  const main = useRef<HTMLElement>(null);

  const title = page === undefined ? t("nothingHere") : say(page.title);
  useEffect(() => {
    document.title = `${title} · ${t("product")}`;
  }, [title, t]);

  // Whoever follows a link goes on reading there, with the keyboard and by ear. The first page is begun at its top.
  const visited = useRef(path);
  useEffect(() => {
    if (visited.current !== path) main.current?.focus({ preventScroll: true });
    visited.current = path;
  }, [path]);

  const Component = page?.component;
  return (
    <div className={at === null ? "shell" : "shell in-the-past"}>
      <a className="skip" href="#main">
        {t("skip")}
      </a>
      <header className="top">
        <Link to="/" className="brand">
          <span className="seal" aria-hidden="true" />
          <span>{t("product")}</span>
        </Link>
        <nav aria-label={t("navigation")}>
          <ul>
            {PAGES.filter(({ main, isFor }) => main && isFor(viewer)).map((each) => (
              <li key={each.segment}>
                <Link to={`/${each.segment}`} aria-current={each === page ? "page" : undefined}>
                  <span className="long">{say(each.title)}</span>
                  <span className="short">{say(each.short)}</span>
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="who">
          <Stopped />
          <button
            type="button"
            className="quiet"
            lang={language === "zh" ? "en" : "zh-CN"}
            onClick={() => speak(language === "zh" ? "en" : "zh")}
          >
            {t("otherLanguage")}
          </button>
          <SignIn />
        </div>
      </header>
      {refused === null && mistaken === null && (page?.ofMoment || at !== null) ? <TimeSlider /> : <div />}
      <div className="news" role="status" aria-live="polite">
        {connected ? null : t("lost")}
      </div>
      <main id="main" tabIndex={-1} ref={main}>
        {refused !== null ? (
          <Forbidden because={refused} />
        ) : mistaken !== null ? (
          <NoPage title="noMoment" says={t("noMomentSays", { at: mistaken })} />
        ) : at === BEFORE_ALL && page?.ofMoment ? (
          <NoPage title="beforeRecord" says={t("beforeRecordSays")} />
        ) : Component === undefined ? (
          <section className="nothing">
            <h1>{t("nothingHere")}</h1>
            <p>{t("nothingHereSays")}</p>
            <p>
              <Link to="/board">{t("toBoard")}</Link>
            </p>
          </section>
        ) : (
          <Fallen path={path}>
            <Suspense fallback={<div className="loading">{t("loading")}</div>}>
              <Component rest={rest} />
            </Suspense>
          </Fallen>
        )}
      </main>
      <footer className="bottom">
        <Link to="/webhooks">{t("webhooks")}</Link>
        <a href="/graphql">{t("schema")}</a>
      </footer>
    </div>
  );
}

/** Where a moment has no page: the way back to now. */
function NoPage({ title, says }: { title: "noMoment" | "beforeRecord"; says: string }) {
  const t = useWords(WORDS);
  const { goTo } = usePlace();
  return (
    <section className="nothing">
      <h1>{t(title)}</h1>
      <p>{says}</p>
      <p>
        <button type="button" className="primary" onClick={() => goTo(null)}>
          {t("toNow")}
        </button>
      </p>
    </section>
  );
}

/** Whoever carries a token to which every question is refused is told why, once, instead of every page's errors. */
function Forbidden({ because }: { because: string }) {
  const t = useWords(WORDS);
  const { signOut } = useSession();
  return (
    <section className="nothing" role="alert">
      <h1>{t("forbidden")}</h1>
      <p>{t("forbiddenSays", { because })}</p>
      <p>
        <button type="button" className="primary" onClick={signOut}>
          {t("signOut")}
        </button>
      </p>
    </section>
  );
}
