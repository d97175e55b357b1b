/** All planted bugs. */
import { BY_TWIML } from './calls/by-twiml.ts';
import { CANARY } from './calls/canary.ts';
import { DISCLAIMERS } from './calls/disclaimers.ts';
import { NOTING } from './calls/noting.ts';
import { PARTIES } from './calls/parties.ts';
import { REQUESTED } from './calls/requested.ts';
import { TEAMS } from './calls/teams.ts';
import { COPYING } from './copying/copying.ts';
import { LONG_COPIES } from './copying/long-copies.ts';
import { DELETING } from './deleting.ts';
import { LIMITS } from './deployment/limits.ts';
import { RESOURCES } from './deployment/resources.ts';
import { WATCHING } from './deployment/watching.ts';
import { WIRING } from './deployment/wiring.ts';
import { ERASING } from './erasing.ts';
import type { Mutant } from './mutant.ts';
import { PLAYING } from './playing.ts';
import { RECONCILING } from './reconciling/reconciling.ts';
import { RECONCILING_PIECES } from './reconciling/reconciling-pieces.ts';
import { STARTING } from './starting.ts';
import { TAKING_IN } from './taking-in.ts';
import { TELLING } from './telling.ts';
import { WAKING } from './waking.ts';

export const MUTANTS: readonly Mutant[] = [
  ...DELETING,
  ...ERASING,
  ...NOTING,
  ...PARTIES,
  ...STARTING,
  ...REQUESTED,
  ...BY_TWIML,
  ...CANARY,
  ...DISCLAIMERS,
  ...COPYING,
  ...LONG_COPIES,
  ...TAKING_IN,
  ...RECONCILING,
  ...RECONCILING_PIECES,
  ...WAKING,
  ...TELLING,
  ...PLAYING,
  ...TEAMS,
  ...WIRING,
  ...RESOURCES,
  ...WATCHING,
  ...LIMITS,
];
