import { expect, test } from 'vitest';
import { EventStreamParser } from './eventStreamParser';

test.each([
  ['whole', ['event: next\ndata: {"a":1}\n\nevent: complete\ndata: \n\n']],
  ['in pieces', ['ev', 'ent: next\nda', 'ta: {"a":1}\n', '\neven', 't: complete\ndata: \n', '\n']],
  ['with CRLF line ends', ['event: next\r\ndata: {"a":1}\r\n\r', '\nevent: complete\r\ndata: \r\n\r\n']],
  ['without spaces', ['event:next\ndata:{"a":1}\n\nevent:complete\ndata:\n\n']],
])('parses messages that arrive %s', (_, pieces) => {
  const parser = new EventStreamParser();

  expect(pieces.flatMap((piece) => parser.push(piece))).toEqual([
    { event: 'next', data: '{"a":1}' },
    { event: 'complete', data: '' },
  ]);
});

test('ignores comments', () => {
  expect(new EventStreamParser().push(':\n\n: still here\n\n')).toEqual([]);
});

test('joins data lines of a message', () => {
  expect(new EventStreamParser().push('data: {\ndata: }\n\n')).toEqual([{ event: 'message', data: '{\n}' }]);
});
