/** `numbers point`. */
import type { CommandContext, Result } from '../command/command.ts';
import { hint, shellQuoted } from '../command/hint.ts';
import { EXIT, Problem } from '../command/problem.ts';
import { findNumber, readNumbers } from './account.ts';
import { recall, remember } from './memory.ts';
import { doesNow, isPointed, numberAsJson, settingsAsText, settingsOf } from './number.ts';

export async function pointNumber(context: CommandContext, memory: string): Promise<Result> {
  const numbers = await readNumbers(context);
  const { place, accountSid, account } = numbers;
  const { voiceUrl } = place;
  const number = findNumber(numbers, context.positionals);
  const { phoneNumber } = number;
  if (isPointed(number, voiceUrl)) {
    const text = `${phoneNumber} is recorded here already; nothing was changed.`;
    return { exit: EXIT.ok, text, json: { changed: false, number: numberAsJson(number, voiceUrl) } };
  }
  if (!number.voice) throw new Problem(`${phoneNumber} takes no calls: choose a number with voice.`);
  if (number.trunkSid) {
    const todo = 'Take it off the trunk in Twilio’s console first, if its calls are to be recorded here.';
    throw new Problem(`${phoneNumber} ${doesNow(number, voiceUrl)}, which needs no voice URL. ${todo}`);
  }
  const known = recall(memory, accountSid, phoneNumber);
  // What an earlier deployment of ours had set is not what the owner wants back.
  const before =
    known?.pointedTo === number.voiceUrl ? { ...known, pointedTo: voiceUrl } : settingsOf(number, voiceUrl);
  const remembered = context.values.remembered === undefined ? '' : ` --remembered ${shellQuoted(memory)}`;
  const back = hint(place, `numbers restore ${phoneNumber}${remembered}`);
  const text = `Before: ${settingsAsText(before)}. ${back} puts it back (from ${memory}).`;
  if (context.dryRun) {
    const would = `${phoneNumber} would ask POST ${voiceUrl}.\n${text}`;
    return { exit: EXIT.ok, text: would, json: { changed: false, before, number: numberAsJson(number, voiceUrl) } };
  }
  remember(memory, accountSid, phoneNumber, before);
  const changed = await account.updateNumber(number.sid, {
    ...{ VoiceUrl: voiceUrl, VoiceMethod: 'POST' },
    ...(number.voiceApplicationSid !== undefined && { VoiceApplicationSid: '' }),
  });
  if (!isPointed(changed, voiceUrl)) {
    throw new Problem(`Twilio took the change, but ${phoneNumber} still ${doesNow(changed, voiceUrl)}. Try again.`);
  }
  const json = { changed: true, before, number: numberAsJson(changed, voiceUrl) };
  return { exit: EXIT.ok, text: `${phoneNumber} is recorded here from now on.\n${text}`, json };
}
