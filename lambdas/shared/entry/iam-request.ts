/** Requests that IAM has authorized, and what answers them. */
import type { ApiResponse } from './api-response.ts';

/** API Gateway's event, as far as it is used. */
export interface IamRequest {
  readonly pathParameters?: { readonly [name: string]: string | undefined };
  readonly requestContext: {
    readonly authorizer?: { readonly iam?: { readonly userArn?: string | null } };
  };
}

/** The ARN of whoever has signed the request. */
export const iamCaller = ({ requestContext }: IamRequest): string | undefined =>
  requestContext.authorizer?.iam?.userArn ?? undefined;

export const jsonReply = (statusCode: number, body: object): ApiResponse => ({
  statusCode,
  // What is told is for whoever asked, and a link in it ends soon.
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
});
