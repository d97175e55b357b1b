import type { ApiModel } from './apis.ts';

export interface LocalUrls {
  /** `http://127.0.0.1:N`: always on this machine. */
  readonly gateway: string;
  /** `http(s)://…` under which Twilio reaches the gateway; the same unless a tunnel is used. No trailing slash. */
  readonly public: string;
}

/** The public URL as a WebSocket URL: http becomes ws, https becomes wss. */
export function webSocketUrl(url: string): string {
  return url.replace(/^http/, 'ws');
}

/** Where the gateway serves function URLs: `/lambda-url/<id>`. */
export const FUNCTION_URL_PATH = '/lambda-url/';

/** Rewrites every function URL in `text` to the local gateway, where it stays on this machine. */
export function toLocalFunctionUrls(text: string, gateway: string): string {
  return text.replace(
    /https:\/\/([a-z0-9]+)\.lambda-url\.[a-z0-9-]+\.on\.aws/g,
    (_, id: string) => `${gateway}${FUNCTION_URL_PATH}${id}`,
  );
}

/**
 * Rewrites every API Gateway URL in `text` to the local gateway, which serves all APIs without a stage:
 * the HTTP API and `wss` become the public URL, `https` on a WebSocket API (its `@connections`) stays on this machine.
 */
export function toLocalUrls(
  text: string,
  apis: readonly Pick<ApiModel, 'id' | 'protocol' | 'stage'>[],
  urls: LocalUrls,
): string {
  return text.replace(
    /(https|wss):\/\/([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.[a-z0-9.-]+[a-z0-9](?:\/([A-Za-z0-9_$-]+))?/g,
    (url, scheme: string, apiId: string, segment: string | undefined) => {
      const api = apis.find(({ id }) => id === apiId);
      if (api === undefined) return url;
      const path = segment === undefined || segment === api.stage ? '' : `/${segment}`;
      if (api.protocol === 'HTTP') return `${urls.public}${path}`;
      return `${scheme === 'wss' ? webSocketUrl(urls.public) : urls.gateway}${path}`;
    },
  );
}
