/** S3's lists of versions and of uploads, which fauxqs 2.4.1 does not have: it keeps one version of an object, whose id is `null`. */
import type { S3Store } from '../fauxqs-internals.ts';

/** @returns the XML, or `undefined` where another list is asked for. All is on one page. */
export function listAsXml(store: S3Store, bucket: string, url: string): string | undefined {
  const { searchParams } = new URL(url, 'http://s3');
  const prefix = searchParams.get('prefix') ?? '';
  if (searchParams.has('versions')) {
    const { objects } = store.listObjects(bucket, { prefix, maxKeys: Number.MAX_SAFE_INTEGER });
    const versions = objects.map(({ key }) =>
      element('Version', element('Key', escaped(key)) + element('VersionId', 'null') + element('IsLatest', 'true')),
    );
    return document('ListVersionsResult', versions);
  }
  if (!searchParams.has('uploads')) return undefined;
  const uploads = [...store.multipartUploads.values()]
    .filter((upload) => upload.bucket === bucket && upload.key.startsWith(prefix))
    .map(({ key, uploadId }) => element('Upload', element('Key', escaped(key)) + element('UploadId', uploadId)));
  return document('ListMultipartUploadsResult', uploads);
}

const document = (name: string, elements: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>${element(name, element('IsTruncated', 'false') + elements.join(''))}`;

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
