/** `console`. */
import { type Command, textOf } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';

const PORT_MAX = 65_535;

export const consoleCommand: Command = {
  name: 'console',
  operands: [],
  summary: 'the console in your browser: find calls, listen, see what happened and who listened',
  help: `Serves the console on 127.0.0.1 until Ctrl-C, and prints its address. The address holds a key that is drawn anew each time;
who does not have it is refused. Each request is signed with your AWS credentials, which need execute-api:Invoke on the routes
of docs/console.md: nothing is exposed, and you see what these credentials may see. Whatever you look up, play or download is
noted in the audit under your ARN.`,
  options: { port: { type: 'string', value: 'N', help: 'port on 127.0.0.1 (default: any free one)' } },
  changes: false,
  run: async (context) => {
    const text = textOf(context.values, 'port') ?? '0';
    if (!/^\d+$/.test(text) || Number(text) > PORT_MAX) {
      throw new Problem(`--port ${text}: a port is a number from 0 to ${PORT_MAX}.`, EXIT.usage);
    }
    const { runConsole } = await import('./console.ts');
    return runConsole(context, Number(text));
  },
};
