import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkConfiguration,
  DEFAULT_CONFIGURATION,
  DEFAULT_DISCLAIMER,
  readConfiguration,
} from '../../../lib/configuration/configuration.ts';
import { temporaryFolder } from '../temporary.ts';

describe('a configuration that can be used', () => {
  it('needs nothing but defaults', () => {
    expect(checkConfiguration({}, 'c.json')).toEqual(DEFAULT_CONFIGURATION);
    expect(checkConfiguration({ ...DEFAULT_CONFIGURATION }, 'c.json')).toEqual(DEFAULT_CONFIGURATION);
  });

  it('takes undefined for an option that is left out, as a CDK app may put it', () => {
    expect(checkConfiguration({ stage: undefined, kmsKeyArn: undefined, kmsKeyFor: undefined }, 'c.json')).toEqual(
      DEFAULT_CONFIGURATION,
    );
  });

  it.each([
    [{ kind: 'dial', number: '+14155550123' }],
    [{ kind: 'dial', number: '+14155550123', callerId: '+498912345' }],
    [{ kind: 'redirect', url: 'https://example.com/voice?tenant=a' }],
    [{ kind: 'say', text: 'Goodbye.' }],
    [{ kind: 'say', text: 'Auf Wiederhören.', language: 'de-DE' }],
  ])('takes afterDisclaimer %j as it is', (afterDisclaimer) => {
    expect(checkConfiguration({ afterDisclaimer }, 'c.json').afterDisclaimer).toEqual(afterDisclaimer);
  });

  it('drops a trailing slash, since paths are appended', () => {
    const { publicUrl, streamUrl } = checkConfiguration(
      {
        publicUrl: 'https://calls.example.com/base/',
        streamUrl: 'wss://stream.example.com/',
      },
      'c.json',
    );
    expect([publicUrl, streamUrl]).toEqual(['https://calls.example.com/base', 'wss://stream.example.com']);
  });

  it('finds the disclaimer from the folder of the file', () => {
    const folder = join(DEFAULT_DISCLAIMER, '..');
    const { disclaimer } = checkConfiguration({ disclaimer: 'disclaimer.wav' }, join(folder, 'c.json'));
    expect(disclaimer).toBe(DEFAULT_DISCLAIMER);
  });

  it('finds named disclaimers there, too', () => {
    const file = join(DEFAULT_DISCLAIMER, '..', 'c.json');
    const { disclaimers } = checkConfiguration({ disclaimers: { sales: './disclaimer.wav' } }, file);
    expect(disclaimers).toEqual({ sales: DEFAULT_DISCLAIMER });
  });
});

describe('the configuration file', () => {
  const file = join(temporaryFolder('configuration'), 'c.json');

  it('may be absent, unless it was named', () => {
    expect(readConfiguration(file, false)).toBe(DEFAULT_CONFIGURATION);
    expect(() => readConfiguration(file, true)).toThrow(/no such file; correct the path/);
  });

  it('must be JSON', () => {
    writeFileSync(file, '{stage: "prod"}');
    expect(() => readConfiguration(file, false)).toThrow(/c\.json has a problem:\n {2}- it is not JSON: /);
  });

  it('is read', () => {
    writeFileSync(file, '{"stage": "blue"}');
    expect(readConfiguration(file, true)).toEqual({ ...DEFAULT_CONFIGURATION, stage: 'blue' });
  });
});
