/** What a request to Twilio's REST API asks for: the name of its site, where faults hit it. */
export function operationOf(method: string, path: string): string {
  if (method === 'POST') return 'start';
  if (method === 'DELETE') return 'delete';
  if (/\/Calls\/[^/]+\/Recordings\.json/.test(path)) return 'list-of-call';
  if (/\/Calls\/[^/]+\.json/.test(path)) return 'call';
  if (/\/Calls\.json/.test(path)) return 'list-calls';
  if (/\/IncomingPhoneNumbers\.json/.test(path)) return 'list-numbers';
  return /\/Recordings\.json/.test(path) ? 'list' : 'recording';
}
