/** Calls of every outcome, as the HTTP API tells of them. */
import type { AuditEntry, CallList, Peaks, Story, StoryOfRecording } from '../../../console/api/types.ts';
import type { CallEntry } from '../../../lambdas/shared/rules/call/call-entry.ts';
import { OUTCOMES, type Outcome } from '../../../lambdas/shared/rules/call/outcome.ts';

/** 12:00 in Vienna. */
export const NOW = Date.UTC(2026, 2, 17, 11);
export const SECONDS = 40;
const MINUTE = 60_000;

const callSidOf = (index: number): string => `CA${String(index).padStart(32, 'ab')}`;
const recordingSidOf = (index: number): string => `RE${String(index).padStart(32, 'ab')}`;
const iso = (minutesAgo: number): string => new Date(NOW - minutesAgo * MINUTE).toISOString();

const STATES: { readonly [outcome in Outcome]?: StoryOfRecording['state'] } = {
  'being-recorded': 'in-progress',
  copying: 'completed',
  fallback: 'fallback',
  stored: 'stored',
  'no-audio': 'absent',
};
const REASONS: { readonly [outcome in Outcome]?: string } = {
  fallback: 'error: AccessDenied',
  'no-audio': "Twilio's code 16101",
  'not-recorded': 'not-wanted',
};
const NUMBERS = ['+4312345670', '+14155550123', '+442071838750'];

const recordingOf = (index: number, outcome: Outcome) => {
  const state = STATES[outcome];
  return state === undefined
    ? []
    : [
        {
          recordingSid: recordingSidOf(index),
          state,
          madeBy: 'recorder',
          channels: 2,
          durationSeconds: SECONDS,
        } as const,
      ];
};

export const ENTRIES: readonly CallEntry[] = Array.from({ length: 21 }, (_, index) => {
  const outcome = (index % 3 === 0 ? OUTCOMES[(index / 3) % OUTCOMES.length] : 'stored') as Outcome;
  const reason = REASONS[outcome];
  return {
    ...{
      callSid: callSidOf(index),
      at: iso(7 + index * 53),
      direction: index % 5 === 4 ? 'outbound' : 'inbound',
      outcome,
    },
    ...{ number: NUMBERS[index % 3] ?? '', team: ['sales', 'support'][index % 2] ?? '' },
    ...(reason !== undefined && { reason }),
    ...(STATES[outcome] && { seconds: SECONDS + index * 41 }),
    ...(index === 7 && { noDisclaimer: true }),
    recordings: recordingOf(index, outcome) as CallEntry['recordings'],
  };
});

export const LIST: CallList = { from: iso(24 * 60), to: iso(0), calls: ENTRIES };

export function storyOf(callSid: string): Story | undefined {
  const index = ENTRIES.findIndex((entry) => entry.callSid === callSid);
  const entry = ENTRIES[index];
  if (entry === undefined) return undefined;
  const began = Date.parse(entry.at);
  const at = (seconds: number) => new Date(began + seconds * 1000).toISOString();
  const { number = '', team = '', direction = 'inbound', reason, outcome } = entry;
  const isLost = outcome === 'not-recorded';
  return {
    callSid,
    call: {
      ...{ state: isLost ? 'unrecordable' : 'recording', number, direction, policy: { team } },
      ...{ answeredAt: at(0), startedAt: at(0.4) },
      ...(isLost && reason !== undefined && { reason }),
    },
    recordings: entry.recordings.map((recording) => ({
      ...recording,
      ...{ startTime: at(1.6), notedAt: at(2), audio: audioOf(outcome, recording.recordingSid) },
      ...(outcome === 'stored' && {
        peaks: true,
        completedAt: at(44),
        stored: storedAs(recording.recordingSid, at(47)),
      }),
      ...(outcome === 'fallback' && { attempts: 3, reason: REASONS.fallback ?? '' }),
      ...(outcome === 'stored' && { waiting: { next: 'delete', due: at(24 * 3600) } }),
    })),
  };
}

function audioOf(outcome: Outcome, recordingSid: string): StoryOfRecording['audio'] {
  if (outcome === 'stored') return { where: 's3', uri: `s3://bucket/${recordingSid}.wav`, alsoAtTwilio: true };
  if (outcome === 'no-audio') return { where: 'nowhere', why: 'Twilio made no audio: too short or silent' };
  return outcome === 'being-recorded' ? { where: 'nowhere', why: 'it is still being recorded' } : { where: 'twilio' };
}

const storedAs = (recordingSid: string, storedAt: string) => ({
  ...{ key: `recordings/${recordingSid}.wav`, bytes: 1_280_044, contentType: 'audio/x-wav', storedAt },
  checksum: 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=',
});

/** Two voices in turns, with a silence from 16 s to 24 s. */
export const PEAKS: Peaks = {
  durationSeconds: SECONDS,
  channels: [0, 1].map((channel) =>
    Array.from({ length: 800 }, (_, index) => {
      const second = index / 20;
      if (second > 16 && second < 24) return 0;
      const speaks = Math.floor(second / 4) % 2 === channel;
      return speaks ? Math.round(35 + 60 * Math.abs(Math.sin(index * 1.7) * Math.sin(index / 9))) : index % 3;
    }),
  ),
};

const WHO = 'arn:aws:sts::123456789012:assumed-role/supervisors/maria';
export const AUDIT: readonly AuditEntry[] = [
  {
    at: iso(3),
    who: WHO,
    what: 'link-issued',
    callSid: callSidOf(1),
    recordingSid: recordingSidOf(1),
    for: 'download',
    from: '192.0.2.7',
  },
  {
    at: iso(5),
    who: WHO,
    what: 'link-issued',
    callSid: callSidOf(1),
    recordingSid: recordingSidOf(1),
    for: 'play',
    from: '192.0.2.7',
  },
  { at: iso(6), who: WHO, what: 'call-looked-up', callSid: callSidOf(1), from: '192.0.2.7' },
  { at: iso(7), who: WHO, what: 'calls-listed', from: '192.0.2.7' },
];
