/** The order of the states: no row goes to an earlier one. */

import type { RecordingState } from '../../../lambdas/shared/rules/table/row-parts.ts';
import type { CallState } from '../../../lambdas/shared/rules/table/rows.ts';

export const RANK: { readonly [state in RecordingState]: number } = {
  'in-progress': 0,
  absent: 1,
  failed: 1,
  completed: 2,
  fallback: 3,
  stored: 4,
  deleting: 5,
  deleted: 6,
  erased: 7,
};

export const CALL_RANK: { readonly [state in CallState]: number } = {
  answered: 0,
  unstreamed: 1,
  noted: 2,
  posting: 2,
  recording: 3,
  unrecordable: 3,
};
