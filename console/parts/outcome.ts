import type { CallEntry } from '../../lambdas/shared/rules/call/call-entry.ts';
import type { Outcome } from '../../lambdas/shared/rules/call/outcome.ts';
import { html } from '../html.ts';
import { OUTCOME_WORDS, reasonInWords, T } from '../strings.ts';

/** Shapes, so that states differ without colour. Paths in a box of 12. */
const SHAPES: { readonly [outcome in Outcome]: string } = {
  waiting: 'M6 1.5a4.5 4.5 0 1 0 .01 0M6 3.5V6l1.8 1.2',
  'being-recorded': 'M6 2.5a3.5 3.5 0 1 0 .01 0Z',
  copying: 'M6 1.5v7M3 5.8 6 8.8l3-3M2 10.8h8',
  fallback: 'M6 1.5 11 10.5H1ZM6 5v2.4M6 8.9v.2',
  stored: 'M1.8 6.4 4.8 9.4 10.4 2.8',
  erased: 'M3 3h6v6H3Z',
  'no-audio': 'M2 6h8',
  'not-recorded': 'M2.5 2.5l7 7M9.5 2.5l-7 7',
};

/** The word first; shape and colour help the eye. */
export const OutcomeBadge = ({ outcome }: { readonly outcome: Outcome }) => html`
  <span class=${`badge badge-${outcome}`} title=${OUTCOME_WORDS[outcome].means}>
    <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><path d=${SHAPES[outcome]} /></svg>
    ${OUTCOME_WORDS[outcome].name}
  </span>`;

/** What a person should know of a call beside its state. */
export function notesOf({ outcome, reason, noDisclaimer, canary, recordings }: CallEntry): readonly string[] {
  const others = recordings.some(({ madeBy }) => madeBy === 'other');
  return [
    ...(reason !== undefined && outcome !== 'stored' ? [reasonInWords(reason)] : []),
    ...(recordings.length > 1 ? [T.notes.extra(recordings.length)] : []),
    ...(others ? [T.notes.other] : []),
    ...(noDisclaimer === true ? [T.notes.noDisclaimer] : []),
    ...(canary === true ? [T.notes.canary] : []),
  ];
}
