/** The bill of materials holds what is deployed. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STEPS } from '../../lambdas/shared/contract/steps.ts';
import type { Json } from '../lib/synthesized.ts';
import { temporaryFolder } from '../lib/temporary.ts';

const ROOT = join(import.meta.dirname, '..', '..');

test('each package that a function holds is in the bill of materials, with the functions; tools of development are not', () => {
  const file = join(temporaryFolder('sbom'), 'sbom.cdx.json');
  const { status, stderr } = spawnSync(process.execPath, ['tools/sbom.ts', file], { cwd: ROOT, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  const bill: Json = JSON.parse(readFileSync(file, 'utf8'));
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: expect.any(String) } } });
  const component = (name: string): Json => bill.components.find((candidate: Json) => candidate.name === name);
  const stepsOf = (name: string): readonly string[] => component(name).properties.map(({ value }: Json) => value);

  expect(component('@aws-sdk/client-s3')).toMatchObject({
    scope: 'required',
    licenses: [{ license: { id: 'Apache-2.0' } }],
  });
  expect(stepsOf('@aws-sdk/client-s3')).toContain('recording-copy');
  expect(stepsOf('@aws-sdk/client-s3')).not.toContain('incoming-call');
  expect([...stepsOf('@aws-lambda-powertools/logger')].sort()).toEqual([...STEPS].sort());
  expect(component('aws-cdk-lib')).toMatchObject({ scope: 'optional' });
  for (const tool of ['jest', 'typescript', 'cdk-nag', 'esbuild'])
    expect([tool, component(tool)]).toEqual([tool, undefined]);
});
