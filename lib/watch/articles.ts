/** The runbook on the dashboard: an article for each alarm, as text widgets. */
import { type IWidget, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { ARTICLES, articleFor } from './runbook.ts';

const WIDTH = 12;
/** Characters of a line, and lines in a unit of height, as a browser shows them at this width. What is longer scrolls. */
const CHARACTERS = 90;
const LINES = 2.5;
const HEIGHT_MAX = 16;

/** Rows of articles, in the order of the document. */
export function articleRows(prefix: string): readonly (readonly IWidget[])[] {
  const widgets = [...ARTICLES].map(([name, text]) => articleWidget(name, articleFor(prefix, text)));
  return widgets.flatMap((widget, index) =>
    index % 2 === 0 ? [[widget, ...widgets.slice(index + 1, index + 2)]] : [],
  );
}

function articleWidget(name: string, text: string): TextWidget {
  const lines = text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / CHARACTERS)), 2);
  const height = Math.min(HEIGHT_MAX, Math.ceil(lines / LINES) + 1);
  return new TextWidget({ markdown: `## ${name}\n${text}`, width: WIDTH, height });
}
