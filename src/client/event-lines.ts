/** Server-sent events, from bytes: as much of the format as fact streams use, and what every reader has to skip. */

export interface StreamEvent {
  /** Empty where the event has none. */
  readonly id: string;
  readonly data: string;
}

/** Takes text in pieces of any size; answers the events that are complete. */
export class EventReader {
  #rest = '';
  #id = '';
  #data: string[] = [];

  read(text: string): StreamEvent[] {
    const lines = (this.#rest + text).split('\n');
    // What has no end yet may go on in the next piece.
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#take(line.endsWith('\r') ? line.slice(0, -1) : line));
  }

  #take(line: string): StreamEvent[] {
    if (line === '') return this.#end();
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (name === 'id') this.#id = value;
    if (name === 'data') this.#data.push(value);
    return [];
  }

  #end(): StreamEvent[] {
    const event = { id: this.#id, data: this.#data.join('\n') };
    const isEvent = this.#data.length > 0;
    this.#data = [];
    return isEvent ? [event] : [];
  }
}
