import { PassThrough } from 'node:stream';
import { listenToKeyboard } from '../../local/keyboard.ts';
import { until } from './support.ts';

test('only an empty line places a call, and q stops', async () => {
  const typed: string[] = [];
  const input = new PassThrough();
  listenToKeyboard(input, {
    onEnter: () => typed.push('call'),
    onQuit: () => typed.push('stop'),
    onOther: () => typed.push('hint'),
  });
  input.write('\n  \nq\nQ\nquit\nhello\n');
  await until(() => typed.length === 6, 'six lines are read');
  expect(typed).toEqual(['call', 'call', 'stop', 'stop', 'hint', 'hint']);
});
