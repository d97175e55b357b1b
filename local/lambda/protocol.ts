/** What passes between the platform and an execution environment's process. */

/** An error as Lambda reports it to the invoker of the function. */
export interface LambdaError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** To the environment. */
export type PlatformMessage =
  | InvokeMessage
  /** The last piece was taken, and there is room for another. */
  | { readonly type: 'more' }
  /** The client has left. */
  | { readonly type: 'left' };

/** One event. The next one follows only after the answer. */
export interface InvokeMessage {
  readonly type: 'invoke';
  readonly requestId: string;
  /** The event as JSON. */
  readonly event: string;
  /** Milliseconds since 1970 at which the function will be stopped. */
  readonly deadline: number;
}

/** From the environment. */
export type EnvironmentMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'initFailed'; readonly error: LambdaError }
  /** A part of a response that is streamed, of which only one is on its way at a time. */
  | { readonly type: 'piece'; readonly contentType: string; readonly bytes: Uint8Array }
  /** What the handler returned, as JSON. */
  | { readonly type: 'returned'; readonly payload: string }
  | { readonly type: 'threw'; readonly error: LambdaError };

/** What an execution environment is told through its arguments, as JSON. */
export interface RuntimeArguments {
  readonly taskRoot: string;
  /** `file.export` */
  readonly handler: string;
  readonly functionArn: string;
}
