/** One message of an event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export interface Message {
  event: string;
  data: string;
}

/** Reads the text of an event stream in whatever pieces it arrives. */
export class Messages {
  #rest = '';

  /** The messages that this piece completes. Comments, which only say that the server is there, are none. */
  push(piece: string): Message[] {
    const blocks = (this.#rest + piece).split(/\r?\n\r?\n/);
    this.#rest = blocks.pop() ?? '';
    return blocks.map(read).filter((message) => message !== undefined);
  }
}

function read(block: string): Message | undefined {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ''] = /^([^:]+):? ?(.*)$/.exec(line) ?? [];
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  return data.length > 0 ? { event, data: data.join('\n') } : undefined;
}
