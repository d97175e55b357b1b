/** CORS of buckets, which fauxqs 2.4.1 does not know: which pages of other sites may read, as `PutBucketCors` has set it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeJsonAtomically } from '../../system/atomic-file.ts';
import type { AppRequest } from '../fauxqs-internals.ts';

/** Allowed origins by bucket. */
type Rules = { readonly [bucket: string]: readonly string[] };

export function corsRules(directory: string) {
  const file = join(directory, 'cors.json');
  let rules: Rules = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Rules) : {};
  const bucketOf = ({ url }: AppRequest): string => url.split(/[/?]/)[1] ?? '';
  return {
    /** Whether the request has set the rules of a bucket, and is answered so. */
    take(request: AppRequest & { readonly body?: unknown }): boolean {
      if (request.method !== 'PUT' || !/\?cors\b/.test(request.url)) return false;
      const origins = [...String(request.body).matchAll(/<AllowedOrigin>([^<]+)</g)].map(([, origin = '']) => origin);
      rules = { ...rules, [bucketOf(request)]: origins };
      writeJsonAtomically(file, rules);
      return true;
    },
    headersFor(request: AppRequest): { readonly [name: string]: string } {
      const { origin } = request.headers;
      if (typeof origin !== 'string' || !rules[bucketOf(request)]?.includes(origin)) return {};
      return {
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'content-length,content-range',
        vary: 'origin',
      };
    },
  };
}
