/** Parts of patterns. */
export const CALL_SID = 'CA[0-9a-f]{32}';
export const RECORDING_SID = 'RE[0-9a-f]{32}';
