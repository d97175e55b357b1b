/** What the page consists of. */
import { gzipSync } from 'node:zlib';
import { buildPage } from '../../console/serve/page.ts';

const JAVASCRIPT_BYTES_MAX = 60_000;

test('at most 60 kB of JavaScript, gzipped, and no inline script or style', async () => {
  const files = buildPage();
  expect([...files.keys()].sort()).toEqual(['/', '/console.css', '/console.js', '/icon.svg']);
  expect(gzipSync(files.get('/console.js')?.body ?? '').length).toBeLessThan(JAVASCRIPT_BYTES_MAX);
  const page = Buffer.from(files.get('/')?.body ?? '').toString();
  expect(page).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|style=/);
  expect(page).not.toMatch(/https?:\/\//);
});
