/** Queries of CloudWatch Logs Insights that stand ready in the console, over the logs of all steps. */
import type { LogEvent } from '../../lambdas/shared/contract/log-events.ts';

export interface LogQuery {
  /** In the console it stands in the folder of the deployment. */
  readonly name: string;
  /** What it answers: one sentence. */
  readonly answers: string;
  /**
   * In the query language of Logs Insights; a test runs each over the lines that the steps write.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
   */
  readonly query: readonly string[];
}

/** Stands where the operator puts a call's own SID. */
export const CALL_SID_PLACEHOLDER = `CA${'0'.repeat(32)}`;

const eventIs = (event: LogEvent): string => `event = "${event}"`;

export const LOG_QUERIES: readonly LogQuery[] = [
  {
    name: 'one call',
    answers: 'What has happened to one call, in order. Put its SID in the place of the zeros.',
    query: [
      'fields @timestamp, service, level, message, event, recordingSid, attempt, status, code, reason, secondsSinceStreamStart',
      `| filter callSid = "${CALL_SID_PLACEHOLDER}"`,
      '| sort @timestamp asc',
      '| limit 1000',
    ],
  },
  {
    name: 'start errors by code',
    answers:
      "Why starts of recordings fail, by Twilio's status and code: 404 and 21220 are the race with its registration.",
    query: [
      `filter ${eventIs('recording_start_error')}`,
      '| stats count(*) as errors, max(attempt) as attempts by status, code, willRetry',
      '| sort errors desc',
    ],
  },
  {
    name: 'seconds to start',
    answers: "How long after its stream's start a call was recorded.",
    query: [
      `filter ${eventIs('recording_success')}`,
      '| stats count(*) as recordings, min(secondsSinceStreamStart) as fastest, avg(secondsSinceStreamStart) as average, pct(secondsSinceStreamStart, 90) as nineOfTen, max(secondsSinceStreamStart) as slowest, max(attempt) as attempts by how',
    ],
  },
  {
    name: 'slow starts',
    answers: 'The calls that were recorded late.',
    query: [
      'fields @timestamp, callSid, recordingSid, attempt, secondsSinceStreamStart',
      `| filter ${eventIs('recording_success')} and secondsSinceStreamStart > 5`,
      '| sort secondsSinceStreamStart desc',
      '| limit 100',
    ],
  },
  {
    name: 'fallbacks',
    answers: 'Which recordings could not be copied at the first attempt, and why.',
    query: [
      `filter ${eventIs('recording_fallback')}`,
      '| stats count(*) as failures, max(attempt) as attempts, max(retryInSeconds) as longestPause by reason, recordingSid, callSid',
      '| sort failures desc',
      '| limit 200',
    ],
  },
  {
    name: 'slow copies',
    answers: 'The recordings that came to S3 more than a minute after their end.',
    query: [
      'fields @timestamp, callSid, recordingSid, bytes, seconds, secondsSinceCompletion',
      `| filter ${eventIs('recording_stored')} and secondsSinceCompletion > 60`,
      '| sort secondsSinceCompletion desc',
      '| limit 100',
    ],
  },
  {
    name: 'errors',
    answers: 'What went wrong, by step and kind.',
    query: [
      'filter level = "ERROR" or level = "WARN"',
      '| stats count(*) as lines by service, level, event, reason, error.name',
      '| sort lines desc',
      '| limit 100',
    ],
  },
];

/** The text of a saved query. */
export function queryText(name: string): string {
  const found = LOG_QUERIES.find((query) => query.name === name);
  if (found === undefined) throw new Error(`There is no saved query ${name}.`);
  return found.query.join('\n');
}
