// graphql-yoga with graphql-jit through envelop, what belongs to several read by a data loader.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { useGraphQlJit } from "@envelop/graphql-jit";
import DataLoader from "dataloader";
import { createSchema, createYoga } from "graphql-yoga";
import { resolvers, ticketsOfProjects } from "./tables.mjs";

const schema = createSchema({
  typeDefs: readFileSync(new URL("schema.graphql", import.meta.url), "utf8"),
  resolvers: {
    ...resolvers,
    Project: {
      tickets: async ({ entityId }, { first }, context) => ({ nodes: await context.tickets.load({ entityId, first }) }),
    },
  },
});
const yoga = createYoga({
  schema,
  plugins: [useGraphQlJit()],
  context: () => ({
    tickets: new DataLoader((keys) => ticketsOfProjects(keys.map(({ entityId }) => entityId), keys[0].first)),
  }),
  graphiql: false,
  landingPage: false,
  logging: false,
});
createServer(yoga).listen(Number(process.env.PORT), "127.0.0.1");
