/** Enters what a request does in the audit, before its answer leaves. */

import type { Audit } from '../ports/audit.ts';
import type { Clock, Randomness } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { type AuditedAct, auditPlace } from '../rules/table/audit.ts';
import { toIso } from '../rules/values/instant.ts';
import type { ApiResponse } from './api-response.ts';
import { jsonReply, sourceOf } from './iam-request.ts';
import { type ViewerRequest, viewerOf } from './viewer.ts';

export interface AuditDependencies {
  readonly audit: Pick<Audit, 'write'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly randomness: Pick<Randomness, 'id'>;
  readonly log: Log;
}

/**
 * The answer, once everything that it tells is in the audit. Where an entry cannot be written, nothing is told: an entry of what was not
 * told in the end is harmless, an answer that nobody knows of is not.
 *
 * @param acts what the answer does, at the same instant
 */
export async function answerAudited(
  { audit, clock, randomness, log }: AuditDependencies,
  request: ViewerRequest,
  acts: readonly AuditedAct[],
  answer: ApiResponse,
): Promise<ApiResponse> {
  const now = clock.now();
  const { who, userId, caller } = viewerOf(request);
  const by = { at: toIso(now), who, from: sourceOf(request) ?? 'unknown', ...(userId !== undefined && { userId }) };
  try {
    await Promise.all(acts.map((act) => audit.write({ ...by, ...act }, auditPlace(now, randomness.id()))));
    return answer;
  } catch (error) {
    log.error('A request could not be entered in the audit; it is not answered', {
      event: 'audit_failed',
      route: acts[0]?.what ?? '',
      caller,
      error,
    });
    return jsonReply(503, {
      error: 'The request could not be entered in the audit, so it is not answered. Try again.',
    });
  }
}
