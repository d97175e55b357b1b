/** All commands, in the order of the help. */
import { audit } from '../audit/commands.ts';
import { callsBackfill, callsList, callsPlace, callsRecord, callsShow } from '../calls/commands.ts';
import { consoleCommand } from '../console/commands.ts';
import { cost } from '../cost/commands.ts';
import { credentialsCheck, credentialsSet } from '../credentials/commands.ts';
import { doctor } from '../doctor/commands.ts';
import { erase } from '../erase/commands.ts';
import { hold, holds, release } from '../holds/commands.ts';
import { recordingsImport } from '../import/commands.ts';
import { numbersAdopt, numbersList, numbersPoint, numbersRestore, numbersSet } from '../numbers/commands.ts';
import { redrive } from '../queues/commands.ts';
import { recordingsAccept, recordingsDownload, recordingsList } from '../recordings/commands.ts';
import { report } from '../report/commands.ts';
import { usersAdd, usersList, usersRemove } from '../users/commands.ts';
import type { Command } from './command.ts';

export const COMMANDS: readonly Command[] = [
  credentialsSet,
  credentialsCheck,
  numbersList,
  numbersPoint,
  numbersSet,
  numbersRestore,
  numbersAdopt,
  doctor,
  callsShow,
  callsList,
  callsRecord,
  callsBackfill,
  callsPlace,
  consoleCommand,
  usersAdd,
  usersList,
  usersRemove,
  recordingsList,
  recordingsDownload,
  recordingsAccept,
  recordingsImport,
  erase,
  hold,
  release,
  holds,
  report,
  audit,
  redrive,
  cost,
];
