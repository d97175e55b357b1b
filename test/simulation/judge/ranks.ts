/** The order of the states: no row goes to an earlier one. */
import type { CallRow, RecordingState } from '../../../lambdas/shared/rules/table/rows.ts';

export const RANK: { readonly [state in RecordingState]: number } = {
  'in-progress': 0,
  absent: 1,
  failed: 1,
  completed: 2,
  fallback: 3,
  stored: 4,
  deleting: 5,
  deleted: 6,
};

export const CALL_RANK: Record<CallRow['state'], number> = { noted: 0, posting: 0, recording: 1, unrecordable: 1 };
