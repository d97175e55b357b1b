import { keptSecret } from '../system/kept-secret.ts';

/**
 * The AWS secret access key of a data directory, as long as AWS's own: no link or request can be signed by somebody who knows only this
 * program. Links that are not yet over are good after the next start, too.
 */
export const secretAccessKeyOf = (directory: string): string =>
  keptSecret(directory, {
    file: 'aws-secret-access-key.json',
    name: 'secretAccessKey',
    bytes: 30,
    encoding: 'base64',
    pattern: /^[A-Za-z0-9+/]{40}$/,
  });
