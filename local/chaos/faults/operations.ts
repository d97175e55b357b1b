import { s3Operation } from '../../emulators/s3-operation.ts';
import type { Backend } from '../../system/backends.ts';
import { MEDIA } from './fault-schedule.ts';

/** The part of a request that tells what it asks for. */
export interface AskedFor {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** The header `x-amz-target`, by which AWS's JSON protocols name their operation. */
  readonly amzTarget: string | undefined;
}

/** Names what a request asks for: AWS's name of the operation, or ours of a request to Twilio. */
export function operationOf(backend: Backend, { method, target, amzTarget }: AskedFor): string {
  if (backend === 's3') return s3Operation({ method, url: target });
  if (backend === 'twilio') return twilioOperation(method, new URL(target, 'http://twilio').pathname);
  return amzTarget?.split('.').at(-1) ?? 'unknown';
}

function twilioOperation(method: string, path: string): string {
  if (/\/Calls\/CA[0-9a-f]{32}\/Recordings\.json$/.test(path)) return method === 'POST' ? 'Start' : 'RecordingsOfCall';
  if (/\/Calls\/CA[0-9a-f]{32}\.json$/.test(path)) return 'Call';
  if (/\/Recordings\/RE[0-9a-f]{32}\.(wav|mp3)$/.test(path)) return MEDIA;
  if (/\/Recordings\/RE[0-9a-f]{32}\.json$/.test(path)) return method === 'DELETE' ? 'Delete' : 'Recording';
  return path.endsWith('/Recordings.json') ? 'Recordings' : 'unknown';
}
