import type { AwsRequest, AwsService } from '../emulators/emulator-process.ts';

/** What a stretch of time took. */
export interface Usage {
  /** AWS requests of functions: by service, then by operation. Undefined where the AWS stand-in is not ours to count. */
  readonly awsRequests: { readonly [service in AwsService]?: { readonly [operation: string]: number } } | undefined;
  readonly invocations: { readonly [step: string]: number };
  /** WebSocket messages by route. */
  readonly messages: { readonly [route: string]: number };
}

/** Counts AWS requests by the access key of their sender: every step has a key of its own. */
export class RequestCounter {
  readonly #counts = new Map<string, number>();

  add({ accessKeyId, service, operation }: AwsRequest): void {
    const request = `${accessKeyId} ${service} ${operation}`;
    this.#counts.set(request, (this.#counts.get(request) ?? 0) + 1);
  }

  /** Requests so far of the callers that `accept` takes. */
  of(accept: (accessKeyId: string) => boolean): NonNullable<Usage['awsRequests']> {
    const services: { [service: string]: { [operation: string]: number } } = {};
    for (const [request, count] of this.#counts) {
      const [accessKeyId = '', service = '', operation = ''] = request.split(' ');
      if (!accept(accessKeyId)) continue;
      const operations = services[service] ?? {};
      operations[operation] = (operations[operation] ?? 0) + count;
      services[service] = operations;
    }
    return services;
  }
}

/** What the time between two measurements took. What did not come in it is left out. */
export function difference(after: Usage, before: Usage): Usage {
  const ofService = ([service, operations]: [string, Counts]) =>
    [service, subtract(operations, before.awsRequests?.[service as AwsService] ?? {})] as const;
  return {
    invocations: subtract(after.invocations, before.invocations),
    messages: subtract(after.messages, before.messages),
    awsRequests: after.awsRequests && Object.fromEntries(Object.entries(after.awsRequests).map(ofService)),
  };
}

export type Counts = { readonly [name: string]: number };

function subtract(after: Counts, before: Counts): Counts {
  const differences = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(differences.filter(([, count]) => count > 0));
}

/** The access key ID by which a step's requests are told apart, for example `LOCALRECORDINGCOPY`. */
export function accessKeyIdOfStep(step: string): string {
  return `LOCAL${step.replace(/[^A-Za-z0-9]/g, '').toUpperCase()}`;
}
