import { FileFormatError } from '../data/file-format-error';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** The most members of one object: the tensors of a file, the entries of its metadata. */
const MAX_MEMBERS = 2 ** 16;
/** The most numbers in one list: the axes of a tensor. */
const MAX_NUMBERS = 64;
/** Names in messages are cut to this length: a damaged header may have one of megabytes. */
const SHOWN = 60;

/**
 * Walks through JSON text whose form is known in advance, so that nothing else is ever built.
 *
 * `JSON.parse` keeps the last of two equal keys without a word, recurses, and makes whatever the text asks for; a
 * header needs none of that: here a second key, a nested value or a fraction is refused where it stands.
 */
export class HeaderCursor {
  #at = 0;
  #where = '';
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Calls `member` at each value of an object; it has to read that value. */
  object(member: (key: string) => void): void {
    const keys = new Set<string>();
    this.#list('{', '}', () => {
      const key = this.string();
      if (keys.has(key)) this.fail(`the key ${quoted(key)} comes twice`);
      keys.add(key);
      if (keys.size > MAX_MEMBERS) this.fail(`an object has more than ${MAX_MEMBERS} members`);
      this.#expect(':');
      member(key);
    });
  }

  /** An array of whole numbers that float64 holds exactly. */
  integers(): number[] {
    const found: number[] = [];
    this.#list('[', ']', () => {
      found.push(this.#integer());
      if (found.length > MAX_NUMBERS) this.fail(`a list has more than ${MAX_NUMBERS} numbers`);
    });
    return found;
  }

  string(): string {
    this.#skipSpace();
    const start = this.#at;
    if (this.#code(start) !== QUOTE) this.#unexpected('a string');
    let end = start + 1;
    while (end < this.#text.length && this.#code(end) !== QUOTE) end += this.#code(end) === BACKSLASH ? 2 : 1;
    if (end >= this.#text.length) this.fail('a string has no end');
    let value: string;
    try {
      value = JSON.parse(this.#text.slice(start, end + 1));
    } catch {
      return this.fail('a string holds a control character or an unknown escape');
    }
    if (hasLoneSurrogate(value)) this.fail('a string holds half a surrogate pair, which no UTF-8 text has');
    this.#at = end + 1;
    return value;
  }

  /** Nothing but spaces may follow. */
  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#unexpected('nothing but spaces after the object');
  }

  /** Names the tensor that what follows belongs to, for messages. */
  within(tensor: string, read: () => void): void {
    this.#where = `tensor ${quoted(tensor)}: `;
    read();
    this.#where = '';
  }

  fail(what: string): never {
    throw new FileFormatError(`readSafetensors: ${this.#where}${what} (header, character ${this.#at})`);
  }

  #list(open: string, close: string, item: () => void): void {
    this.#expect(open);
    if (this.#take(close)) return;
    do item();
    while (this.#take(','));
    if (!this.#take(close)) this.#unexpected(`, or ${close}`);
  }

  #integer(): number {
    this.#skipSpace();
    let end = this.#at;
    while (isDigit(this.#code(end))) end++;
    const digits = this.#text.slice(this.#at, end);
    // 1.0 and 1e3 fail at the next comma or bracket, as the format demands: only whole numbers are sizes.
    if (digits === '' || (digits.length > 1 && digits[0] === '0')) this.#unexpected('a whole number, 0 or more');
    const value = Number(digits);
    if (!Number.isSafeInteger(value)) this.fail(`the number ${cut(digits)} is beyond 2^53 − 1`);
    this.#at = end;
    return value;
  }

  #take(symbol: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== symbol) return false;
    this.#at++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) this.#unexpected(symbol);
  }

  #skipSpace(): void {
    while (isSpace(this.#code(this.#at))) this.#at++;
  }

  /** The UTF-16 unit at this place; NaN beyond the end. */
  #code(at: number): number {
    return this.#text.charCodeAt(at);
  }

  #unexpected(wanted: string): never {
    const rest = this.#text.slice(this.#at, this.#at + 12);
    return this.fail(`expected ${wanted}, got ${rest === '' ? 'the end' : JSON.stringify(rest)}`);
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** JSON's white space: space, tab, line feed, carriage return. */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

/** A name as it may stand in a message. */
export function quoted(name: string): string {
  return JSON.stringify(cut(name));
}

/** Whether text cannot be written as UTF-8. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
