import { expect, test } from 'vitest';
import { Messages } from './events';

test.each([
  ['whole', ['event: next\ndata: {"a":1}\n\nevent: complete\ndata: \n\n']],
  ['in pieces', ['ev', 'ent: next\nda', 'ta: {"a":1}\n', '\neven', 't: complete\ndata: \n', '\n']],
  ['with the line ends of another system', ['event: next\r\ndata: {"a":1}\r\n\r', '\nevent: complete\r\ndata: \r\n\r\n']],
  ['without blanks', ['event:next\ndata:{"a":1}\n\nevent:complete\ndata:\n\n']],
])('messages are read when they come %s', (_, pieces) => {
  const messages = new Messages();

  expect(pieces.flatMap((piece) => messages.push(piece))).toEqual([
    { event: 'next', data: '{"a":1}' },
    { event: 'complete', data: '' },
  ]);
});

test('a comment is no message', () => {
  expect(new Messages().push(':\n\n: still here\n\n')).toEqual([]);
});

test('data of several lines is one message', () => {
  expect(new Messages().push('data: {\ndata: }\n\n')).toEqual([{ event: 'message', data: '{\n}' }]);
});
