/** Log lines and metrics by Powertools: JSON lines, metrics in the embedded metric format within them. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import type { LogEvent } from '../../contract/log-events.ts';
import { MEASURES } from '../../contract/metrics.ts';
import type { Log, LogFields } from '../../ports/log.ts';
import { codeOf } from '../twilio/https-client.ts';

export interface InvocationLog extends Log {
  /** Runs one invocation: lines carry its request ID, and its metrics are written at its end, whatever it came to. */
  during<Result>(context: Context, invocation: () => Promise<Result>): Promise<Result>;
}

/**
 * Service name and metrics namespace come from Powertools' own environment variables; it has none for further dimensions.
 *
 * @param stage - the deployment's, as a dimension of all metrics: deployments in one account share the namespace
 */
export function powertoolsLog(stage: string): InvocationLog {
  const logger = new Logger();
  const metrics = new Metrics({ defaultDimensions: { stage } });
  return {
    info: (message, fields) => logger.info(message, defined(fields)),
    warn: (message, fields) => logger.warn(message, defined(fields)),
    error: (message, fields) => logger.error(message, defined(fields)),
    count: (metric, by = 1) => metrics.addMetric(metric, MetricUnit.Count, by),
    measure: (measure, value) => metrics.addMetric(measure, MetricUnit[MEASURES[measure]], value),
    async during(context, invocation) {
      logger.addContext(context);
      try {
        return await invocation();
      } catch (error) {
        logger.error('The invocation failed', { event: 'invocation_failed' satisfies LogEvent, error: named(error) });
        throw error;
      } finally {
        if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
      }
    },
  };
}

function defined({ error, ...fields }: LogFields): Record<string, unknown> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), ...(error !== undefined && { error: named(error) }) };
}

/**
 * An error as its name and stack alone: messages of others may quote requests, and with them what must not be logged.
 */
function named(error: unknown): { name: string; stack?: string } {
  const { stack } = typeof error === 'object' && error !== null ? (error as { stack?: unknown }) : {};
  const frames = typeof stack === 'string' ? stack.split('\n').filter((line) => /^\s+at /.test(line)) : undefined;
  return { name: codeOf(error), ...(frames && { stack: frames.join('\n') }) };
}
