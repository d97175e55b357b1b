/** The disclaimer as stream messages. */

/** API Gateway takes messages of at most 32 kB a frame; base64 makes four bytes of three, and the rest is the envelope. */
const AUDIO_BYTES_PER_MESSAGE = 24_000 - 240;

/**
 * Media messages for raw mu-law audio. Twilio buffers and plays them in order, so they are sent at once.
 *
 * @see https://www.twilio.com/docs/voice/media-streams/websocket-messages#send-a-media-message
 */
export function disclaimerMessages(streamSid: string, audio: Uint8Array): string[] {
  const messages: string[] = [];
  for (let offset = 0; offset < audio.length; offset += AUDIO_BYTES_PER_MESSAGE) {
    const payload = Buffer.from(audio.subarray(offset, offset + AUDIO_BYTES_PER_MESSAGE)).toString('base64');
    messages.push(JSON.stringify({ event: 'media', streamSid, media: { payload } }));
  }
  return messages;
}

/** Twilio returns the mark when all audio before it has been played. */
export const markMessage = (streamSid: string, name: string): string =>
  JSON.stringify({ event: 'mark', streamSid, mark: { name } });
