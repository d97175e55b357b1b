/** `recordings download`: the audio into a file, proven against the row. */
import { existsSync } from 'node:fs';
import { GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { secretsManagerCredentials } from '../../lambdas/shared/adapters/aws/secrets-manager-credentials.ts';
import { systemClock } from '../../lambdas/shared/adapters/clock.ts';
import { twilioRest } from '../../lambdas/shared/adapters/twilio/twilio-rest.ts';
import type { Refusal } from '../../lambdas/shared/ports/twilio.ts';
import {
  AudioRejected,
  checkedAudio,
  expectedAudio,
  isAudio,
  mayBeAudio,
} from '../../lambdas/shared/rules/audio/audio-check.ts';
import { audioOf } from '../../lambdas/shared/rules/call/story.ts';
import { fileNameOf } from '../../lambdas/shared/rules/recording/storage-key.ts';
import type { EncryptionDetails, RecordingRow, StoredAudio } from '../../lambdas/shared/rules/table/rows.ts';
import { isCallSid } from '../../lambdas/shared/rules/values/sids.ts';
import { type Command, type CommandContext, EXIT, Problem, textOf } from '../command/command.ts';
import { RECORDING_SID } from '../command/operands.ts';
import { BYTES, progressBar } from '../command/terminal.ts';
import { type Clients, withClients } from '../place/clients.ts';
import type { Place } from '../place/place.ts';
import { writeProven } from './audio-file.ts';
import { scanRecordings } from './scan.ts';

export const recordingsDownload: Command = {
  name: 'recordings download',
  operands: [RECORDING_SID],
  summary: 'the audio into a file, from S3 or, where it is still the fallback, from Twilio',
  help: `What comes from S3 must have the bytes and the SHA-256 that the table noted when the copy was verified; what comes
from Twilio must be a whole recording by its own header and lengths. Only then the file gets its name. Where Twilio has
encrypted it, it comes as it is, with what to decrypt it by; then its length is all that can be checked.

The call is asked for at Twilio, unless --call names it; where Twilio has forgotten the recording, the whole table is
read (see "recordings list" for what that costs).`,
  options: {
    to: {
      type: 'string',
      value: 'FILE',
      help: 'where to (default in this folder RE….wav, or .mp3 where that is stored)',
    },
    call: { type: 'string', value: 'CA…', help: 'the call that was recorded, which saves looking for it' },
    overwrite: { type: 'boolean', help: 'replaces a file that is there' },
  },
  changes: false,
  async run(context) {
    const { place, positionals, values } = context;
    const [recordingSid = ''] = positionals;
    const call = textOf(values, 'call');
    if (call !== undefined && !isCallSid(call)) throw new Problem(`--call ${call}: that is no call SID.`, EXIT.usage);
    const refuseTaken = (file: string) => {
      if (!existsSync(file) || values.overwrite === true) return;
      throw new Problem(`${file} is there already. Name another one by --to FILE, or add --overwrite.`);
    };
    const to = textOf(values, 'to');
    if (to !== undefined) refuseTaken(to);
    return withClients(place(), async (clients) => {
      const row = await findRecording(context, clients, recordingSid, call);
      const file = to ?? (row.stored ? fileNameOf(recordingSid, row.stored) : `${recordingSid}.wav`);
      refuseTaken(file);
      const { bytes, from, encryption } = await download(context, clients, row, file);
      const lines = [`${file}: ${BYTES(bytes)} from ${from}, proven.`, ...(encryption ? [asText(encryption)] : [])];
      const json = { recordingSid, callSid: row.callSid, file, bytes, from, ...(encryption && { encryption }) };
      return { exit: EXIT.ok, text: lines.join('\n'), json };
    });
  },
};

const restOf = (place: Place, { secretsmanager }: Clients) =>
  twilioRest({
    apiUrl: place.twilioApiUrl,
    credentials: secretsManagerCredentials(place.secretId, systemClock, secretsmanager),
  });

/** The row of a recording: its call is the one that was named, or the one that Twilio knows; otherwise the table is read. */
export async function findRecording(
  { place, terminal }: CommandContext,
  clients: Clients,
  recordingSid: string,
  call: string | undefined,
): Promise<RecordingRow> {
  const table = dynamoDbTable(clients.dynamodb, place().table);
  const callSid = call ?? (await callOf(place(), clients, recordingSid));
  const row = callSid && (await table.read({ kind: 'recording', callSid, recordingSid }));
  if (row) return row;
  if (call !== undefined) {
    throw new Problem(`The call ${call} has no recording ${recordingSid}. See "calls show ${call}".`);
  }
  const progress = progressBar(terminal.err, 'Reading the table', undefined, (rows) => `${rows} rows`);
  let read = 0;
  try {
    for await (const page of scanRecordings(clients.dynamodb, place().table, recordingSid)) {
      const [found] = page.rows;
      if (found) return found;
      read += page.read;
      progress.at(read);
    }
  } finally {
    progress.end();
  }
  throw new Problem(`${place().title} knows no recording ${recordingSid}. See "recordings list".`);
}

/** Asks Twilio; whatever keeps it from answering only makes the search longer. */
async function callOf(place: Place, clients: Clients, recordingSid: string): Promise<string | undefined> {
  try {
    const reply = await restOf(place, clients).recording(recordingSid);
    return reply.kind === 'found' ? reply.recording.callSid : undefined;
  } catch {
    // Without the secret there is still the table.
    return undefined;
  }
}

async function download(context: CommandContext, clients: Clients, row: RecordingRow, file: string) {
  const audio = audioOf(row);
  if (audio.where === 'nowhere') throw new Problem(`${row.recordingSid} has no audio: ${audio.why}.`);
  if (row.stored) return { ...(await fromS3(context, clients, row.stored, file)), encryption: row.encryption };
  return fromTwilio(context, clients, row, file);
}

async function fromS3({ terminal }: CommandContext, { s3 }: Clients, stored: StoredAudio, file: string) {
  const { bucket, key, bytes, checksum, versionId } = stored;
  const version = versionId !== undefined && { VersionId: versionId };
  const uri = `s3://${bucket}/${key}`;
  const reply = await s3
    .send(new GetObjectCommand({ Bucket: bucket, Key: key, ...version }))
    .catch((error: unknown) => {
      if (!(error instanceof NoSuchKey)) throw error;
      const todo = 'Restore it from the versions of the bucket: see docs/runbook.md#deletion-doubtful.';
      throw new Problem(`${uri} is gone, though the table has it as stored. ${todo}`);
    });
  if (!reply.Body) throw new Problem(`${uri} came without a body.`);
  const progress = progressBar(terminal.err, 'Downloading', bytes);
  // The SDK answers a stream of Node.js's here; its type covers browsers as well.
  await writeProven(file, reply.Body as AsyncIterable<Uint8Array>, { bytes, checksum }, progress);
  return { bytes, from: uri };
}

async function fromTwilio({ place, terminal }: CommandContext, clients: Clients, row: RecordingRow, file: string) {
  const twilio = restOf(place(), clients);
  // A row learns by its copy that its audio is encrypted: until then only Twilio knows.
  const described = await twilio.recording(row.recordingSid);
  const encryption = row.encryption ?? (described.kind === 'found' ? described.recording.encryption : undefined);
  const todo = described.kind === 'found' ? '' : howToLook(row, described);
  const notWhole = (reason: string) =>
    new Problem(`Twilio's audio is not whole: ${reason}. Nothing was written; try again.${todo}`);
  // As Twilio has it, whatever it is to be stored as: encrypted audio is to be had as nothing else.
  const reply = await twilio.openAudio(row.recordingSid, row.channels, 'wav');
  if (reply.kind !== 'opened') {
    const todo =
      reply.status === 401 || reply.status === 403
        ? 'Run "credentials check".'
        : 'Right after a call Twilio may need a moment; otherwise see docs/runbook.md#recording-fell-back.';
    throw new Problem(`Twilio did not give the audio of ${row.recordingSid}: ${reply.reason}. ${todo}`);
  }
  const { contentLength, contentType } = reply;
  const isRight = described.kind === 'found' && encryption === undefined ? isAudio : mayBeAudio;
  if (!isRight(contentType)) {
    reply.close();
    throw notWhole('content-type-is-not-audio');
  }
  const progress = progressBar(terminal.err, 'Downloading from Twilio', contentLength);
  const checked = checkedAudio(reply.bytes, expectedAudio('wav', reply, { ...row, encryption }));
  try {
    const bytes = await writeProven(file, checked, undefined, progress);
    return { bytes, from: row.twilioUrl, encryption };
  } catch (error) {
    if (!(error instanceof AudioRejected)) throw error;
    throw notWhole(error.reason);
  }
}

/** For whoever cannot use this command: with it the audio, and what it is decrypted by, can be fetched from Twilio itself. */
function howToLook({ recordingSid, twilioUrl }: RecordingRow, reply: Refusal): string {
  return (
    ` Twilio did not say whether it is encrypted (${reply.reason}). Look yourself: ` +
    `curl -u "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN" ${twilioUrl}.json; where that shows encryption_details, keep them, and ` +
    `fetch the audio: curl -u "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN" -o ${recordingSid}.wav ${twilioUrl}.wav`
  );
}

const asText = ({ publicKeySid, encryptedCek, iv }: EncryptionDetails): string =>
  `It is encrypted. Decrypt it with your private key of ${publicKeySid}; encrypted CEK ${encryptedCek}, IV ${iv}.`;
