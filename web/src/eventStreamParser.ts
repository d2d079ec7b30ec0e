/** A message of an event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export interface Message {
  event: string;
  data: string;
}

/** Parses the text of an event stream, in pieces of any size. */
export class EventStreamParser {
  #rest = '';

  /** Returns the messages that the piece completes. Comments, which are pings, are not messages. */
  push(piece: string): Message[] {
    const blocks = (this.#rest + piece).split(/\r?\n\r?\n/);
    this.#rest = blocks.pop() ?? '';
    return blocks.map(parseMessage).filter((message) => message !== undefined);
  }
}

function parseMessage(block: string): Message | undefined {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ''] = /^([^:]+):? ?(.*)$/.exec(line) ?? [];
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  return data.length > 0 ? { event, data: data.join('\n') } : undefined;
}
