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
  const source = document.startsWith('\uFEFF') ? document.slice(1) : document;
  const open: Open[] = [];
  let root: XmlElement | null = null;
  let at = 0;

  function fail(message: string): never {
    const before = source.slice(0, at).split('\n');
    throw new TwimlError(`${message} (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`);
  }
  function take(pattern: RegExp): string {
    pattern.lastIndex = at;
    const taken = pattern.exec(source)?.[0] ?? '';
    at += taken.length;
    return taken;
  }
  /** What stands before `end`, moving behind it. */
  function until(end: string, what: string): string {
    const stop = source.indexOf(end, at);
    if (stop < 0) fail(`${what} is not closed by ${end}`);
    const inside = source.slice(at, stop);
    at = stop + end.length;
    return inside;
  }
  function decode(text: string): string {
    return text.replace(/&([^;&\s]*;?)/g, (whole, body: string) => {
      const [, hex, decimal, named] = /^(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));$/.exec(body) ?? [];
      const code = hex ? Number.parseInt(hex, 16) : decimal ? Number(decimal) : null;
      if (code !== null && code > 0 && code <= 0x10ffff) return String.fromCodePoint(code);
      const entity = named !== undefined && Object.hasOwn(ENTITIES, named) ? ENTITIES[named] : undefined;
      return entity ?? fail(`${whole} is not an entity; write &amp; for a plain &`);
    });
  }
  function addText(text: string): void {
    const parent = open.at(-1);
    if (parent) parent.text += text;
    else if (text.trim() !== '') fail('there is text outside of <Response>');
  }
  function readAttributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    for (;;) {
      const blanks = take(BLANKS);
      const name = take(NAME);
      if (name === '') return attributes;
      if (blanks === '') fail(`a blank is missing before ${name}`);
      take(BLANKS);
      if (source[at] !== '=') fail(`attribute ${name} has no value`);
      at += 1;
      take(BLANKS);
      const quote = source[at];
      if (quote !== '"' && quote !== "'") fail(`the value of ${name} is not in quotes`);
      at += 1;
      const value = until(quote, `the value of ${name}`);
      if (value.includes('<')) fail(`the value of ${name} contains <`);
      if (attributes.has(name)) fail(`attribute ${name} is given twice`);
      attributes.set(name, decode(value));
    }
  }
  function close(element: Open): void {
    const finished: XmlElement = { ...element, text: element.text.trim() };
    const parent = open.at(-1);
    if (parent) parent.children.push(finished);
    else root = finished;
  }
  function openTag(): void {
    const name = take(NAME);
    if (name === '') fail('an element name is missing after <');
    if (open.length === 0 && root) fail(`there is a second root, <${name}>`);
    const element: Open = { name, attributes: readAttributes(), children: [], text: '' };
    const end = take(/\/?>/y);
    if (end === '') fail(`<${name}> is not closed by >`);
    if (end === '/>') close(element);
    else open.push(element);
  }
  function closeTag(): void {
    const name = take(NAME);
    take(BLANKS);
    if (take(/>/y) === '') fail(`</${name} is not closed by >`);
    const element = open.pop();
    if (element?.name !== name) fail(`</${name}> closes ${element ? `<${element.name}>` : 'nothing'}`);
    close(element);
  }

  while (at < source.length) {
    if (take(/<!--/y)) until('-->', 'a comment');
    else if (take(/<!\[CDATA\[/y)) addText(until(']]>', 'CDATA'));
    else if (take(/<\?/y)) until('?>', 'an instruction');
    else if (take(/<!/y)) fail('document types are not allowed');
    else if (take(/<\//y)) closeTag();
    else if (take(/</y)) openTag();
    else addText(decode(take(/[^<]+/y)));
  }
  const unclosed = open.at(-1);
  if (unclosed) fail(`<${unclosed.name}> is not closed`);
  return asResponse(root);
}

function asResponse(root: XmlElement | null): XmlElement {
  if (root?.name !== 'Response')
    throw new TwimlError(`the document is ${root ? `<${root.name}>` : 'empty'}, not <Response>`);
  return root;
}
