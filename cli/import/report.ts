/** What an import tells at its end. */
import { toIso } from '../../lambdas/shared/rules/values/instant.ts';
import { type ImportProgress, type Left, settledCount } from './ledger.ts';

export interface ImportReport {
  readonly accountSid: string;
  readonly from: number;
  readonly to: number;
  readonly deleteAtTwilio: boolean;
  /** This run continued an import that was broken off. */
  readonly resumed: boolean;
  readonly progress: ImportProgress;
}

const WHY: { readonly [why in Left['why']]: string } = {
  'no-call': 'it belongs to no call, as those of conferences: download it from Twilio yourself',
  unreadable: "Twilio's entry is not as documented: see it in Twilio's console",
  'not-completed': 'it is still being made: import the same range again later',
  fallback: 'its copy fails, and is tried again for as long as it takes: see docs/runbook.md#recording-fell-back',
};
/** Lines of a list for people; `--json` has all of it. */
const SHOWN_MAX = 20;

/** @param list the command that lists recordings */
export function reportAsText(report: ImportReport, list: string): string {
  const { accountSid, from, to, resumed, deleteAtTwilio, progress } = report;
  const { counts, left, unnamed } = progress;
  const lines = [
    `${settledCount(progress)} recordings of ${accountSid}, created from ${toIso(from)} up to ${toIso(to)}${resumed ? ' (continued)' : ''}:`,
    `  ${counts.stored} stored by this import, ${deleteAtTwilio ? 'to be deleted' : 'kept'} at Twilio`,
    ...(counts.queued > 0 ? [`  ${counts.queued} queued: see ${list}`] : []),
    `  ${counts.known} were stored already`,
    `  ${counts['no-audio']} without audio: Twilio made none`,
    `  ${left.length + unnamed} left at Twilio only`,
    ...left.slice(0, SHOWN_MAX).map(({ recordingSid, why, reason }) => {
      return `    ${recordingSid}: ${WHY[why]}${reason === undefined ? '' : ` (${reason})`}`;
    }),
  ];
  if (left.length > SHOWN_MAX) lines.push(`    … and ${left.length - SHOWN_MAX} more: --json names them all`);
  if (unnamed > 0) lines.push(`    ${unnamed} entries of Twilio's list have no recording SID`);
  return lines.join('\n');
}

export function reportAsJson({ from, to, progress, ...report }: ImportReport): object {
  const { counts, left, unnamed } = progress;
  const { 'no-audio': withoutAudio, ...others } = counts;
  return {
    ...report,
    ...{ from: toIso(from), to: toIso(to), found: settledCount(progress) },
    ...{ ...others, withoutAudio, left, unnamed },
  };
}
