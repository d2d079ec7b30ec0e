// Audits a GraphQL endpoint against the GraphQL-over-HTTP specification: node audit.mjs URL
// Fails when a MUST or a SHOULD is broken. A MAY is a notice, which is only listed.
import { auditServer } from 'graphql-http';

const url = process.argv[2];
if (!url) throw new Error('usage: node audit.mjs URL');

const results = await auditServer({ url });
const broken = results.filter(({ status }) => status === 'error' || status === 'warn');
for (const { id, name, status, reason } of results) {
  if (status !== 'ok') console.log(`${status} ${id} ${name}: ${reason}`);
}
console.log(`${results.length} audits, ${broken.length} broken`);
process.exitCode = results.length > 0 && broken.length === 0 ? 0 : 1;
