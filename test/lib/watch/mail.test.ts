/** What an alarm's mail says, and that its links lead to what is deployed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { consoleDomainIn } from '../../../lib/watch/mail.ts';
import { CANARY, type Json, type Resource, type Synthesized, synthesize } from '../synthesized.ts';

const RUNBOOK = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'runbook.md'), 'utf8');
/** The longest of what a deployment may fill in. */
const REGION = 'ap-northeast-3';
const STAGE = 'a-stage-of-20-letter';
const PREFIX = `call-recorder-${STAGE}`;
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const DESCRIPTION_MAX = 1024;

let stack: Synthesized;
let widgets: Json[];
beforeAll(async () => {
  stack = await synthesize({ stage: STAGE, canary: CANARY });
  widgets = JSON.parse(resolved(stack.one('AWS::CloudWatch::Dashboard')[1].Properties.DashboardBody)).widgets;
});

/** As CloudFormation fills it in. */
function resolved(value: Json): string {
  if (typeof value === 'string') return value;
  if (value['Fn::Join']) return value['Fn::Join'][1].map(resolved).join(value['Fn::Join'][0]);
  return value.Ref === 'AWS::Region' ? REGION : 'filled-in';
}

interface Mail {
  readonly name: string;
  readonly description: string;
  readonly severity: string;
  readonly whatBreaks: string;
  readonly first: string;
  readonly article: string;
  readonly dashboard: string;
  readonly log: string;
}

function mailOf({ Properties }: Resource): Mail {
  const description = resolved(Properties.AlarmDescription);
  const form =
    /^(?<severity>PAGE|NOTICE): (?<whatBreaks>[A-Z].*\.)\nFirst: (?<first>.*\.)\nArticle "(?<article>[a-z-]+)": (?<dashboard>\S+)\nLog: (?<log>\S+)$/;
  const { groups } = form.exec(description) ?? {};
  if (groups === undefined) throw new Error(`${Properties.AlarmName} says:\n${description}`);
  return { name: Properties.AlarmName, description, ...(groups as Omit<Mail, 'name' | 'description'>) };
}

const mails = () => Object.values(stack.all('AWS::CloudWatch::Alarm')).map(mailOf);
const articles = () =>
  new Map<string, string>(
    widgets
      .filter(({ type, properties }) => type === 'text' && properties.markdown.startsWith('## '))
      .map(({ properties }) => {
        const [title = '', ...text] = properties.markdown.split('\n');
        return [title.slice(3), text.join('\n')];
      }),
  );

test('each fits into what CloudWatch takes, with the longest names', () => {
  const lengths = mails().map(({ name, description }) => [name, description.length] as const);
  expect(lengths.filter(([, length]) => length > DESCRIPTION_MAX)).toEqual([]);
});

test('its severity is that of its topic', () => {
  for (const [id, { Properties }] of Object.entries(stack.all('AWS::CloudWatch::Alarm'))) {
    const topic = stack.resources[Properties.AlarmActions[0].Ref]?.Properties.TopicName;
    const { severity } = mailOf(stack.resources[id] as Resource);
    expect([id, topic]).toEqual([id, `${PREFIX}-${severity === 'PAGE' ? 'alarms' : 'notices'}`]);
  }
});

test('what to do first stands in the article, and can be done without another one', () => {
  const plain = RUNBOOK.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    .replaceAll('`', '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('PREFIX', PREFIX);
  for (const { name, first } of mails()) {
    expect([name, first.length > 20 && first.length <= 240]).toEqual([name, true]);
    expect([name, plain.includes(first)]).toEqual([name, true]);
    expect(first).not.toMatch(/^As for /);
  }
});

test('the article that it names stands on the dashboard, whole, and no article is without an alarm', () => {
  const found = articles();
  for (const { name, article } of mails())
    expect([name, found.get(article)?.includes('**What breaks**')]).toEqual([name, true]);
  expect([...new Set(mails().map(({ article }) => article))].sort()).toEqual([...found.keys()].sort());
  for (const [article, text] of found) {
    const [, written = ''] = RUNBOOK.split(`\n## ${article}\n`);
    const [own = ''] = written.split('\n## ');
    const words = (markdown: string) =>
      markdown
        .replaceAll(/\[([^\]]+)\]\((?!https:)[^)]+\)/g, '$1')
        .replaceAll('PREFIX', PREFIX)
        .trim();
    expect(text).toBe(words(own));
    // A link to another file or article opens nothing there.
    expect(text).not.toMatch(/\]\((?!https:)/);
  }
});

test('the dashboard link is that of the dashboard, in its region', () => {
  const [, { Properties }] = stack.one('AWS::CloudWatch::Dashboard');
  for (const { dashboard } of mails()) {
    const { origin, pathname, searchParams, hash } = new URL(dashboard);
    expect([origin, pathname]).toEqual([`https://${REGION}.console.aws.amazon.com`, '/cloudwatch/home']);
    expect(searchParams.get('region')).toBe(REGION);
    expect(hash).toBe(`#dashboards/dashboard/${Properties.DashboardName}`);
  }
});

test.each([
  ['eu-central-1', 'console.aws.amazon.com'],
  ['cn-north-1', 'console.amazonaws.cn'],
  ['us-gov-west-1', 'console.amazonaws-us-gov.com'],
])('the console of %s is at %s', (region, domain) => {
  expect(consoleDomainIn(region)).toBe(domain);
});

/** What the console reads from such a link. */
function queryOf(link: string): { readonly query: string; readonly logGroup: string } {
  const { hash } = new URL(link);
  const [, detail = ''] = decodeURIComponent(hash.replaceAll('$', '%')).split('#logsV2:logs-insights?queryDetail=');
  const form =
    /^~\(end~0~start~-3600~timeType~'RELATIVE~unit~'seconds~editorString~'([^~()']+)~source~\(~'([^~()']+)\)\)$/;
  const [, query = '', logGroup = ''] = form.exec(decodeURIComponent(detail)) ?? [];
  return {
    query: decodeURIComponent(query.replaceAll('*', '%')),
    logGroup: decodeURIComponent(logGroup.replaceAll('*', '%')),
  };
}

test('the log link is the saved query, over the log of a step', () => {
  const [, { Properties: saved }] = stack.one('AWS::Logs::QueryDefinition', ({ Name }) => Name === `${PREFIX}/errors`);
  const groups = Object.values(stack.all('AWS::Logs::LogGroup')).map(({ Properties }) => Properties.LogGroupName);
  for (const { name, log } of mails()) {
    const { query, logGroup } = queryOf(log);
    expect([name, query]).toEqual([name, saved.QueryString]);
    expect([name, groups.includes(logGroup)]).toEqual([name, true]);
    // Mail programs end a link at such characters.
    expect(log).not.toMatch(/[\s'"()<>~]/);
  }
});

test('the dashboard stays within what CloudWatch shows', () => {
  const lists = widgets.filter(({ type }) => type === 'alarm');
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
  expect(lists.map(({ properties }) => properties.title)).toEqual(['Pages', 'Notices']);
  for (const { properties } of lists) expect(properties.alarms.length).toBeLessThanOrEqual(100);
  expect(widgets.length).toBeLessThanOrEqual(500);
  for (const { height, width } of widgets) expect(height <= 1000 && width <= 24).toBe(true);
});
