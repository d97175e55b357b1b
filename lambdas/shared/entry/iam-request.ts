/** Requests that IAM has authorized, and what answers them. */
import type { ApiResponse } from './api-response.ts';

/** API Gateway's event, as far as it is used. */
export interface IamRequest {
  readonly pathParameters?: { readonly [name: string]: string | undefined };
  readonly requestContext: {
    readonly authorizer?: {
      readonly iam?: { readonly userArn?: string | null };
      /** Of a user's token, which API Gateway has verified; each a text, lists too. */
      readonly jwt?: { readonly claims?: { readonly [name: string]: string | undefined } };
    };
    readonly http?: { readonly sourceIp?: string };
  };
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
}

/** The ARN that signed the request. */
export const iamCaller = ({ requestContext }: IamRequest): string | undefined =>
  requestContext.authorizer?.iam?.userArn ?? undefined;

/** The address that the request came from, as API Gateway saw it. */
export const sourceOf = ({ requestContext }: IamRequest): string | undefined => requestContext.http?.sourceIp;

export const jsonReply = (statusCode: number, body: object): ApiResponse => ({
  statusCode,
  // The reply is for its caller alone, and a link in it expires soon.
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
});
