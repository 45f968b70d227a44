/** The list of projects, by code. */
import { useCompared } from "../../client/answer";
import { ProjectsDocument } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { Answered } from "../../parts/Said";
import { useLabel, useWords } from "../../words/language";
import { WORDS } from "./words";

export default function ProjectsPage() {
  const t = useWords(WORDS);
  const say = useLabel();
  const answer = useCompared(ProjectsDocument, { first: 100 });
  return (
    <section>
      <h1>{t("title")}</h1>
      <Answered answer={answer}>
        {({ moment }) => (
          <table className="list">
            <thead>
              <tr>
                <th scope="col">{t("name")}</th>
                <th scope="col">{t("unit")}</th>
                <th scope="col">{t("stage")}</th>
              </tr>
            </thead>
            <tbody>
              {moment.projects.nodes.map((project) => {
                const now = answer.now?.moment.projects.nodes.find((each) => each.entityId === project.entityId);
                return (
                  <tr key={project.entityId}>
                    <th scope="row" data-label={t("name")}>
                      <small>{project.code}</small> {project.name}
                    </th>
                    <td data-label={t("unit")}>{say(project.unit?.name)}</td>
                    <td data-label={t("stage")}>
                      <Differs then={project.stageLabel} now={now?.stageLabel} draw={say} />
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
      </Answered>
    </section>
  );
}
