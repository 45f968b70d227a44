// PostGraphile 5 over the schema `peers`, with nothing beside its own presets: what is asked, its names and its SQL are its own.
import { createServer } from "node:http";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({ pool: new pg.Pool({ max: 16 }), schemas: ["peers"] }),
  ],
  schema: { orderByNullsLast: true },
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
});
const server = createServer();
server.on("error", (error) => { throw error; });
const serving = instance.createServ(grafserv);
await serving.addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");
