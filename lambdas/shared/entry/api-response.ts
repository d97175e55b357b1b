/** What an HTTP step answers, in the shape that API Gateway takes. */
export interface ApiResponse {
  readonly statusCode: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
}

export const refusal = (statusCode: number, message: string): ApiResponse => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message }),
});
