/** All commands, in the order of the help. */
import { callsShow } from '../calls/calls.ts';
import { credentialsCheck } from '../credentials/credentials-check.ts';
import { credentialsSet } from '../credentials/credentials-set.ts';
import { doctor } from '../doctor/doctor.ts';
import { recordingsImport } from '../import/recordings-import.ts';
import { numbersList, numbersPoint, numbersRestore } from '../numbers/numbers.ts';
import { redrive } from '../queues/redrive.ts';
import { recordingsAccept } from '../recordings/recordings-accept.ts';
import { recordingsDownload } from '../recordings/recordings-download.ts';
import { recordingsList } from '../recordings/recordings-list.ts';
import type { Command } from './command.ts';

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
  recordingsAccept,
  recordingsImport,
  redrive,
];
