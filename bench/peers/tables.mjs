// What the peers on Node read from PostgreSQL: the statements of database.py, rows named as they are answered.
import pg from "pg";

// Instants and dates stay text, which costs least: PostgreSQL's "2015-08-11 15:59:59+00" as ISO 8601 has it.
const TIMESTAMPTZ = 1184, DATE = 1082, INT8 = 20;
pg.types.setTypeParser(TIMESTAMPTZ, (text) => text.replace(" ", "T") + ":00");
pg.types.setTypeParser(DATE, (text) => text);
pg.types.setTypeParser(INT8, Number);

// PGHOST, PGPORT, PGUSER and PGDATABASE say where.
export const pool = new pg.Pool({ max: 16 });

const TICKET =
  'entity_id AS "entityId", project_id AS "projectId", number, origin, category, subject, body, state, escalation,' +
  ' issued_at AS "issuedAt", version';
const VERSION = TICKET.replace('project_id AS "projectId", ', "");
const PROJECT =
  'entity_id AS "entityId", code, name, kind, condition, capital, introduced_on AS "introducedOn", version';
const EVENT = 'position, type, noun_version AS "nounVersion", decided_at AS "decidedAt", recorded_at AS "recordedAt"';

// Each statement has a name, so that it is prepared once on each connection.
const asking = (name, text) => async (...values) => (await pool.query({ name, text, values })).rows;

export const tickets = asking(
  "tickets", `SELECT ${TICKET} FROM peers.tickets ORDER BY issued_at DESC NULLS LAST, entity_id LIMIT $1`);
export const openTickets = asking(
  "openTickets", `SELECT ${TICKET} FROM peers.tickets WHERE is_open ORDER BY limit_due, entity_id LIMIT $1`);
export const openTicketsAsOf = asking(
  "openTicketsAsOf",
  `SELECT ${VERSION} FROM peers.ticket_versions WHERE is_open AND int8range(since, until) @> $1::bigint` +
    " ORDER BY limit_due, entity_id LIMIT $2");
export const projects = asking("projects", `SELECT ${PROJECT} FROM peers.projects ORDER BY code LIMIT $1`);
export const history = asking(
  "history", `SELECT ${EVENT} FROM peers.events WHERE noun = $1 ORDER BY position LIMIT $2`);
const ofProjects = asking(
  "ofProjects",
  `SELECT t.* FROM unnest($1::text[]) p(id) CROSS JOIN LATERAL (SELECT ${TICKET} FROM peers.tickets` +
    " WHERE project_id = p.id ORDER BY issued_at DESC NULLS LAST, entity_id LIMIT $2) t");

/** The newest tickets of each of several projects, in one statement. */
export async function ticketsOfProjects(ids, first) {
  const found = new Map(ids.map((id) => [id, []]));
  for (const row of await ofProjects(ids, first)) found.get(row.projectId).push(row);
  return ids.map((id) => found.get(id));
}

export const resolvers = {
  Query: {
    tickets: async (_, { first }) => ({ nodes: await tickets(first) }),
    projects: async (_, { first }) => ({ nodes: await projects(first) }),
    openTickets: async (_, { first }) => ({ nodes: await openTickets(first) }),
    openTicketsAsOf: async (_, { at, first }) => ({ nodes: await openTicketsAsOf(at, first) }),
    history: async (_, { of, first }) => ({ nodes: await history(of, first) }),
  },
};
