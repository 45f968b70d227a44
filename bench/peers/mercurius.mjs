// mercurius on Fastify, its documents compiled by graphql-jit, what belongs to several read by its loaders.
import { readFileSync } from "node:fs";
import Fastify from "fastify";
import mercurius from "mercurius";
import { resolvers, ticketsOfProjects } from "./tables.mjs";

const app = Fastify();
app.register(mercurius, {
  schema: readFileSync(new URL("schema.graphql", import.meta.url), "utf8"),
  resolvers,
  loaders: {
    Project: {
      async tickets(queries) {
        const found = await ticketsOfProjects(queries.map(({ obj }) => obj.entityId), queries[0].params.first);
        return found.map((nodes) => ({ nodes }));
      },
    },
  },
  jit: 1,
});
await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
