/** What the page consists of. */
import { gzipSync } from 'node:zlib';
import { buildPage } from '../../console/serve/page.ts';

const JAVASCRIPT_BYTES_MAX = 60_000;

describe.each(['loopback', 'hosted'] as const)('%s', (kind) => {
  test('at most 60 kB of JavaScript, gzipped, and no inline script or style', () => {
    const files = buildPage(kind);
    expect([...files.keys()].sort()).toEqual(['/', '/console.css', '/console.js', '/icon.svg']);
    expect(gzipSync(files.get('/console.js')?.body ?? '').length).toBeLessThan(JAVASCRIPT_BYTES_MAX);
    const page = Buffer.from(files.get('/')?.body ?? '').toString();
    expect(page).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|style=/);
    expect(page).not.toMatch(/https?:\/\//);
  });
});

test('nothing of the sign-in is in the page that a machine serves for itself, nor of its key in the hosted one', () => {
  const scriptOf = (kind: 'loopback' | 'hosted') =>
    Buffer.from(buildPage(kind).get('/console.js')?.body ?? '').toString();
  expect(scriptOf('loopback')).not.toMatch(/code_challenge|refresh_token|oauth2/);
  expect(scriptOf('hosted')).not.toMatch(/x-console-key|console-key/);
  expect(scriptOf('hosted')).toMatch(/code_challenge/);
});
