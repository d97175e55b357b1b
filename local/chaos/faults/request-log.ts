import type { Backend } from '../../system/backends.ts';
import type { ObservedRequest } from './proxy.ts';

export type RequestLog = ReturnType<typeof createRequestLog>;

interface RequestsOfCall {
  readonly starts: ObservedRequest[];
  readonly lists: ObservedRequest[];
}

/** What the proxies saw, as far as the judge needs it. It knows nothing of what functions say about themselves. */
export function createRequestLog() {
  const faults = new Map<Backend, Map<string, number>>();
  const requests = new Map<Backend, number>();
  const storedAt = new Map<string, number>();
  const calls = new Map<string, RequestsOfCall>();
  let calm = false;

  function ofCall(path: string): RequestsOfCall | undefined {
    const [callSid] = path.match(/CA[0-9a-f]{32}/) ?? [];
    if (callSid === undefined) return undefined;
    const known = calls.get(callSid) ?? { starts: [], lists: [] };
    calls.set(callSid, known);
    return known;
  }

  return {
    add(request: ObservedRequest) {
      const { backend, operation, path, fault, effect } = request;
      if (!calm) requests.set(backend, (requests.get(backend) ?? 0) + 1);
      if (fault !== undefined) {
        const ofBackend = faults.get(backend) ?? new Map<string, number>();
        ofBackend.set(fault, (ofBackend.get(fault) ?? 0) + 1);
        faults.set(backend, ofBackend);
      }
      if (operation === 'Start') ofCall(path)?.starts.push(request);
      if (operation === 'RecordingsOfCall') ofCall(path)?.lists.push(request);
      const [recordingSid] = path.match(/RE[0-9a-f]{32}(?=\.(wav|mp3)$)/) ?? [];
      if (recordingSid !== undefined && effect !== undefined && showsObject(operation, effect.status)) {
        storedAt.set(recordingSid, Math.min(effect.at, storedAt.get(recordingSid) ?? effect.at));
      }
    },
    /** From now on nothing goes wrong any more, so that requests are no longer counted. */
    calm() {
      calm = true;
    },
    /** How often a fault of a kind met a request of a backend. */
    faults: (): ReadonlyMap<Backend, ReadonlyMap<string, number>> => faults,
    /** Requests of a backend while there were faults, with and without one. */
    requests: (backend: Backend) => requests.get(backend) ?? 0,
    /** Since when S3 is known to have had a recording's audio: milliseconds since 1970. */
    storedAt: (recordingSid: string) => storedAt.get(recordingSid),
    /**
     * How many recordings of a call beyond the first could not have been avoided: a start was held up on its way, Twilio
     * was asked for the call's recordings meanwhile and had none yet, and so another start was made.
     */
    explainedExtras: (callSid: string) => explainedExtras(calls.get(callSid)),
  };
}

/** An emulator that dies behind an upload answers nothing: that the object is there shows when it is asked for. */
function showsObject(operation: string, status: number): boolean {
  const isUpload = operation === 'PutObject' || operation === 'CompleteMultipartUpload';
  return (isUpload && (status === 200 || status === 412)) || (operation === 'HeadObject' && status === 200);
}

function explainedExtras({ starts, lists }: RequestsOfCall = { starts: [], lists: [] }): number {
  const created = starts
    .filter(({ effect }) => effect?.status === 201)
    .sort((one, other) => one.arrivedAt - other.arrivedAt);
  return created.filter((start, index) => {
    const earlier = created.slice(0, index);
    return earlier.length > 0 && earlier.every((first) => couldNotBeKnown(first, start, lists));
  }).length;
}

/** Whether the sender of `second` had asked for the call's recordings after `first`, and `first` was not there yet. */
function couldNotBeKnown(first: ObservedRequest, second: ObservedRequest, lists: readonly ObservedRequest[]): boolean {
  const answers = lists
    .filter(({ arrivedAt, delivered }) => delivered && arrivedAt > first.arrivedAt && arrivedAt < second.arrivedAt)
    .map(({ effect }) => effect?.at ?? Number.NEGATIVE_INFINITY);
  return answers.length > 0 && Math.max(...answers) < (first.effect?.at ?? Number.NEGATIVE_INFINITY);
}
