import type { AwsRequest, AwsService } from '../emulators/emulator-process.ts';

/** What a stretch of time took. */
export interface Usage {
  /** AWS requests of functions: by service, then by operation. Undefined where the AWS stand-in is not ours to count. */
  readonly awsRequests: { readonly [service in AwsService]?: { readonly [operation: string]: number } } | undefined;
  readonly invocations: { readonly [step: string]: number };
  /** WebSocket messages by route. */
  readonly messages: { readonly [route: string]: number };
}

/** Counts AWS requests by the access key of whoever made them: every step has a key of its own. */
export class RequestCounter {
  private readonly counts = new Map<string, Map<string, number>>();

  add({ accessKeyId, service, operation }: AwsRequest): void {
    const ofCaller = this.counts.get(accessKeyId) ?? new Map<string, number>();
    const name = `${service} ${operation}`;
    ofCaller.set(name, (ofCaller.get(name) ?? 0) + 1);
    this.counts.set(accessKeyId, ofCaller);
  }

  /** Requests so far of the callers that `accept` takes. */
  of(accept: (accessKeyId: string) => boolean): NonNullable<Usage['awsRequests']> {
    const services: { [service: string]: { [operation: string]: number } } = {};
    for (const [accessKeyId, ofCaller] of this.counts) {
      if (!accept(accessKeyId)) continue;
      for (const [name, count] of ofCaller) {
        const [service = '', operation = ''] = name.split(' ');
        const operations = services[service] ?? {};
        operations[operation] = (operations[operation] ?? 0) + count;
        services[service] = operations;
      }
    }
    return services;
  }
}

/** The access key ID by which a step's requests are told apart, for example `LOCALRECORDINGCOPY`. */
export function accessKeyIdOfStep(step: string): string {
  return `LOCAL${step.replace(/[^A-Za-z0-9]/g, '').toUpperCase()}`;
}
