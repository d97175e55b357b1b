/** All commands, in the order of the help. */
import { callsShow } from './calls.ts';
import type { Command } from './command.ts';
import { credentialsCheck } from './credentials-check.ts';
import { credentialsSet } from './credentials-set.ts';
import { doctor } from './doctor.ts';
import { numbersList, numbersPoint, numbersRestore } from './numbers.ts';
import { recordingsDownload } from './recordings-download.ts';
import { recordingsImport } from './recordings-import.ts';
import { recordingsList } from './recordings-list.ts';
import { redrive } from './redrive.ts';

export const COMMANDS: readonly Command[] = [
  credentialsSet,
  credentialsCheck,
  numbersList,
  numbersPoint,
  numbersRestore,
  doctor,
  callsShow,
  recordingsList,
  recordingsDownload,
  recordingsImport,
  redrive,
];
