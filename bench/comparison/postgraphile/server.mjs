// One process of PostGraphile over the modules' tables. It prints its address and ends on SIGTERM.
import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

const service = makePgService({
  connectionString: process.env.DATABASE_URL,
  schemas: ['stores', 'staff', 'catalog', 'tasks', 'peers'],
  poolConfig: { max: Number(process.env.CONNECTIONS) },
});
const pgl = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [service],
  schema: { defaultBehavior: '+list' },
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
  grafast: { explain: false },
});
const serv = pgl.createServ(grafserv);
const server = createServer();
await serv.addTo(server);
await serv.ready();
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ addr: `127.0.0.1:${server.address().port}` })));
process.on('SIGTERM', () => process.exit(0));
if (process.env.PRINT_SCHEMA) {
  const { printSchema } = await import('postgraphile/graphql');
  console.log(printSchema(await pgl.getSchema()));
}
