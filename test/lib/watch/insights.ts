/**
 * Runs queries of CloudWatch Logs Insights over lines in memory: exactly the part of the language that our queries use. Whatever
 * else a query says is an error, so that no query passes here by being misread.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */

export type Line = { readonly [name: string]: unknown };
export type Value = string | number | undefined;
export type ResultRow = { readonly [name: string]: Value };

export interface Result {
  readonly rows: readonly ResultRow[];
  /** Fields of the lines that the query names, in the order in which it does. */
  readonly fields: readonly string[];
}

/** Where a query names no limit. */
const LIMIT_DEFAULT = 10_000;

interface Run {
  rows: ResultRow[];
  /** Names that exist from here on; `undefined` while lines are as they came. */
  columns: ReadonlySet<string> | undefined;
  readonly fields: Set<string>;
}

/** @throws {Error} that names what of the query is not known here. */
export function runQuery(query: string, lines: readonly Line[]): Result {
  const run: Run = { rows: lines.map(flat), columns: undefined, fields: new Set() };
  let limited = false;
  let shown: readonly string[] | undefined;
  for (const command of query.split('|').map((text) => text.trim())) {
    const [, name = '', rest = ''] = /^(\w+)\s+([\s\S]+)$/.exec(command) ?? [];
    switch (name) {
      case 'fields':
        shown = listOf(rest).map((field) => used(run, field));
        break;
      case 'filter':
        filter(run, rest);
        break;
      case 'stats':
        stats(run, rest);
        break;
      case 'sort':
        sort(run, rest);
        break;
      case 'limit':
        run.rows = run.rows.slice(0, wholeNumber(rest));
        limited = true;
        break;
      default:
        throw new Error(`The command "${command}" is not known here.`);
    }
  }
  if (!limited) run.rows = run.rows.slice(0, LIMIT_DEFAULT);
  const only = run.columns === undefined ? shown : undefined;
  const rows = only ? run.rows.map((row) => Object.fromEntries(only.map((field) => [field, row[field]]))) : run.rows;
  return { rows, fields: [...run.fields] };
}

/** Nested fields go by dots; the service names the time of a line `@timestamp`. */
function flat(line: Line): ResultRow {
  const row: { [name: string]: Value } = {};
  const add = (prefix: string, value: unknown) => {
    if (typeof value === 'object' && value !== null) {
      for (const [name, field] of Object.entries(value)) add(prefix === '' ? name : `${prefix}.${name}`, field);
    } else if (value !== null && value !== undefined) {
      // Truths are 1 and 0, so that they sort.
      row[prefix] = typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : String(value);
    }
  };
  add('', line);
  return { ...row, '@timestamp': row.timestamp };
}

const FIELD = String.raw`@?[A-Za-z_][\w.]*`;

/** Notes that the query uses a field, which must be one that exists at this point. */
function used(run: Run, field: string): string {
  if (!new RegExp(`^${FIELD}$`).test(field)) throw new Error(`"${field}" is no field.`);
  if (run.columns === undefined) run.fields.add(field);
  else if (!run.columns.has(field)) throw new Error(`After stats there is no "${field}".`);
  return field;
}

const listOf = (text: string): string[] => splitOutside(text, ',').map((part) => part.trim());

/** Splits at `separator` where it stands outside of brackets and quotes. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === separator && depth === 0 && !quoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

/** `a = "x" and b > 5 or c = 1`; `and` binds more tightly than `or`, brackets are not known. */
function filter(run: Run, text: string): void {
  const either = text.split(/\s+or\s+/).map((both) => both.split(/\s+and\s+/).map((one) => condition(run, one)));
  run.rows = run.rows.filter((row) => either.some((both) => both.every((holds) => holds(row))));
}

function condition(run: Run, text: string): (row: ResultRow) => boolean {
  const [, name = '', operator = '', quoted, number] =
    new RegExp(`^(${FIELD})\\s*(=|!=|>=|<=|>|<)\\s*(?:"([^"]*)"|(-?\\d+(?:\\.\\d+)?))$`).exec(text.trim()) ?? [];
  if (name === '') throw new Error(`The condition "${text}" is not known here.`);
  const field = used(run, name);
  const wanted = quoted ?? Number(number);
  return (row) => {
    const value = row[field];
    if (value === undefined) return operator === '!=';
    if (operator === '=') return value === wanted;
    if (operator === '!=') return value !== wanted;
    if (typeof wanted !== 'number') throw new Error(`Texts are compared by = and != alone: "${text}".`);
    const difference = Number(value) - wanted;
    if (operator === '>') return difference > 0;
    if (operator === '>=') return difference >= 0;
    return operator === '<' ? difference < 0 : difference <= 0;
  };
}

type Aggregate = (rows: readonly ResultRow[]) => Value;

/** `stats count(*) as n, max(x) as m by a, b`. */
function stats(run: Run, text: string): void {
  const [aggregated = '', grouped] = text.split(/\s+by\s+/);
  const groups = grouped === undefined ? [] : listOf(grouped).map((field) => used(run, field));
  const aggregates = listOf(aggregated).map((part) => {
    const [, call = '', name = ''] = /^(.+?)\s+as\s+(\w+)$/.exec(part) ?? [];
    if (name === '') throw new Error(`"${part}" has no name: write it as "… as name".`);
    return [name, aggregate(run, call)] as const;
  });
  const byKey = new Map<string, ResultRow[]>();
  for (const row of run.rows) {
    const key = JSON.stringify(groups.map((field) => row[field] ?? null));
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
  }
  run.rows = [...byKey.values()].map((rows) => ({
    ...Object.fromEntries(groups.map((field) => [field, rows[0]?.[field]])),
    ...Object.fromEntries(aggregates.map(([name, of]) => [name, of(rows)])),
  }));
  run.columns = new Set([...groups, ...aggregates.map(([name]) => name)]);
}

function aggregate(run: Run, call: string): Aggregate {
  if (call === 'count(*)') return (rows) => rows.length;
  const [, name, inner = ''] = /^(count|min|max|avg|pct)\(([^()]+)\)$/.exec(call) ?? [];
  const [given = '', share] = listOf(inner);
  const field = used(run, given);
  const values = (rows: readonly ResultRow[]) =>
    rows.flatMap((row) => (row[field] === undefined ? [] : [Number(row[field])])).sort((a, b) => a - b);
  switch (name) {
    case 'count':
      return (rows) => values(rows).length;
    case 'min':
      return (rows) => values(rows)[0];
    case 'max':
      return (rows) => values(rows).at(-1);
    case 'avg':
      return (rows) => {
        const known = values(rows);
        return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
      };
    case 'pct': {
      const percent = wholeNumber(share ?? '');
      return (rows) => {
        const known = values(rows);
        return known[Math.max(0, Math.ceil((percent / 100) * known.length) - 1)];
      };
    }
    default:
      throw new Error(`The function "${call}" is not known here.`);
  }
}

/** `sort x`, `sort x asc`, `sort x desc`; what has no value comes last. */
function sort(run: Run, text: string): void {
  const [, name = '', order = 'asc'] = new RegExp(`^(${FIELD})(?:\\s+(asc|desc))?$`).exec(text.trim()) ?? [];
  if (name === '') throw new Error(`The order "${text}" is not known here.`);
  const field = used(run, name);
  const sign = order === 'desc' ? -1 : 1;
  run.rows.sort((one, other) => {
    const [a, b] = [one[field], other[field]];
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
    if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
    return sign * (String(a) < String(b) ? -1 : Number(String(a) > String(b)));
  });
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text.trim())) throw new Error(`"${text}" is no whole number.`);
  return Number(text);
}
