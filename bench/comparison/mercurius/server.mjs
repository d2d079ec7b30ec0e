// One process of Mercurius with loaders and JIT over hand-written SQL. It prints its address and ends on SIGTERM.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import pg from 'pg';
import { loaders, resolvers } from './resolvers.mjs';
import { schema } from './schema.mjs';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.CONNECTIONS) });
// A named statement is prepared once per connection.
const rows = async (name, text, values) => (await pool.query({ name, text, values })).rows;

const app = Fastify();
app.register(mercurius, { schema, resolvers, loaders, jit: 1, path: '/graphql', context: () => ({ rows }) });
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify({ addr: `127.0.0.1:${app.server.address().port}` }));
process.on('SIGTERM', () => process.exit(0));
