/** TwiML for an incoming call, with the whole SDK of Twilio. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { credentials, twilio } from './whole-twilio.ts';

export async function handler(event: APIGatewayProxyEventV2) {
  const { authToken } = await credentials();
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString('utf8');
  const parameters = Object.fromEntries(new URLSearchParams(body));
  const signature = event.headers['x-twilio-signature'] ?? '';
  if (!twilio.validateRequest(authToken, signature, `${process.env.PUBLIC_URL}/voice`, parameters)) {
    return { statusCode: 403 };
  }
  const response = new twilio.twiml.VoiceResponse();
  response.connect().stream({ url: process.env.STREAM_URL ?? '' });
  response.say('Goodbye.');
  return { statusCode: 200, headers: { 'content-type': 'text/xml' }, body: response.toString() };
}
