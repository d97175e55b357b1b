/** The TwiML parser: what Twilio's own library writes is read back, and what is no TwiML is refused with its place. */
import { assert, constantFrom, property, record, string, uniqueArray } from 'fast-check';
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import { parseTwiml, TwimlError } from '../../../local/twilio/call/twiml.ts';

test('what the twilio library writes is read as it was meant', () => {
  const response = new VoiceResponse();
  const stream = response.connect().stream({ url: 'wss://app.example/stream' });
  stream.parameter({ name: 'key', value: `a & "b" <c> 'd' é` });
  response.dial({ callerId: '+15005550001' }, '+15005550009');
  response.say('1 < 2 & 3');
  const { children } = parseTwiml(response.toString());
  expect(children.map(({ name, text }) => [name, text])).toEqual([
    ['Connect', ''],
    ['Dial', '+15005550009'],
    ['Say', '1 < 2 & 3'],
  ]);
  const noun = children[0]?.children[0];
  expect(noun?.attributes.get('url')).toBe('wss://app.example/stream');
  expect(noun?.children[0]?.attributes.get('value')).toBe(`a & "b" <c> 'd' é`);
});

test('comments, CDATA, entities, instructions and blanks', () => {
  const { children } = parseTwiml(
    '\uFEFF<?xml version="1.0"?>\n<!-- > --><Response\n>\n<Say >a<!-- b -->c &#x41;&#66;&lt;<![CDATA[<&>]]></Say ><Hangup/></Response>\n',
  );
  expect(children.map(({ name, text }) => [name, text])).toEqual([
    ['Say', 'ac AB<<&>'],
    ['Hangup', ''],
  ]);
});

test.each([
  ['', 'empty'],
  ['hello', 'text outside of <Response> (line 1, column 6)'],
  ['<Answer/>', '<Answer>, not <Response>'],
  ['<Response>', '<Response> is not closed'],
  ['<Response><Say></Response>', '</Response> closes <Say>'],
  ['<Response></Response></Response>', 'closes nothing'],
  ['<Response/><Response/>', 'second root'],
  ['<Response>\n <Say loop=2/></Response>', 'the value of loop is not in quotes (line 2, column 12)'],
  ['<Response><Say loop/></Response>', 'attribute loop has no value'],
  ['<Response><Say a="1" a="2"/></Response>', 'given twice'],
  ['<Response><Say a="1"b="2"/></Response>', 'a blank is missing before b'],
  ['<Response><Say a="<"/></Response>', 'contains <'],
  ['<Response><Say a="1/></Response>', 'not closed'],
  ['<Response><Redirect>https://a/?b=1&c=2</Redirect></Response>', 'write &amp; for a plain &'],
  ['<Response>&nbsp;</Response>', '&nbsp; is not an entity'],
  ['<Response>&constructor;</Response>', 'not an entity'],
  ['<Response>&#0;</Response>', 'not an entity'],
  ['<Response><!-- </Response>', 'a comment is not closed'],
  ['<Response>< Say/></Response>', 'an element name is missing'],
  ['<Response><Say</Response>', 'not closed by >'],
  ['<!DOCTYPE r [<!ENTITY a "b">]><Response>&a;</Response>', 'document types are not allowed'],
])('%p is refused: %s', (document, message) => {
  expect(() => parseTwiml(document)).toThrow(TwimlError);
  expect(() => parseTwiml(document)).toThrow(message);
});

test('any text and attribute survive the way through the library and the parser', () => {
  const printable = string({ unit: 'grapheme' }).map((text) => text.replace(/[^\P{C}]/gu, '').trim());
  assert(
    property(record({ text: printable, values: uniqueArray(printable) }), ({ text, values }) => {
      const response = new VoiceResponse();
      const stream = response.start().stream({ url: 'wss://app.example' });
      for (const value of values) stream.parameter({ name: 'n', value });
      response.say(text);
      const [start, say] = parseTwiml(response.toString()).children;
      expect(say?.text).toBe(text);
      expect(start?.children[0]?.children.map(({ attributes }) => attributes.get('value'))).toEqual(values);
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('no text makes the parser fail otherwise than by refusing', () => {
  const pieces = constantFrom(
    '<',
    '>',
    '/',
    'Response',
    '"',
    '=',
    '&',
    ';',
    '!--',
    '-->',
    ' ',
    '<![CDATA[',
    ']]>',
    '?',
  );
  assert(
    property(string({ unit: pieces, maxLength: 30 }), (document) => {
      try {
        parseTwiml(document);
      } catch (error) {
        expect(error).toBeInstanceOf(TwimlError);
      }
    }),
    { seed: 2, numRuns: 2000 },
  );
});
