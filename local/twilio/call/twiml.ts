/**
 * A strict parser for the XML that TwiML uses: elements, attributes, text, entities, CDATA and comments. Document types
 * are refused, so that no document can name further files or grow by its entities.
 */

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The text directly inside, without surrounding blanks. */
  readonly text: string;
}

/** Twilio's error 12100: the document cannot be parsed. The message says where and why. */
export class TwimlError extends Error {
  readonly code = 12100;
}

interface Open {
  name: string;
  attributes: Map<string, string>;
  children: XmlElement[];
  text: string;
}

const NAME = /[A-Za-z_][A-Za-z0-9_.:-]*/y;
const BLANKS = /[ \t\r\n]*/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Parses a document whose root is `<Response>`.
 * @throws TwimlError
 */
export function parseTwiml(document: string): XmlElement {
  return new TwimlParser(document.startsWith('\uFEFF') ? document.slice(1) : document).parse();
}

class TwimlParser {
  readonly #source: string;
  #at = 0;
  readonly #open: Open[] = [];
  #root: XmlElement | null = null;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): XmlElement {
    while (this.#at < this.#source.length) {
      if (this.#take(/<!--/y)) this.#until('-->', 'a comment');
      else if (this.#take(/<!\[CDATA\[/y)) this.#addText(this.#until(']]>', 'CDATA'));
      else if (this.#take(/<\?/y)) this.#until('?>', 'an instruction');
      else if (this.#take(/<!/y)) this.#fail('document types are not allowed');
      else if (this.#take(/<\//y)) this.#closeTag();
      else if (this.#take(/</y)) this.#openTag();
      else this.#addText(this.#decode(this.#take(/[^<]+/y)));
    }
    const unclosed = this.#open.at(-1);
    if (unclosed) this.#fail(`<${unclosed.name}> is not closed`);
    return asResponse(this.#root);
  }

  #fail(message: string): never {
    const before = this.#source.slice(0, this.#at).split('\n');
    throw new TwimlError(`${message} (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`);
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#source)?.[0] ?? '';
    this.#at += taken.length;
    return taken;
  }

  /** What stands before `end`, moving behind it. */
  #until(end: string, what: string): string {
    const stop = this.#source.indexOf(end, this.#at);
    if (stop < 0) this.#fail(`${what} is not closed by ${end}`);
    const inside = this.#source.slice(this.#at, stop);
    this.#at = stop + end.length;
    return inside;
  }

  #decode(text: string): string {
    return text.replace(/&([^;&\s]*;?)/g, (whole, body: string) => {
      const [, hex, decimal, named] = /^(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));$/.exec(body) ?? [];
      const code = hex ? Number.parseInt(hex, 16) : decimal ? Number(decimal) : null;
      if (code !== null && code > 0 && code <= 0x10ffff) return String.fromCodePoint(code);
      const entity = named !== undefined && Object.hasOwn(ENTITIES, named) ? ENTITIES[named] : undefined;
      return entity ?? this.#fail(`${whole} is not an entity; write &amp; for a plain &`);
    });
  }

  #addText(text: string): void {
    const parent = this.#open.at(-1);
    if (parent) parent.text += text;
    else if (text.trim() !== '') this.#fail('there is text outside of <Response>');
  }

  #openTag(): void {
    const name = this.#take(NAME);
    if (name === '') this.#fail('an element name is missing after <');
    if (this.#open.length === 0 && this.#root) this.#fail(`there is a second root, <${name}>`);
    const element: Open = { name, attributes: this.#readAttributes(), children: [], text: '' };
    const end = this.#take(/\/?>/y);
    if (end === '') this.#fail(`<${name}> is not closed by >`);
    if (end === '/>') this.#close(element);
    else this.#open.push(element);
  }

  #readAttributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    for (;;) {
      const blanks = this.#take(BLANKS);
      const name = this.#take(NAME);
      if (name === '') return attributes;
      if (blanks === '') this.#fail(`a blank is missing before ${name}`);
      this.#take(BLANKS);
      if (this.#take(/=/y) === '') this.#fail(`attribute ${name} has no value`);
      this.#take(BLANKS);
      const quote = this.#take(/["']/y);
      if (quote === '') this.#fail(`the value of ${name} is not in quotes`);
      const value = this.#until(quote, `the value of ${name}`);
      if (value.includes('<')) this.#fail(`the value of ${name} contains <`);
      if (attributes.has(name)) this.#fail(`attribute ${name} is given twice`);
      attributes.set(name, this.#decode(value));
    }
  }

  #closeTag(): void {
    const name = this.#take(NAME);
    this.#take(BLANKS);
    if (this.#take(/>/y) === '') this.#fail(`</${name} is not closed by >`);
    const element = this.#open.pop();
    if (element?.name !== name) this.#fail(`</${name}> closes ${element ? `<${element.name}>` : 'nothing'}`);
    this.#close(element);
  }

  #close(element: Open): void {
    const finished: XmlElement = { ...element, text: element.text.trim() };
    const parent = this.#open.at(-1);
    if (parent) parent.children.push(finished);
    else this.#root = finished;
  }
}

function asResponse(root: XmlElement | null): XmlElement {
  if (root?.name !== 'Response')
    throw new TwimlError(`the document is ${root ? `<${root.name}>` : 'empty'}, not <Response>`);
  return root;
}
