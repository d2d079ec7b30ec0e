import { expect, test } from 'vitest';
import { operations, parseOperation } from './operations';

test('every client has its registered operations', () => {
  expect([...operations.keys()].sort()).toEqual(['admin', 'mobile', 'partner']);
  expect(operations.get('mobile')?.map(({ name }) => name)).toContain('MobileHome');
});

test('the variables are the required ones only', () => {
  const document = 'query Q($id: ID!, $input: SomeInput!, $ids: [ID!]!, $first: Int! = 5, $after: String) { a }';

  const operation = parseOperation('../../operations/mobile/Q.graphql', document);

  expect(JSON.parse(operation.variables)).toEqual({ id: '', input: {}, ids: [] });
  expect(operation).toMatchObject({ client: 'mobile', name: 'Q' });
});

test('the variables are empty without required ones', () => {
  expect(parseOperation('mobile/Q.graphql', 'query Q($first: Int = 5) { a }').variables).toBe('');
});
