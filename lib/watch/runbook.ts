/** The articles of docs/runbook.md, which alarms quote and the dashboard shows: a file of the repository cannot be opened from a mail at night. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const RUNBOOK = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');

/** What stands before the first article, and is about all of them. */
const ABOUT_ALL = 'Severities';

/** Each article's text by its name, in the order of the document. */
export const ARTICLES: ReadonlyMap<string, string> = new Map(
  RUNBOOK.split(/^## /m)
    .slice(1)
    .map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end + 1).trim()] as const;
    })
    .filter(([name]) => name !== ABOUT_ALL),
);

/** Links lead to other files and articles, which have no address here: their texts stay. */
const withoutLinks = (text: string): string => text.replaceAll(/\[([^\]]+)\]\((?!https:)[^)]+\)/g, '$1');

/** An article as the dashboard shows it. */
export const articleFor = (prefix: string, text: string): string => withoutLinks(text).replaceAll('PREFIX', prefix);

/** What to do first: the first sentence after **Do**. @throws {Error} where there is no such article or sentence */
export function firstStepOf(article: string, prefix: string): string {
  const [, steps = ''] = (ARTICLES.get(article) ?? '').split(/\*\*(?:Look and do|Do)\*\*\s/);
  const [first] = /^.*?\.(?=\s|$)/.exec(withoutLinks(steps).replaceAll(/\s+/g, ' ')) ?? [];
  if (first === undefined) throw new Error(`docs/runbook.md: the article ${article} does not say what to do.`);
  return first.replaceAll('`', '').replaceAll('PREFIX', prefix);
}
