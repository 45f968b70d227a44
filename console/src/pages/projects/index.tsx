import type { PageProps } from "..";
import { ProjectPage } from "./Project";
import { Projects } from "./Projects";
import "./projects.css";

export default function ProjectPages({ rest }: PageProps) {
  const [entityId] = rest;
  return entityId === undefined ? <Projects /> : <ProjectPage key={entityId} entityId={entityId} />;
}
