import { runQuery } from './insights.ts';

const LINES = [
  { timestamp: '2026-03-01T12:00:02.000Z', event: 'b', seconds: 2, error: { name: 'ECONNRESET' }, willRetry: true },
  { timestamp: '2026-03-01T12:00:01.000Z', event: 'a', seconds: 10, willRetry: false },
  { timestamp: '2026-03-01T12:00:03.000Z', event: 'a', seconds: 1 },
  { timestamp: '2026-03-01T12:00:04.000Z', event: 'a' },
];
const rows = (query: string) => runQuery(query, LINES).rows;

test('fields are shown in their order, nested ones by dots, truths as numbers', () => {
  expect(rows('fields @timestamp, error.name, willRetry | sort @timestamp | limit 2')).toEqual([
    { '@timestamp': '2026-03-01T12:00:01.000Z', 'error.name': undefined, willRetry: 0 },
    { '@timestamp': '2026-03-01T12:00:02.000Z', 'error.name': 'ECONNRESET', willRetry: 1 },
  ]);
});

test.each([
  ['event = "a"', [10, 1, undefined]],
  ['event != "a"', [2]],
  ['seconds > 1', [2, 10]],
  ['seconds >= 2 and event = "b"', [2]],
  ['seconds < 2 or event = "b"', [2, 1]],
  ['seconds <= 1', [1]],
  ['event = "a" and seconds > 1 or event = "b"', [2, 10]],
])('filter %s', (condition, expected) => {
  expect(rows(`fields seconds | filter ${condition}`).map(({ seconds }) => seconds)).toEqual(expected);
});

test('stats are taken over what is there, by groups', () => {
  const query =
    'stats count(*) as n, count(seconds) as known, min(seconds) as least, max(seconds) as most, avg(seconds) as mean, pct(seconds, 50) as middle by event | sort n desc';
  expect(rows(query)).toEqual([
    { event: 'a', n: 3, known: 2, least: 1, most: 10, mean: 5.5, middle: 1 },
    { event: 'b', n: 1, known: 1, least: 2, most: 2, mean: 2, middle: 2 },
  ]);
  expect(rows('stats max(nothing) as most')).toEqual([{ most: undefined }]);
});

test('what has no value comes last, whichever way one sorts', () => {
  const seconds = (order: string) => rows(`fields seconds | sort seconds ${order}`).map((row) => row.seconds);
  expect(seconds('asc')).toEqual([1, 2, 10, undefined]);
  expect(seconds('desc')).toEqual([10, 2, 1, undefined]);
});

test('the fields that a query names are told, without what it makes itself', () => {
  const { fields } = runQuery('filter event = "a" | stats max(seconds) as most by error.name | sort most', LINES);
  expect(fields).toEqual(['event', 'error.name', 'seconds']);
});

test.each([
  'parse @message "x" as y',
  'fields a | dedup a',
  'filter event like /a/',
  'filter (event = "a")',
  'filter event > "a"',
  'stats count(*)',
  'stats stddev(seconds) as s',
  'stats count(*) as n by bin(5m)',
  'stats count(*) as n | sort seconds',
  'sort seconds down',
  'limit ten',
  'fields 1a',
])('what it does not know is an error: %s', (query) => {
  expect(() => rows(query)).toThrow();
});
