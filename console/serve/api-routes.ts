/** What of the HTTP API the page may ask for. Everything else is refused here, whatever the credentials behind this server may do. */
import { CALL_SID, RECORDING_SID } from './sids.ts';

interface ApiRoute {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
}

const CALL = `/calls/${CALL_SID}`;
const route = (method: ApiRoute['method'], path: string): ApiRoute => ({ method, path: new RegExp(`^${path}$`) });

const ROUTES: readonly ApiRoute[] = [
  route('GET', '/calls'),
  route('GET', CALL),
  route('GET', `${CALL}/recordings/${RECORDING_SID}/peaks`),
  route('GET', '/recordings'),
  route('GET', '/audit'),
];

/** The path alone decides: the API checks the query itself. */
export const isApiRoute = (method: string, path: string): boolean =>
  ROUTES.some((one) => one.method === method && one.path.test(path));
