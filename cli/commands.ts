/** All commands, in the order of the help. */
import { callsShow } from './calls.ts';
import type { Command } from './command.ts';
import { recordingsDownload } from './recordings-download.ts';
import { recordingsList } from './recordings-list.ts';

export const COMMANDS: readonly Command[] = [callsShow, recordingsList, recordingsDownload];
