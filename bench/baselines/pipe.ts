/** What `curl SOURCE | curl --upload-file - SINK` does, for machines without curl. Argument: JSON of both URLs. */
import { writeSync } from 'node:fs';
import { get, request } from 'node:https';
import { pipeline } from 'node:stream';

const { source, sink } = JSON.parse(process.argv[2] ?? '{}') as { source: string; sink: string };

get(source, (reply) => {
  const upload = request(sink, { method: 'PUT' }, (stored) => {
    stored.resume();
    stored.once('end', () => {
      writeSync(3, JSON.stringify({ status: stored.statusCode }));
      process.exit(stored.statusCode === 200 ? 0 : 1);
    });
  });
  pipeline(reply, upload, (error) => {
    if (error) throw error;
  });
});
