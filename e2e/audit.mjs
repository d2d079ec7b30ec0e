// Audits a GraphQL endpoint against the GraphQL over HTTP specification: node audit.mjs URL
// Fails if a MUST or a SHOULD is violated. A MAY is only listed.
import { auditServer } from 'graphql-http';

const url = process.argv[2];
if (!url) throw new Error('usage: node audit.mjs URL');

const results = await auditServer({ url });
const violations = results.filter(({ status }) => status === 'error' || status === 'warn');
for (const { id, name, status, reason } of results) {
  if (status !== 'ok') console.log(`${status} ${id} ${name}: ${reason}`);
}
console.log(`${results.length} audits, ${violations.length} violations`);
process.exitCode = results.length > 0 && violations.length === 0 ? 0 : 1;
