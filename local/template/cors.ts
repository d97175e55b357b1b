/** Which pages of other sites a browser lets ask: the template's settings of an HTTP API, a function URL and a bucket. */

export interface CorsModel {
  /** As browsers write them: `https://…`, without a path. */
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  /** Lowercase. */
  readonly headers: readonly string[];
  readonly exposed: readonly string[];
  /** Seconds. */
  readonly maxAge: number | undefined;
}

type Given = { readonly [name: string]: unknown };

/** @param resolved of `CorsConfiguration`, `Cors`, or a rule of a bucket; undefined where there is none */
export function corsOf(resolved: unknown): CorsModel | undefined {
  if (resolved === undefined) return undefined;
  const given = resolved as Given;
  const list = (...names: readonly string[]) =>
    names.flatMap((name) => ((given[name] as readonly unknown[] | undefined) ?? []).map(String));
  const maxAge = given.MaxAge;
  return {
    origins: list('AllowOrigins', 'AllowedOrigins'),
    methods: list('AllowMethods', 'AllowedMethods'),
    headers: list('AllowHeaders', 'AllowedHeaders').map((name) => name.toLowerCase()),
    exposed: list('ExposeHeaders', 'ExposedHeaders'),
    maxAge: maxAge === undefined ? undefined : Number(maxAge),
  };
}
