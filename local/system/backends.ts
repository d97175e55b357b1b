import type { AwsService } from '../emulators/emulator-process.ts';
import type { FunctionModel } from '../template/model.ts';

/** What functions send requests to. */
export type Backend = AwsService | 'twilio';

export type BackendUrls = { readonly [backend in Backend]: string };

/** Something that stands between functions and their backends. */
export interface Interposed {
  /** What functions are given instead of the backends' own addresses. */
  readonly urls: BackendUrls;
  close(): Promise<void>;
}

/** The functions with other addresses of their backends in every variable that names one. */
export function redirectFunctions(
  functions: readonly FunctionModel[],
  from: BackendUrls,
  to: BackendUrls,
): readonly FunctionModel[] {
  const backends = Object.keys(from) as Backend[];
  const redirected = (value: string) => {
    const backend = backends.find((name) => value === from[name] || value.startsWith(`${from[name]}/`));
    return backend === undefined ? value : to[backend] + value.slice(from[backend].length);
  };
  return functions.map((model) => ({
    ...model,
    environment: Object.fromEntries(
      Object.entries(model.environment).map(([name, value]) => [name, redirected(value)]),
    ),
  }));
}
