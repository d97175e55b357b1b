import { join } from 'node:path';
import { shared } from '../shared/shared.ts';

const packs = shared<typeof import('./packs.ts')>(join(import.meta.dirname, 'packs.ts'));

describe('cdk-nag, with the packs AwsSolutions and Serverless', () => {
  it('finds nothing that is not acknowledged', async () => {
    expect((await packs('findings')).findings).toEqual([]);
  });

  it('does look: a careless bucket in the same app is found', async () => {
    const { findings } = await packs('findingsBesideCarelessBucket');
    expect(findings).toContain('AwsSolutions-S10 at Careless/Bucket/Resource');
    expect(findings.filter((finding) => !finding.includes(' at Careless/'))).toEqual([]);
  });

  it('would find what is acknowledged, so that no acknowledgement outlives its finding', async () => {
    const { findings, acknowledged } = await packs('findingsUnacknowledged');
    const found = findings.map((finding) => finding.split(' at ')[0]);
    expect([...new Set(found)].sort()).toEqual(acknowledged.map(([id]) => id).sort());
    for (const [, reason] of acknowledged) expect(reason.length).toBeGreaterThan(30);
  });
});
