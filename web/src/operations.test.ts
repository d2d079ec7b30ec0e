import { expect, test } from 'vitest';
import { describe as describeOperation, operations } from './operations';

test('every client has its registered operations', () => {
  expect([...operations.keys()].sort()).toEqual(['admin', 'mobile', 'partner']);
  expect(operations.get('mobile')?.map(({ name }) => name)).toContain('MobileHome');
});

test('the variables hold what is required, and nothing else', () => {
  const document = 'query Q($id: ID!, $input: SomeInput!, $ids: [ID!]!, $first: Int! = 5, $after: String) { a }';

  const operation = describeOperation('../../operations/mobile/Q.graphql', document);

  expect(JSON.parse(operation.variables)).toEqual({ id: '', input: {}, ids: [] });
  expect(operation).toMatchObject({ client: 'mobile', name: 'Q' });
});

test('without required variables there are none', () => {
  expect(describeOperation('mobile/Q.graphql', 'query Q($first: Int = 5) { a }').variables).toBe('');
});
