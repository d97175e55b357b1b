/** AWS's name of what a request asks S3 for; `url` is path and query. */
export function s3Operation({ method, url }: { readonly method: string; readonly url: string }): string {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const isBucket = pathname.split('/').filter((part) => part !== '').length < 2;
  if (isBucket) {
    if (method === 'PUT') return 'CreateBucket';
    if (method === 'HEAD') return 'HeadBucket';
    if (method === 'DELETE') return 'DeleteBucket';
    if (searchParams.has('versions')) return 'ListObjectVersions';
    if (searchParams.has('uploads')) return 'ListMultipartUploads';
    return pathname === '/' ? 'ListBuckets' : 'ListObjects';
  }
  if (method === 'HEAD') return 'HeadObject';
  if (method === 'GET') return 'GetObject';
  if (method === 'PUT') return searchParams.has('uploadId') ? 'UploadPart' : 'PutObject';
  if (method === 'DELETE') return searchParams.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
  return searchParams.has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload';
}
